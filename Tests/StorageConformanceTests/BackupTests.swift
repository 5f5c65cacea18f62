import Foundation
import Model
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("Backup and restore", .timeLimit(.minutes(2)))
struct BackupTests {
    private static let backends = Backend.durable

    /// Writes one message after the other, as a gateway does, until it is stopped.
    private final class Writer: Sendable {
        private struct State {
            var written: [String] = []
            var isOver = false
        }

        private let state = Mutex(State())

        var written: [String] { state.withLock { $0.written } }

        func stop() { state.withLock { $0.isOver = true } }

        func run(on store: any Store, _ seed: Seed) async throws {
            var number = 0
            while !state.withLock({ $0.isOver }), !Task.isCancelled {
                number += 1
                let name = "m\(number)"
                let events = number
                try await store.write { transaction in
                    try transaction.insertMessage(seed.inbound(name))
                    try transaction.enqueue(seed.event(events), at: TestClock.start)
                    transaction.count(.received, by: 1, of: .channel("shop"))
                    transaction.count(.messages, by: 1, of: .channel("shop"))
                }
                state.withLock { $0.written.append(name) }
            }
        }
    }

    @Test(
        "A backup made under writes opens elsewhere with all that was answered before it, and closes its account",
        arguments: backends)
    func underWrites(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seed = try await fresh.store.write { try Seed.plant(in: $0) }
        let writer = Writer()
        async let writing: Void = writer.run(on: fresh.store, seed)
        #expect(try await fresh.store.waits { _ in writer.written.count >= 100 })
        let before = writer.written
        let backup = try await Self.backUp(fresh)
        let mark = writer.written.count
        #expect(try await fresh.store.waits { _ in writer.written.count >= mark + 100 })
        writer.stop()
        try await writing

        let restored = try await backup.restore(fresh.clock)
        let (texts, accounts, destinations) = try await restored.store.read { transaction in
            (
                try transaction.rows("SELECT external_id FROM messages", []).map { try $0.text(0) },
                try EndpointAccount.all(in: transaction), try DestinationAccount.all(in: transaction)
            )
        }
        #expect(Set(before).isSubset(of: Set(texts)))
        #expect(texts.count < writer.written.count)
        #expect(accounts.map(\.unaccounted) == [0])
        #expect(accounts.first?[.received] == Int64(texts.count))
        #expect(destinations.map(\.unaccounted) == [0])
        // What went out of the original since then goes out of this one again, under the same ids.
        let query = "SELECT id FROM deliveries ORDER BY sequence"
        let ids = { @Sendable (transaction: any Transaction) in try transaction.rows(query, []).map { try $0.text(0) } }
        let (here, there) = (try await fresh.store.read(ids), try await restored.store.read(ids))
        #expect(there == Array(here.prefix(there.count)))
        let heads = try await restored.store.write { transaction in
            try transaction.enqueue(seed.event(), at: TestClock.start)
            return try transaction.claimLanes(
                of: .contract("desk"), owner: "next", limit: 9, lease: .seconds(120), now: TestClock.start)
        }
        #expect(heads.count == 1)
        #expect(heads.first?.head.id.text == there.first)
        await restored.store.close()
    }

    @Test("A backup that is there already is not written over, and what an interrupted one left does no harm")
    func names() async throws {
        let fresh = try await Backend.file.make()
        _ = try await fresh.store.write { try Seed.plant(in: $0) }
        let directory = try #require(fresh.directory)
        try directory.write("a half-written copy", to: "copy.db.part")
        let size = try SQLiteStore.backUp(directory.path("store.db"), to: directory.path("copy.db"))
        #expect(size > 0)
        #expect(!FileManager.default.fileExists(atPath: directory.path("copy.db.part")))
        let error = #expect(throws: StoreError.self) {
            try SQLiteStore.backUp(directory.path("store.db"), to: directory.path("copy.db"))
        }
        #expect(error?.code == .conflict)
    }

    /// A backup, and how it becomes a store again: by the commands of docs/operations.md.
    private struct Made {
        let file: String
        let directory: TemporaryDirectory
        let isDump: Bool

        func restore(_ clock: TestClock) async throws -> FreshStore {
            guard isDump else {
                let place = try TemporaryDirectory()
                try FileManager.default.copyItem(atPath: file, toPath: place.path("store.db"))
                let store = try SQLiteStore(path: place.path("store.db"), clock: clock.wall)
                let damage = try await store.read { transaction in
                    try transaction.rows("PRAGMA integrity_check", []).map { try $0.text(0) }
                }
                #expect(damage == ["ok"])
                return FreshStore(store, clock, at: .file(place))
            }
            let database = try await PostgreSQLServer.shared.database()
            try run("pg_restore", ["--exit-on-error", "--no-owner", "--dbname", database.address, file])
            return FreshStore(
                try await PostgreSQLStore(database.address, connections: 2, clock: clock.wall), clock,
                at: .database(database))
        }
    }

    private static func backUp(_ fresh: FreshStore) async throws -> Made {
        let directory = try TemporaryDirectory()
        guard let address = fresh.address else {
            let path = try #require(fresh.directory).path("store.db")
            _ = try SQLiteStore.backUp(path, to: directory.path("copy.db"))
            return Made(file: directory.path("copy.db"), directory: directory, isDump: false)
        }
        try run("pg_dump", ["--format", "custom", "--file", directory.path("copy.dump"), "--dbname", address])
        return Made(file: directory.path("copy.dump"), directory: directory, isDump: true)
    }
}

/// Runs one of PostgreSQL's programs to its end.
private func run(_ program: String, _ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try #require(PostgreSQLServer.programs) + "/" + program)
    process.arguments = arguments
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0, "\(program)")
}
