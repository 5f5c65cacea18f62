import Dispatch
import Foundation
import Model
import Storage
import TestSupport
import Testing

@Suite("A store that goes to another engine", .timeLimit(.minutes(2)))
struct MoveTests {
    /// From where to where.
    struct Way: Sendable, CustomTestStringConvertible {
        let from: Backend
        let to: Backend

        var testDescription: String { "from \(from) to \(to)" }
        static let all = sides.flatMap { from in sides.map { Way(from: from, to: $0) } }
        /// Those that a store may go between.
        static let sides = Backend.durable
    }

    /// Stands for a digest, within this process.
    private static let hash: @Sendable ([UInt8]) -> [UInt8] = { bytes in
        (0..<4).flatMap { (lane: Int) -> [UInt8] in
            var hasher = Hasher()
            hasher.combine(lane)
            bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
            let word = hasher.finalize()
            return (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
        }
    }

    private func move(_ from: FreshStore, _ to: FreshStore, replacesNUL: Bool = false) async throws -> MoveReport {
        await from.store.close()
        await to.store.close()
        let move = StoreMove(
            from: try from.location(), to: try to.location(), replacesNUL: replacesNUL, hash: Self.hash)
        return try await move.run { _, _ in }
    }

    /// Rows of many kinds: references to later rows, NULL, empty and large values, the largest numbers.
    private func fill(_ fresh: FreshStore, text: String = "é \u{1F600} '\"\\ \u{FFFF}") async throws {
        try await fresh.store.write { transaction in
            for number in 0..<450 {
                let seed = try Seed.plant("p\(number)", in: transaction)
                try transaction.insertMessage(seed.inbound("m\(number)", number == 7 ? text : "Hello"))
                try transaction.enqueue(seed.event(number), at: TestClock.start)
                transaction.count(.received, by: 1, of: .channel("shop"))
            }
            let people = try transaction.rows("SELECT id FROM people ORDER BY id", []).map { try $0.text(0) }
            for (person, later) in [(people[0], people[449]), (people[449], people[1])] {
                try transaction.run(
                    "UPDATE people SET forwarded_to = ? WHERE id = ?", [.text(later), .text(person)])
            }
            // Together more than a page.
            let large = (1...3).map { [UInt8](repeating: $0, count: 1_500_000) }
            for (digest, bytes) in [("a", []), ("b", [0]), ("c", large[0]), ("d", large[1]), ("e", large[2])] {
                try transaction.run(
                    "INSERT INTO files (digest, size, bytes, created_at) VALUES (?, ?, ?, ?)",
                    [.text(digest), .integer(Int64(bytes.count)), .bytes(bytes), .integer(.min)])
            }
            try transaction.run("UPDATE files SET created_at = ? WHERE digest = 'b'", [.integer(.max)])
            try transaction.run("DELETE FROM deliveries WHERE sequence = (SELECT max(sequence) FROM deliveries)", [])
        }
    }

    private static func everything(_ transaction: any Transaction) throws -> [[Row]] {
        try [
            "people ORDER BY id", "messages ORDER BY id", "deliveries ORDER BY id", "files ORDER BY digest",
            "balances ORDER BY endpoint, counter, slot", "envelopes ORDER BY id",
        ].map { try transaction.rows("SELECT * FROM \($0)", []) }
    }

    @Test("All rows go, to the last byte, and numbers are counted on from where they were", arguments: Way.all)
    func whole(way: Way) async throws {
        let (from, to) = (try await way.from.make(), try await way.to.make())
        try await fill(from)
        let before = try await from.store.read(Self.everything)
        let report = try await move(from, to)
        #expect(report.replaced.isEmpty)
        let rows = Dictionary(uniqueKeysWithValues: report.tables.map { ($0.name, $0.rows) })
        #expect((rows["people"], rows["deliveries"], rows["files"]) == (450, 449, 5))
        #expect(Set(report.tables.map(\.digest)).count > 8)
        let there = try await to.another()
        let after = try await there.read(Self.everything)
        #expect(after == before)
        let next = try await there.write { transaction -> Int64? in
            let seed = try Seed.plant("next", in: transaction)
            try transaction.enqueue(seed.event(), at: TestClock.start)
            return try transaction.row("SELECT max(sequence) FROM deliveries", [])?.integer(0)
        }
        #expect(next == 451)
        await #expect(throws: StoreError.self, "references are kept") {
            try await there.write { _ = try $0.run("DELETE FROM people WHERE forwarded_to IS NULL", []) }
        }
        await there.close()
    }

