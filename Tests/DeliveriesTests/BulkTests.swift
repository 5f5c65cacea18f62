import Deliveries
import Model
import Storage
import TestSupport
import Testing

@Suite("Bulk work beside live deliveries", .timeLimit(.minutes(2)))
struct BulkTests {
    /// Fills lanes of both kinds, bulk first, has all of it carried, and tells in which order: `b` or `l`.
    private func order(bulk: (lanes: Int, each: Int), live: Int, parallel: Int) async throws -> String {
        let outbox = try await Outbox()
        let first = try await outbox.fillLanes(bulk.lanes, each: bulk.each, urgency: .bulk)
        outbox.clock.advance(by: .milliseconds(1))
        let second = try await outbox.fillLanes(live)
        let names = Set(first)
        let desk = ScriptedDestination(parallel: parallel)
        try await outbox.carry(desk) {
            for id in first + second { try await outbox.waits(for: id, toBe: .delivered) }
        }
        return String(desk.attempts.map { names.contains($0.id) ? "b" : "l" })
    }

    @Test("Live lanes go first, and of eight lanes one is bulk")
    func share() async throws {
        let order = try await order(bulk: (3, 1), live: 20, parallel: 1)
        #expect(order == "lllllllblllllllbllllllb")
    }

    @Test("When no live lane is due bulk work goes on alone")
    func alone() async throws {
        let order = try await order(bulk: (5, 4), live: 0, parallel: 3)
        #expect(order == String(repeating: "b", count: 20))
    }

    @Test("A long bulk lane has its turn one delivery at a time, in order")
    func turns() async throws {
        let order = try await order(bulk: (1, 4), live: 15, parallel: 1)
        #expect(order == "lllllllblllllllblbb")
    }

    @Test("Bulk lanes that hang leave half of the places to live ones, which begin at once")
    func places() async throws {
        let outbox = try await Outbox()
        let bulk = try await outbox.fillLanes(10, urgency: .bulk)
        let names = Set(bulk)
        let (gate, begun) = (Gate(), Tally())
        let desk = ScriptedDestination(parallel: 5) { delivery, _ in
            guard names.contains(delivery.id) else { return .done }
            begun.add()
            await gate.pass()
            return .done
        }
        try await outbox.carry(desk) {
            await begun.reaches(2)
            let live = try await outbox.fillLanes(6)
            for id in live { try await outbox.waits(for: id, toBe: .delivered) }
            #expect(begun.count == 2)
            gate.open()
            for id in bulk { try await outbox.waits(for: id, toBe: .delivered) }
        }
    }

    @Test("Live words that come into a bulk lane make the whole lane live: order comes first")
    func raised() async throws {
        let outbox = try await Outbox()
        let now = outbox.clock.now
        let ids = try await outbox.store.write { transaction in
            let mixed = try Seed.plant("ada", at: now, in: transaction)
            let other = try Seed.plant("bo", at: now, in: transaction)
            return [
                try transaction.enqueue(other.event(1, urgency: .bulk), at: now),
                try transaction.enqueue(mixed.event(2, urgency: .bulk), at: now + .milliseconds(1)),
                try transaction.enqueue(mixed.event(3), at: now + .milliseconds(1)),
            ]
        }
        outbox.clock.advance(by: .milliseconds(2))
        let desk = ScriptedDestination(parallel: 1)
        try await outbox.carry(desk) { for id in ids { try await outbox.waits(for: id, toBe: .delivered) } }
        #expect(desk.numbers == [2, 3, 1])
    }
}
