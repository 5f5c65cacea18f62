import Foundation
import Model
import Storage
import TestSupport
import Testing

@Suite("A store whose process ended", .timeLimit(.minutes(2)))
struct CrashTests {
    /// What is on the disk at this moment, opened as the next process would find it.
    private func afterCrash(_ fresh: FreshStore) throws -> FreshStore {
        let (from, to) = (try #require(fresh.directory), try TemporaryDirectory())
        // The index of the log (-shm) is memory of the process that died; it is not copied.
        for name in ["store.db", "store.db-wal"] where FileManager.default.fileExists(atPath: from.path(name)) {
            try FileManager.default.copyItem(atPath: from.path(name), toPath: to.path(name))
        }
        let store = try SQLiteStore(path: to.path("store.db"), clock: fresh.clock.wall)
        return FreshStore(store, fresh.clock, at: .file(to))
    }

    @Test("Whatever was answered is there after a crash")
    func answered() async throws {
        let fresh = try await Backend.file.make()
        var people: [Person] = []
        for round in 0..<5 {
            people += try await withThrowingTaskGroup { group in
                for number in 0..<10 {
                    group.addTask {
                        try await fresh.store.write { try Seed.plant("p\(round)-\(number)", in: $0) }.person
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let again = try afterCrash(fresh)
            for person in people { #expect(try await again.store.read { try $0.person(person.id) } == person) }
            await again.store.close()
        }
    }

    @Test("What was not committed is not there after a crash")
    func unanswered() async throws {
        let fresh = try await Backend.file.make()
        _ = try await fresh.store.write { try Seed.plant("before", in: $0) }
        let copy = try await fresh.store.write { transaction in
            _ = try Seed.plant("during", in: transaction)
            return try afterCrash(fresh)
        }
        let names = try await copy.store.read { try $0.rows("SELECT name FROM people", []).map { try $0.text(0) } }
        #expect(names == ["before"])
    }

    @Test("A log that is cut in the middle of a commit opens at the commit before it")
    func tornLog() async throws {
        let fresh = try await Backend.file.make()
        for number in 0..<5 { _ = try await fresh.store.write { try Seed.plant("p\(number)", in: $0) } }
        let (from, to) = (try #require(fresh.directory), try TemporaryDirectory())
        try FileManager.default.copyItem(atPath: from.path("store.db"), toPath: to.path("store.db"))
        let log = try Data(contentsOf: URL(fileURLWithPath: from.path("store.db-wal")))
        try log.dropLast(1000).write(to: URL(fileURLWithPath: to.path("store.db-wal")))
        let store = try SQLiteStore(path: to.path("store.db"), clock: fresh.clock.wall)
        let names = try await store.read { transaction in
            try transaction.rows("SELECT name FROM people ORDER BY id", []).map { try $0.text(0) }
        }
        #expect(names.count == 4)
        #expect(try await store.read { try $0.row("PRAGMA integrity_check", [])?.text(0) } == "ok")
        await store.close()
    }

    @Test("A lane that a dead process held is free when the next one starts")
    func leases() async throws {
        let fresh = try await Backend.file.make()
        let claim = { @Sendable (transaction: any Transaction, owner: String) in
            try transaction.claimLanes(
                of: .contract("desk"), owner: owner, limit: 9, lease: .seconds(120), now: TestClock.start
            ).count
        }
        let held = try await fresh.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            let id = try transaction.enqueue(seed.event(), at: TestClock.start)
            try transaction.markSending(id)
            return try claim(transaction, "dead")
        }
        #expect(held == 1)
        let again = try afterCrash(fresh)
        #expect(try await again.store.write { try claim($0, "next") } == 0)
        try await again.store.write { try $0.releaseAllLanes(at: TestClock.start) }
        let heads = try await again.store.write { transaction in
            try transaction.claimLanes(
                of: .contract("desk"), owner: "next", limit: 9, lease: .seconds(120), now: TestClock.start)
        }
        #expect(heads.map(\.head.state) == [.sending])
    }

    @Test("A closed store refuses units and says so")
    func closed() async throws {
        let fresh = try await Backend.file.make()
        await fresh.store.close()
        let error = await #expect(throws: StoreError.self) {
            try await fresh.store.write { _ = try Seed.plant(in: $0) }
        }
        #expect(error?.code == .unavailable)
    }

    @Test("Every commit of a store on file waits for the disk")
    func synced() async throws {
        let fresh = try await Backend.file.make()
        let level = try await fresh.store.write { try $0.row("PRAGMA synchronous", [])?.integer(0) }
        // FULL: https://www.sqlite.org/pragma.html#pragma_synchronous
        #expect(level == 2)
    }
}