    @Test("A target with rows is refused, and stays as it is", arguments: Way.sides)
    func full(backend: Backend) async throws {
        let (from, to) = (try await Backend.file.make(), try await backend.make())
        try await fill(from)
        try await to.store.write { _ = try Seed.plant("theirs", in: $0) }
        let refusal = await #expect(throws: MoveRefusal.self) { try await move(from, to) }
        #expect(refusal?.description.contains("not empty") == true)
        let there = try await to.another()
        #expect(
            try await there.read { try $0.rows("SELECT name FROM people", []).map { try $0.text(0) } } == ["theirs"])
        await there.close()
    }

    @Test("A pooler in between is refused", .enabled(if: PostgreSQLServer.isPoolerThere))
    func pooled() async throws {
        let (from, to) = (try await Backend.file.make(), try await Backend.pooled.make())
        let refusal = await #expect(throws: MoveRefusal.self) { try await move(from, to) }
        #expect(refusal?.description.contains("pooler") == true)
    }

    @Test(
        "A move whose connection is lost in the middle leaves an empty target, and is begun again",
        .enabled(if: PostgreSQLServer.isThere))
    func cut() async throws {
        let (from, to) = (try await Backend.file.make(), try await Backend.postgresql.make())
        try await fill(from)
        await from.store.close()
        await to.store.close()
        let move = StoreMove(
            from: try from.location(), to: try to.location(), replacesNUL: false, hash: Self.hash)
        let (half, told) = AsyncStream.makeStream(of: Void.self)
        let goesOn = DispatchSemaphore(value: 0)
        async let first = move.run { done, total in
            guard done * 4 > total, done * 4 <= total + 4 * 200 else { return }
            told.yield()
            told.finish()
            goesOn.wait()
            goesOn.signal()
        }
        for await _ in half { break }
        let watcher = try await PostgreSQLServer.shared.database()
        let there = try await PostgreSQLStore(watcher.address, connections: 1)
        let ended = try await there.write { transaction in
            try transaction.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ?",
                [.text(try #require(to.address?.firstMatch(of: #//(t\d+)\?/#)).1.description)]
            ).count
        }
        #expect(ended == 1)
        goesOn.signal()
        do {
            _ = try await first
            Issue.record("a move whose connection is lost is no move")
        } catch {
            #expect(error is StoreError)
        }
        let report = try await move.run { _, _ in }
        #expect(report.tables.first { $0.name == "people" }?.rows == 450)
        await there.close()
    }

    @Test("A node at work on either side is refused", .enabled(if: PostgreSQLServer.isThere))
    func nodes() async throws {
        let (here, there) = (try await Backend.postgresql.make(), try await Backend.postgresql.make())
        let node = try await here.another()
        _ = try await node.read { try $0.rows("SELECT 1", []) }
        for (from, to) in [(here, there), (there, here)] {
            let refusal = await #expect(throws: MoveRefusal.self) { try await move(from, to) }
            #expect(refusal?.description.contains("stop all nodes") == true)
        }
        await node.close()
    }

    @Test(
        "U+0000 in a text is refused with its place, or becomes U+FFFD and is counted",
        .enabled(if: PostgreSQLServer.isThere))
    func zero() async throws {
        let (from, to) = (try await Backend.file.make(), try await Backend.postgresql.make())
        try await fill(from, text: "a\u{0}b")
        let refusal = await #expect(throws: MoveRefusal.self) { try await move(from, to) }
        #expect(refusal?.description.contains("messages.text (1)") == true)
        #expect(refusal?.description.contains("--replace-nul") == true)
        let report = try await move(from, to, replacesNUL: true)
        #expect(report.replaced == ["messages.text": 1])
        let there = try await to.another()
        let texts = try await there.read { transaction in
            try transaction.rows("SELECT text FROM messages WHERE external_id = 'm7'", []).map { try $0.text(0) }
        }
        #expect(texts == ["a\u{FFFD}b"])
        await there.close()
    }

    @Test("A row that refers to none is refused, and the target stays empty", arguments: Way.sides)
    func orphans(backend: Backend) async throws {
        let (from, to) = (try await Backend.file.make(), try await backend.make())
        try await fill(from)
        let path = try #require(from.directory).path("store.db")
        await from.store.close()
        let knife = Process()
        knife.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        knife.arguments = [
            "python3", "-c",
            "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute('DELETE FROM lanes'); c.commit()",
            path,
        ]
        try knife.run()
        knife.waitUntilExit()
        await #expect(throws: (any Error).self) { try await move(from, to) }
        let there = try await to.another()
        #expect(try await there.read { try $0.row("SELECT count(*) FROM people", [])?.integer(0) } == 0)
        await there.close()
    }
}

extension FreshStore {
    /// Where it is.
    func location() throws -> StoreAddress {
        if let address { return .postgresql(address) }
        return .sqlite(try #require(directory).path("store.db"))
    }
}
