import Model
import Storage
import TestSupport
import Testing

@Suite("People, identities and links in the store", .timeLimit(.minutes(2)))
struct PeopleTests {
    private static let time = TestClock.start

    private func query(_ address: String, id: String = "m1", thread: String? = nil) -> CorrespondentQuery {
        CorrespondentQuery(
            network: "chat", scope: "shop", address: address, channel: "shop",
            thread: thread ?? "thread of \(address)", externalID: id)
    }

    @Test("An identity leads to its person, its open leg and its conversation", arguments: Backend.allCases)
    func found(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seed = try await fresh.store.write { try Seed.plant(in: $0) }
        let query = query("ada")
        let found = try await fresh.store.read { try $0.correspondent(query) }
        #expect(found?.identity == seed.identity.id)
        #expect(found?.person == seed.person)
        #expect(found?.leg == seed.leg.id)
        #expect(found?.conversation == seed.conversation)
        #expect(found?.isDuplicate == false)
        #expect(found?.hasParked == false)
    }

    @Test(
        "An address is one identity within its network and scope, and another one elsewhere",
        arguments: Backend.allCases)
    func unique(backend: Backend) async throws {
        let fresh = try await backend.make()
        _ = try await fresh.store.write { try Seed.plant(in: $0) }
        let insert = { @Sendable (network: String, scope: String, transaction: any Transaction) in
            let identity = Identity(
                id: IdentityID(at: Self.time), network: network, scope: scope, address: "ada")
            try transaction.insertIdentity(identity, author: Author(id: "ada"), at: Self.time)
        }
        let error = await #expect(throws: StoreError.self) {
            try await fresh.store.write { try insert("chat", "shop", $0) }
        }
        #expect(error?.code == .conflict)
        try await fresh.store.write { try insert("chat", "other", $0) }
        try await fresh.store.write { try insert("mail", "shop", $0) }
    }

    @Test("An error of the store repeats no value of a row", arguments: Backend.allCases)
    func discretion(backend: Backend) async throws {
        let fresh = try await backend.make()
        _ = try await fresh.store.write { try Seed.plant("hunter2", in: $0) }
        let error = await #expect(throws: StoreError.self) {
            try await fresh.store.write { _ = try Seed.plant("hunter2", in: $0) }
        }
        #expect(error.map { "\($0)".contains("hunter2") } == false)
    }

    @Test("A thread is looked up for its own writer only", arguments: Backend.allCases)
    func threads(backend: Backend) async throws {
        let fresh = try await backend.make()
        let (ada, bo) = try await fresh.store.write { transaction in
            (try Seed.plant("ada", in: transaction), try Seed.plant("bo", in: transaction))
        }
        let query = query("bo", thread: ada.leg.thread)
        let found = try await fresh.store.read { try $0.correspondent(query) }
        #expect(found?.person == bo.person)
        #expect(found?.leg == nil)
        #expect(found?.conversation == nil)
    }

    @Test("Facts fill what is not known and change nothing that is", arguments: Backend.allCases)
    func complete(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seed = try await fresh.store.write { try Seed.plant(in: $0) }
        var told = seed.person
        told.name = "Somebody else"
        told.email = "ada@example.com"
        let person = told
        try await fresh.store.write { try $0.complete(person) }
        let known = try await fresh.store.read { try $0.person(seed.person.id) }
        #expect(known?.name == "ada")
        #expect(known?.email == "ada@example.com")
        #expect(known?.phone == nil)
    }

    @Test("An identity has one active link at a time", arguments: Backend.allCases)
    func links(backend: Backend) async throws {
        let fresh = try await backend.make()
        let (ada, bo) = try await fresh.store.write { transaction in
            (try Seed.plant("ada", in: transaction), try Seed.plant("bo", in: transaction))
        }
        let link = { @Sendable (transaction: any Transaction) in
            try transaction.insertLink(
                LinkID(at: Self.time), identity: ada.identity.id, person: bo.person.id, evidence: "a test",
                at: Self.time)
        }
        let error = await #expect(throws: StoreError.self) { try await fresh.store.write { try link($0) } }
        #expect(error?.code == .conflict)
        try await fresh.store.write { transaction in
            try transaction.run(
                "UPDATE links SET undone_at = 1 WHERE identity_id = ?", [.id(ada.identity.id)])
            try link(transaction)
        }
        let query = query("ada")
        #expect(try await fresh.store.read { try $0.correspondent(query) }?.person == bo.person)
    }

    @Test("What a network told of an author is told again", arguments: Backend.allCases)
    func author(backend: Backend) async throws {
        let fresh = try await backend.make()
        let author = Author(
            id: "7", name: "Åsa", handle: "@asa", phone: "+46", email: "a@x", followers: 12)
        let identity = Identity(id: IdentityID(at: Self.time), network: "chat", scope: "shop", address: "7")
        let told = try await fresh.store.write { transaction in
            try transaction.insertIdentity(identity, author: author, at: Self.time)
            return try transaction.author(of: identity.id)
        }
        #expect(told == author)
    }
}
