import Model
import Storage
import TestSupport
import Testing

@Suite("The account", .timeLimit(.minutes(2)))
struct AccountTests {
    private func outgoing(_ fresh: FreshStore) async throws -> DestinationAccount {
        try #require(try await fresh.store.read { try DestinationAccount.all(in: $0) }.first)
    }

    @Test("What is enqueued is counted in its commit and stands in one state", arguments: Backend.allCases)
    func outbox(backend: Backend) async throws {
        let fresh = try await backend.make()
        let ids = try await fresh.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            return try (1...4).map { try transaction.enqueue(seed.event($0), at: TestClock.start) }
        }
        var account = try await outgoing(fresh)
        #expect((account.enqueued, account.waiting, account.unaccounted) == (4, 4, 0))
        try await fresh.store.write { transaction in
            for (id, state) in zip(ids, [DeliveryState.delivered, .failed, .cancelled]) {
                try transaction.updateDelivery(DeliveryUpdate(id: id, state: state, progress: 0))
            }
        }
        account = try await outgoing(fresh)
        #expect((account.delivered, account.dead, account.cancelled, account.waiting) == (1, 1, 1, 1))
        #expect(account.unaccounted == 0)
    }

    @Test("A delivery that was undone with its unit is not counted", arguments: Backend.allCases)
    func undone(backend: Backend) async throws {
        struct Enough: Error {}
        let fresh = try await backend.make()
        let seed = try await fresh.store.write { try Seed.plant(in: $0) }
        await #expect(throws: Enough.self) {
            try await fresh.store.write { transaction in
                try transaction.enqueue(seed.event(), at: TestClock.start)
                throw Enough()
            }
        }
        #expect(try await fresh.store.read { try DestinationAccount.all(in: $0) }.isEmpty)
    }

    @Test("A delivery that is gone from the store leaves its line open", arguments: Backend.allCases)
    func lost(backend: Backend) async throws {
        let fresh = try await backend.make()
        try await fresh.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            try transaction.enqueue(seed.event(), at: TestClock.start)
            try transaction.run("DELETE FROM deliveries", [])
        }
        #expect(try await outgoing(fresh).unaccounted == 1)
    }

    @Test("What was filtered is counted by its reason, and the counter is their sum", arguments: Backend.allCases)
    func reasons(backend: Backend) async throws {
        let fresh = try await backend.make()
        try await fresh.store.write { transaction in
            transaction.count(.received, by: 6, of: .channel("shop"))
            transaction.count(.filtered, because: "typing", by: 2, of: .channel("shop"))
            transaction.count(.filtered, because: "notice", by: 3, of: .channel("shop"))
            // As a store has it that is older than the reasons.
            transaction.count(.filtered, by: 1, of: .channel("shop"))
        }
        let account = try #require(try await fresh.store.read { try EndpointAccount.all(in: $0) }.first)
        #expect(account[.filtered] == 6)
        #expect(account.unaccounted == 0)
        #expect(account.reasons(.filtered).map { "\($0.reason) \($0.count)" } == ["notice 3", "typing 2"])
        #expect(account.json["filtered_reasons"] == ["notice": 3, "typing": 2])
    }

    @Test("An older store's deliveries are counted as enqueued when it is brought up to date")
    func older() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("store.db")
        let old = try SQLiteStore(path: path, schema: Schema(Migrations.all.filter { $0.number < 11 }))
        try await old.write { transaction in
            for statement in [
                "INSERT INTO people (id, created_at) VALUES ('p', 0)",
                """
                INSERT INTO conversations (id, person_id, status, opened_at, reason)
                VALUES ('c', 'p', 'open', 0, 'r')
                """,
                "INSERT INTO lanes (id, destination, conversation_id, urgency) VALUES ('l', 'contract:desk', 'c', 1)",
            ] { try transaction.run(statement, []) }
            for number in 1...3 {
                try transaction.run(
                    """
                    INSERT INTO deliveries
                      (id, lane_id, kind, payload, correlation, state, created_at, trying_since, due_at)
                    VALUES (?, 'l', 'event', '{}', 'x', 'delivered', 0, 0, 0)
                    """, [.text("d\(number)")])
            }
        }
        await old.close()
        let again = FreshStore(try SQLiteStore(path: path), TestClock(), at: .file(directory))
        let account = try await outgoing(again)
        #expect((account.enqueued, account.unaccounted) == (3, 0))
    }
}
