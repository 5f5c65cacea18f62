import Dispatch
import Model
import Storage
import TestSupport
import Testing

@Suite("Connections to PostgreSQL", .timeLimit(.minutes(2)), .enabled(if: PostgreSQLServer.isThere))
struct PoolTests {
    @Test("A unit that finds no connection fails after its patience, and the store goes on")
    func patience() async throws {
        let fresh = try await Backend.postgresql.make()
        let address = try #require(fresh.address)
        let store = try await PostgreSQLStore(address, connections: 1, patience: .milliseconds(200))
        let (holds, ends) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        async let long: Void = store.read { _ in
            holds.signal()
            ends.wait()
        }
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "test").async {
                holds.wait()
                continuation.resume()
            }
        }
        let errors = await withTaskGroup { group in
            for _ in 0..<3 {
                group.addTask { () -> StoreError? in
                    do {
                        try await store.write { _ in }
                        return nil
                    } catch {
                        return error as? StoreError
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(errors.map { $0?.code } == [.unavailable, .unavailable, .unavailable])
        #expect(errors.allSatisfy { $0?.message.contains("no connection was free within 0.2 seconds") == true })
        ends.signal()
        try await long
        try await store.write { _ = try Seed.plant(in: $0) }
        await store.close()
    }

    @Test("A node hears the others again after its listening connection was ended, and what was to be told meanwhile")
    func relisten() async throws {
        let fresh = try await Backend.postgresql.make()
        let other = try await fresh.another()
        let seed = try await fresh.store.write { try Seed.plant(in: $0) }
        for round in 1...2 {
            let ended = try await fresh.store.write { transaction in
                try transaction.rows(
                    """
                    SELECT CAST(pg_terminate_backend(pid) AS int) FROM pg_stat_activity
                    WHERE datname = current_database() AND (query LIKE 'LISTEN%' OR query LIKE '%pg_notify%')
                      AND pid <> pg_backend_pid()
                    """, []
                ).count
            }
            let before = other.signals.count(of: .deliveries)
            try await fresh.store.write { _ = try $0.enqueue(seed.event(round), at: TestClock.start) }
            await other.signals.wait(for: .deliveries, after: before, atMost: .seconds(50))
            #expect(other.signals.count(of: .deliveries) > before, "round \(round), \(ended) ended")
        }
        await other.close()
    }

    @Test(
        "A pooler that gives each transaction another session is noticed", .enabled(if: PostgreSQLServer.isPoolerThere))
    func pooler() async throws {
        #expect(try await Backend.pooled.make().store.isPooled)
        #expect(try await Backend.postgresql.make().store.isPooled == false)
    }

    @Test(
        "Behind a pooler a node is woken by its own commits, and finds by a look what another one committed",
        .enabled(if: PostgreSQLServer.isPoolerThere))
    func looks() async throws {
        let fresh = try await Backend.pooled.make()
        let other = try await fresh.another()
        let seed = try await fresh.store.write { try Seed.plant(in: $0) }
        let (here, there) = (fresh.store.signals.count(of: .deliveries), other.signals.count(of: .deliveries))
        try await fresh.store.write { _ = try $0.enqueue(seed.event(), at: TestClock.start) }
        #expect(fresh.store.signals.count(of: .deliveries) == here + 1)
        #expect(other.signals.count(of: .deliveries) == there)
        let heads = try await other.write { transaction in
            try transaction.claimLanes(
                of: .contract("desk"), owner: "other", limit: 9, lease: .seconds(120), now: TestClock.start)
        }
        #expect(heads.count == 1)
        await other.close()
    }
}
