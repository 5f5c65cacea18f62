import Foundation
import Model
import Storage
import TestSupport
import Testing

@Suite("The schema of a store", .timeLimit(.minutes(2)))
struct MigrationTests {
    private func step(of store: any Store) async throws -> Int64? {
        try await store.read { try $0.row("SELECT max(number) FROM migrations", [])?.integer(0) }
    }

    @Test("A fresh store is at the newest step", arguments: Backend.allCases)
    func fresh(backend: Backend) async throws {
        let fresh = try await backend.make()
        #expect(try await step(of: fresh.store) == Migrations.newest)
        let applied = try await fresh.store.read { transaction in
            try transaction.rows("SELECT applied_at FROM migrations", []).map { try $0.time(0) }
        }
        #expect(Set(applied) == [TestClock.start])
    }

    @Test("Opening a store again applies nothing twice and keeps what is in it", arguments: Backend.durable)
    func reopened(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seed = try await fresh.store.write { try Seed.plant(in: $0) }
        let before = try await fresh.store.read { try $0.row("SELECT count(*) FROM migrations", [])?.integer(0) }
        fresh.clock.advance(by: .seconds(60))
        let again = try await fresh.reopened()
        #expect(try await step(of: again.store) == Migrations.newest)
        let count = try await again.store.read { try $0.row("SELECT count(*) FROM migrations", [])?.integer(0) }
        #expect(count == before)
        #expect(try await again.store.read { try $0.person(seed.person.id) } == seed.person)
    }

    @Test("A store that a newer samtal made is refused and not touched", arguments: Backend.durable)
    func newer(backend: Backend) async throws {
        let fresh = try await backend.make()
        try await fresh.store.write { transaction in
            _ = try transaction.run("INSERT INTO migrations (number, name, applied_at) VALUES (999, 'later', 0)", [])
        }
        let error = await #expect(throws: StoreError.self) { try await fresh.reopened() }
        #expect(error?.code == .newer)
        #expect(error?.message.contains("999") == true)
        #expect(error?.message.contains("use the newer samtal") == true)
    }

    @Test("A file that is no store is refused, and stays as it is")
    func noStore() async throws {
        let directory = try TemporaryDirectory()
        let path = try directory.write(String(repeating: "this is a letter to grandmother\n", count: 200), to: "a.db")
        let error = #expect(throws: StoreError.self) { try SQLiteStore(path: path) }
        #expect(error?.code == .corrupt)
        #expect(try String(contentsOfFile: path, encoding: .utf8).hasPrefix("this is a letter"))
    }

    @Test("The directories above a new store are made")
    func directories() async throws {
        let directory = try TemporaryDirectory()
        let store = try SQLiteStore(path: directory.path("a/b/store.db"))
        #expect(try await step(of: store) == Migrations.newest)
        await store.close()
    }
}
