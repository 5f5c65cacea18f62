import Model
import Storage
import TestSupport
import Testing

@Suite("Where polls stand, in the store", .timeLimit(.minutes(2)))
struct CursorTests {
    private struct Deliberate: Error {}

    private static let news = CursorName(endpoint: .channel("desk"), poll: "news", item: nil)

    private func move(_ name: CursorName, to value: String, in store: any Store) async throws {
        try await store.write { transaction in
            try transaction.moveCursor(CursorMove(name, to: ["value": .string(value)], at: TestClock.start))
        }
    }

    @Test("Each endpoint, poll and text has a cursor of its own", arguments: Backend.allCases)
    func apart(backend: Backend) async throws {
        let fresh = try await backend.make()
        let names = [
            Self.news, CursorName(endpoint: .contract("desk"), poll: "news", item: nil),
            CursorName(endpoint: .channel("desk"), poll: "mentions", item: nil),
            CursorName(endpoint: .channel("desk"), poll: "news", item: "a"),
            CursorName(endpoint: .channel("desk"), poll: "news", item: "b"),
        ]
        for name in names { #expect(try await fresh.store.read { try $0.cursor(name) } == nil) }
        for (index, name) in names.enumerated() { try await move(name, to: "\(index)", in: fresh.store) }
        for (index, name) in names.enumerated() {
            #expect(try await fresh.store.read { try $0.cursor(name) } == ["value": .string("\(index)")])
        }
        await fresh.store.close()
    }

    @Test("A cursor stands where it moved last, and a unit that throws does not move it", arguments: Backend.allCases)
    func moves(backend: Backend) async throws {
        let fresh = try await backend.make()
        for value in ["1", "2"] { try await move(Self.news, to: value, in: fresh.store) }
        await #expect(throws: Deliberate.self) {
            try await fresh.store.write { transaction in
                try transaction.moveCursor(CursorMove(Self.news, to: ["value": "3"], at: TestClock.start))
                throw Deliberate()
            }
        }
        #expect(try await fresh.store.read { try $0.cursor(Self.news) } == ["value": "2"])
        await fresh.store.close()
    }

    @Test("A cursor is there after the store was opened again", arguments: Backend.durable)
    func durable(backend: Backend) async throws {
        let fresh = try await backend.make()
        try await move(Self.news, to: "7", in: fresh.store)
        let again = try await fresh.reopened()
        #expect(try await again.store.read { try $0.cursor(Self.news) } == ["value": "7"])
        await again.store.close()
    }
}
