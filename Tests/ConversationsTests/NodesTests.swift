import Conversations
import Model
import Storage
import TestSupport
import Testing

@Suite("Two nodes on one store", .timeLimit(.minutes(2)))
struct NodesTests {
    private static let people = 20

    /// Does two things at the same moment, for one person after the other.
    private func atOnce(
        _ one: @escaping @Sendable (String) async throws -> Void,
        _ other: @escaping @Sendable (String) async throws -> Void
    ) async throws {
        for number in 0..<Self.people {
            try await withThrowingTaskGroup { group in
                group.addTask { try await one("p\(number)") }
                group.addTask { try await other("p\(number)") }
                try await group.waitForAll()
            }
        }
    }

    private func count(_ table: String, in hall: Hall) async throws -> Int64? {
        try await hall.store.read { try $0.row("SELECT count(*) FROM \(table)", [])?.integer(0) }
    }

    @Test(
        "The first two messages of a person, at the same moment on two nodes, make one person and one conversation",
        arguments: Backend.durableEverywhere)
    func firstMessages(backend: Backend) async throws {
        let here = try await Hall(on: backend)
        let there = try await here.another()
        try await atOnce(
            { try await here.receive(.message("\($0)-a", by: $0, on: $0)) },
            { try await there.receive(.message("\($0)-b", by: $0, on: $0)) })
        #expect(try await count("people", in: here) == Int64(Self.people))
        #expect(try await count("conversations", in: here) == Int64(Self.people))
        #expect(try await count("messages", in: here) == Int64(2 * Self.people))
        let told = try await here.told()
        #expect(told.count { $0 == "person.created" } == Self.people)
        #expect(told.count { $0 == "conversation.opened" } == Self.people)
        #expect(told.count { $0 == "message.received" } == 2 * Self.people)
        await there.store.close()
    }

    @Test(
        "A message that both nodes get at the same moment is one message, and the account closes",
        arguments: Backend.durableEverywhere)
    func sameMessage(backend: Backend) async throws {
        let here = try await Hall(on: backend)
        let there = try await here.another()
        try await atOnce(
            { try await here.receive(.message("\($0)-a", by: $0, on: $0)) },
            { try await there.receive(.message("\($0)-a", by: $0, on: $0)) })
        #expect(try await count("messages", in: here) == Int64(Self.people))
        let account = try #require(try await here.store.read { try EndpointAccount.all(in: $0) }.first)
        #expect((account[.messages], account[.duplicates]) == (Int64(Self.people), Int64(Self.people)))
        #expect(account.unaccounted == 0)
        await there.store.close()
    }

    @Test(
        "An edit on one node and its message on the other: whichever is first, the edit is made",
        arguments: Backend.durableEverywhere)
    func parked(backend: Backend) async throws {
        let here = try await Hall(on: backend)
        let there = try await here.another()
        try await atOnce(
            { try await here.receive(.message("\($0)-a", by: $0, on: $0)) },
            { try await there.receive(.edit("\($0)-a", "edited", by: $0, at: TestClock.start + .seconds(1))) })
        #expect(try await count("parked", in: here) == 0)
        #expect(try await here.messages().map(\.text) == Array(repeating: "edited", count: Self.people))
        await there.store.close()
    }

    @Test(
        "A conversation is closed on one node while its person writes on the other: what the CRM was told last is so",
        arguments: Backend.durableEverywhere)
    func closing(backend: Backend) async throws {
        let here = try await Hall(on: backend)
        let there = try await here.another()
        for number in 0..<Self.people {
            try await here.receive(.message("p\(number)-a", by: "p\(number)", on: "p\(number)"))
        }
        let all = try await here.conversations()
        let byPerson = Dictionary(uniqueKeysWithValues: zip((0..<Self.people).map { "p\($0)" }, all))
        try await atOnce(
            { try await here.receive(.message("\($0)-b", by: $0, on: $0)) },
            { name in
                let conversation = try #require(byPerson[name])
                _ = try await there.order(
                    Command(kind: .close, id: "close-\(name)", conversation: conversation.id))
            })
        // Of the last event of each lane: what the CRM believes is what stands in the store.
        for conversation in try await here.conversations() {
            let id = conversation.id
            let told = try await here.store.read { transaction in
                try transaction.deliveries(matching: DeliveryQuery(destination: .contract("desk")), limit: 1000)
                    .filter { $0.delivery.conversation == id }.compactMap { $0.delivery.payload["type"].string }
            }
            let last = told.first { $0.hasSuffix("closed") || $0.hasSuffix("reopened") || $0.hasSuffix("opened") }
            #expect(last?.hasSuffix("closed") == (conversation.status == .closed), "\(told)")
        }
        await there.store.close()
    }
}
