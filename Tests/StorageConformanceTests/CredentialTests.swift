import Model
import Storage
import TestSupport
import Testing

@Suite("What endpoints were granted, in the store", .timeLimit(.minutes(2)))
struct CredentialTests {
    @Test("What was saved last is what is there, for each endpoint and name", arguments: Backend.allCases)
    func saved(backend: Backend) async throws {
        let fresh = try await backend.make()
        let store = fresh.store
        let endpoint = Endpoint.channel("desk")
        #expect(try await store.read { try $0.credential("api", of: endpoint) } == nil)
        for token in ["one", "two"] {
            try await store.write { transaction in
                try transaction.saveCredential(
                    ["token": .string(token)], as: "api", of: endpoint, at: TestClock.start)
            }
        }
        #expect(try await store.read { try $0.credential("api", of: endpoint) } == ["token": "two"])
        #expect(try await store.read { try $0.credential("other", of: endpoint) } == nil)
        #expect(try await store.read { try $0.credential("api", of: .contract("desk")) } == nil)
        await fresh.store.close()
    }

    @Test("What was saved is there after the store was opened again", arguments: Backend.durable)
    func durable(backend: Backend) async throws {
        let fresh = try await backend.make()
        try await fresh.store.write { transaction in
            try transaction.saveCredential(["token": "t"], as: "api", of: .channel("desk"), at: TestClock.start)
        }
        let again = try await fresh.reopened()
        #expect(try await again.store.read { try $0.credential("api", of: .channel("desk")) } == ["token": "t"])
    }
}
