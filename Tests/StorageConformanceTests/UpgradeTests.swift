import Dispatch
import Model
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("A schema that gets new steps", .timeLimit(.minutes(2)))
struct UpgradeTests {
    /// The schema of the samtal after this one: all that a step may do while this one runs on.
    private static let next: Schema = {
        let present = Migrations.newest
        return Schema(
            Migrations.all + [
                Migration(
                    number: present + 1, name: "a column", needs: present,
                    statements: ["ALTER TABLE messages ADD COLUMN mood TEXT NOT NULL DEFAULT 'none'"]),
                Migration(
                    number: present + 2, name: "an index", needs: present,
                    index: .init(name: "messages_mood", definition: "messages (mood)")),
                Migration(
                    number: present + 3, name: "a table", needs: present,
                    statements: ["CREATE TABLE moods (name TEXT NOT NULL PRIMARY KEY) {clustered}"]),
            ])
    }()

    private func open(
        _ fresh: FreshStore, _ schema: Schema = .present, told: @escaping @Sendable (SchemaNews) -> Void = { _ in }
    ) async throws -> any Store {
        if let address = fresh.address {
            return try await PostgreSQLStore(
                address, connections: 2, schema: schema, clock: fresh.clock.wall, told: told)
        }
        let path = try #require(fresh.directory).path("store.db")
        return try SQLiteStore(path: path, schema: schema, clock: fresh.clock.wall, told: told)
    }

    @Test("Several that open an empty store at once make its schema once", arguments: Backend.durableEverywhere)
    func atOnce(backend: Backend) async throws {
        let fresh = try await backend.make()
        try await Self.empty(fresh, backend)
        let heard = Heard()
        try await withThrowingTaskGroup { group in
            for _ in 0..<4 {
                group.addTask {
                    let store = try await open(fresh, told: heard.add)
                    await store.close()
                }
            }
            try await group.waitForAll()
        }
        #expect(heard.steps == Migrations.all.map(\.number))
    }

    /// Keeps what it is told.
    private final class Heard: Sendable {
        private let all = Mutex<[SchemaNews]>([])

        @Sendable func add(_ news: SchemaNews) { all.withLock { $0.append(news) } }

        /// The steps that were done.
        var steps: [Int64] {
            all.withLock { $0 }.compactMap { if case .done(let step) = $0 { step.number } else { nil } }
        }

        /// The step that a newer samtal made.
        var ahead: Int64? {
            all.withLock { $0 }.lazy.compactMap { if case .isAhead(let step) = $0 { step } else { nil } }.first
        }
    }

    /// Takes all tables away.
    private static func empty(_ fresh: FreshStore, _ backend: Backend) async throws {
        try await fresh.store.write { transaction in
            if backend.isPostgreSQL {
                try transaction.run("DROP SCHEMA public CASCADE", [])
                try transaction.run("CREATE SCHEMA public", [])
            } else {
                try transaction.run("PRAGMA defer_foreign_keys = ON", [])
                let tables = try transaction.rows(
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'", [])
                for table in try tables.map({ try $0.text(0) }) { try transaction.run("DROP TABLE \(table)", []) }
            }
        }
    }

    @Test(
        "A samtal of the step before opens a newer store that promises to be good for it",
        arguments: Backend.durableEverywhere)
    func former(backend: Backend) async throws {
        let fresh = try await backend.make()
        await (try await open(fresh, Self.next)).close()
        let heard = Heard()
        let store = try await open(fresh, told: heard.add)
        #expect(heard.ahead == Migrations.newest + 3)
        let seed = try await store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            try transaction.insertMessage(seed.inbound("m1"))
            return seed
        }
        let messages = try await store.read { try $0.messages(of: seed.conversation.id, after: nil, limit: 9) }
        #expect(messages.map(\.externalID) == ["m1"])
        await store.close()
    }

    @Test("A newer store that needs more is refused", arguments: Backend.durableEverywhere)
    func breaking(backend: Backend) async throws {
        let fresh = try await backend.make()
        let number = Migrations.newest + 1
        let breaking = Migration(
            number: number, name: "a table goes", statements: ["ALTER TABLE calls RENAME TO remembered_calls"])
        await (try await open(fresh, Schema(Migrations.all + [breaking]))).close()
        let error = await #expect(throws: StoreError.self) { try await open(fresh) }
        #expect(error?.code == .newer)
    }

    @Test("A look at a store that lacks steps names them and writes nothing", arguments: Backend.durableEverywhere)
    func look(backend: Backend) async throws {
        let fresh = try await backend.make()
        let address: StoreAddress =
            if let address = fresh.address { .postgresql(address) } else {
                .sqlite(try #require(fresh.directory).path("store.db"))
            }
        try await Self.empty(fresh, backend)
        await fresh.store.close()
        let standing = try await address.standing()
        #expect(standing.step == 0)
        #expect(standing.missing.map(\.number) == Migrations.all.map(\.number))
        #expect(try await address.standing().step == 0)
        let former = try await address.migrate { _ in }
        #expect(former.missing.count == Migrations.all.count)
        #expect(try await address.standing().missing.isEmpty)
        #expect(try await address.migrate { _ in }.missing.isEmpty)
    }

    @Test("What may run beside a former samtal adds, and refuses nothing that was allowed")
    func additive() {
        let added = Migrations.all.filter { $0.needs < $0.number }
        for step in added { #expect(Self.takesAway(step) == [], "step \(step.number)") }
        let since = Migrations.all.drop { $0.name != "what a step needs" }.dropFirst()
        for step in since { #expect(step.needs < step.number, "step \(step.number) stops the former samtal") }
        let bad = [
            "DROP TABLE calls", "ALTER TABLE calls ADD COLUMN x TEXT NOT NULL", "ALTER TABLE calls DROP COLUMN token",
            "CREATE UNIQUE INDEX x ON calls (token)", "ALTER TABLE calls RENAME TO x", "UPDATE calls SET status = 0",
            "ALTER TABLE calls ADD COLUMN x {int} UNIQUE", "CREATE INDEX x ON calls (token)",
        ]
        for statement in bad {
            let step = Migration(number: 2, name: "x", needs: 1, statements: [statement])
            #expect(Self.takesAway(step).count == 1, "\(statement)")
        }
    }

    /// The statements of a step that a former samtal might stumble over, or wait for.
    private static func takesAway(_ step: Migration) -> [String] {
        let tables = step.sql(in: .sqlite).compactMap { $0.firstMatch(of: #/^\s*CREATE TABLE (\w+)/#)?.1 }
        return step.sql(in: .sqlite).filter { sql in
            if step.sql(in: .postgresql).contains(where: { $0.hasPrefix("CREATE INDEX CONCURRENTLY") }) { return false }
            if sql.firstMatch(of: #/^\s*CREATE TABLE /#) != nil { return false }
            if let index = sql.firstMatch(of: #/^\s*CREATE (UNIQUE )?INDEX \w+ ON (\w+)/#) {
                return !tables.contains(index.2)
            }
            guard let column = sql.firstMatch(of: #/^\s*ALTER TABLE \w+ ADD COLUMN \w+ ([\s\S]*)$/#)?.1 else {
                return true
            }
            return column.contains("UNIQUE") || column.contains("NOT NULL") && !column.contains("DEFAULT")
        }
    }

    @Test("An index that an interrupted run left is made anew", .enabled(if: PostgreSQLServer.isThere))
    func halfAnIndex() async throws {
        let fresh = try await Backend.postgresql.make()
        // Of another column, so that it can be told apart.
        try await fresh.store.write { _ = try $0.run("CREATE INDEX messages_mood ON messages (text)", []) }
        let store = try await open(fresh, Self.next)
        let definition = try await store.read { transaction in
            try transaction.row("SELECT indexdef FROM pg_indexes WHERE indexname = 'messages_mood'", [])?.text(0)
        }
        #expect(definition?.hasSuffix("(mood)") == true)
        await store.close()
    }

    @Test(
        "Nodes of the former version go on writing while the schema changes under them, also when a step is held up",
        .enabled(if: PostgreSQLServer.isThere))
    func beside() async throws {
        let fresh = try await Backend.postgresql.make()
        let seed = try await fresh.store.write { try Seed.plant(in: $0) }
        let load = Load(fresh.store, seed)
        // A transaction that has read what the first step changes, and does not end for now.
        let (holds, ends) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        async let long: Void = fresh.store.read { transaction in
            _ = try transaction.rows("SELECT count(*) FROM messages", [])
            holds.signal()
            ends.wait()
        }
        async let written = load.run(writers: 2)
        // The semaphore blocks a thread that is nobody else's.
        await withCheckedContinuation { continuation in
            DispatchQueue(label: "test").async {
                holds.wait()
                continuation.resume()
            }
        }
        let (news, told) = AsyncStream.makeStream(of: SchemaNews.self)
        async let migrated = open(fresh, Self.next) { told.yield($0) }
        var delays = 0
        for await item in news {
            guard case .isHeldUp(let step) = item else { continue }
            #expect(step.number == Migrations.newest + 1)
            delays += 1
            if delays == 2 { break }
        }
        try await load.writes(20)
        ends.signal()
        try await long
        let store = try await migrated
        try await load.writes(20)
        load.stop()
        let count = try await written
        let (kept, moods) = try await store.read { transaction in
            (
                try transaction.row("SELECT count(*) FROM messages WHERE mood = 'none'", [])?.integer(0),
                try transaction.row("SELECT count(*) FROM moods", [])?.integer(0)
            )
        }
        #expect(kept == Int64(count))
        #expect(moods == 0)
        #expect(load.longest < .seconds(8), "a unit waited \(load.longest)")
        await store.close()
    }

    /// Units of a node that goes on writing.
    private final class Load: Sendable {
        private struct State {
            var count = 0
            var isOver = false
            var longest = Duration.zero
        }

        private let store: any Store
        private let seed: Seed
        private let state = Mutex(State())

        init(_ store: any Store, _ seed: Seed) {
            (self.store, self.seed) = (store, seed)
        }

        var longest: Duration { state.withLock { $0.longest } }

        func stop() { state.withLock { $0.isOver = true } }

        /// Writes one message after the other until it is stopped.
        /// - Returns: how many were committed; all that were tried.
        func run(writers: Int) async throws -> Int {
            try await withThrowingTaskGroup { group in
                for writer in 0..<writers {
                    group.addTask {
                        var number = 0
                        while !self.state.withLock({ $0.isOver }), !Task.isCancelled {
                            number += 1
                            try await self.write("\(writer)-\(number)")
                        }
                    }
                }
                try await group.waitForAll()
            }
            return state.withLock { $0.count }
        }

        private func write(_ name: String) async throws {
            let start = ContinuousClock.now
            try await store.write { [seed] transaction in
                try transaction.lock([.message(channel: "shop", externalID: name)])
                try transaction.insertMessage(seed.inbound(name))
                try transaction.enqueue(seed.event(), at: TestClock.start)
                transaction.count(.received, by: 1, of: .channel("shop"))
            }
            state.withLock { state in
                state.count += 1
                state.longest = max(state.longest, .now - start)
            }
        }

        /// Returns when so many more are written.
        func writes(_ more: Int) async throws {
            let mark = state.withLock { $0.count } + more
            let isThere = try await store.waits { [self] _ in state.withLock { $0.count } >= mark }
            #expect(isThere, "units stand still")
        }
    }
}
