import Model
import ServiceLifecycleTestKit
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Deliveries

/// What the tasks of a test leave behind.
private final class Kept<Value: Sendable>: Sendable {
    private let state: Mutex<Value>

    init(_ value: Value) {
        state = Mutex(value)
    }

    var value: Value { state.withLock { $0 } }

    func change(_ body: (inout Value) -> Void) {
        state.withLock { value in body(&value) }
    }
}

@Suite("Places at a destination", .timeLimit(.minutes(2)))
struct PlacesTests {
    @Test("Who finds no place free gets one in the order in which turns were drawn")
    func order() async {
        let places = Places(1)
        let first = places.draw()
        let turns = (0..<20).map { _ in places.draw() }
        let came = Kept<[Int]>([])
        await places.come(first)
        await withTaskGroup { group in
            // The last one sleeps first.
            for (index, turn) in turns.enumerated().reversed() {
                group.addTask {
                    await places.come(turn)
                    came.change { $0.append(index) }
                    places.leave()
                }
            }
            #expect(came.value.isEmpty)
            places.leave()
        }
        #expect(came.value == (0..<20).map { $0 })
    }

    @Test("With fewer places nobody is called until enough have left, with more they are called at once")
    func widen() async {
        let places = Places(3)
        for turn in [places.draw(), places.draw(), places.draw()] { await places.come(turn) }
        let (next, came) = (places.draw(), Tally())
        places.widen(by: -2)
        await withTaskGroup { group in
            group.addTask {
                await places.come(next)
                came.add()
            }
            places.leave()
            places.leave()
            #expect(came.count == 0)
            places.leave()
            await came.reaches(1)
        }
        let last = places.draw()
        places.widen(by: 1)
        await places.come(last)
    }

    /// Lanes of one delivery each at a destination with four places, whose first attempts hang until `gate` opens and
    /// then have this result.
    private func hang(
        lanes: Int, isRepeatable: Bool = true, _ result: AttemptResult,
        while look: @escaping @Sendable (Outbox, ScriptedDestination, Gate, [DeliveryID]) async throws -> Void
    ) async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fillLanes(lanes)
        let (gate, begun) = (Gate(), Tally())
        let desk = ScriptedDestination(isRepeatable: isRepeatable) { _, _ in
            begun.add()
            await gate.pass()
            return result
        }
        let courier = outbox.courier()
        courier.serve([desk])
        try await testGracefulShutdown { trigger in
            try await withThrowingTaskGroup { group in
                group.addTask { try await courier.run() }
                await begun.reaches(4)
                try await look(outbox, desk, gate, ids)
                trigger.triggerGracefulShutdown()
                gate.open()
                try await group.waitForAll()
            }
        }
    }

    private func leased(_ outbox: Outbox) async throws -> Int64 {
        try await outbox.store.read { transaction in
            try transaction.row("SELECT count(*) FROM lanes WHERE lease_owner IS NOT NULL", [])?.integer(0) ?? 0
        }
    }

    @Test("More lanes are carried than there are places, and no more attempts are made at one time than places")
    func ahead() async throws {
        try await hang(lanes: 40, .done) { outbox, desk, gate, ids in
            #expect(try await leased(outbox) == 32)
            #expect(desk.attempts.count == 4)
            gate.open()
            for id in ids { try await outbox.waits(for: id, toBe: .delivered) }
            #expect(desk.runningMax == 4)
            #expect(desk.attempts.count == 40)
        }
    }

    @Test("Where a repeated request would not be known no lane waits for a place: nothing is noted that is not begun")
    func notRepeatable() async throws {
        try await hang(lanes: 30, isRepeatable: false, .done) { outbox, desk, _, ids in
            #expect(try await leased(outbox) == 4)
            var states: [DeliveryState] = []
            for id in ids { states.append(try await outbox.record(id).delivery.state) }
            #expect(states.count { $0 == .sending } == 4)
            #expect(states.count { $0 == .pending } == 26)
        }
    }

    @Test("When the destination is left alone the lanes that wait for a place are given back without an attempt")
    func leftAlone() async throws {
        try await hang(lanes: 30, .not(.transient, "status 503")) { outbox, desk, gate, ids in
            gate.open()
            let isFree = try await outbox.store.waits { transaction in
                try transaction.row("SELECT 1 FROM lanes WHERE lease_owner IS NOT NULL", []) == nil
            }
            #expect(isFree)
            // Five open the breaker; at most three more were on the way then.
            #expect((5...8).contains(desk.attempts.count))
            let attempted = Set(desk.attempts.map(\.id))
            for id in ids where !attempted.contains(id) {
                let record = try await outbox.record(id)
                #expect(record.delivery.state == .pending)
                #expect(record.dueAt <= outbox.clock.now)
            }
        }
    }

    @Test("A graceful shutdown makes no attempt in lanes that wait for a place, and gives them back")
    func shutdown() async throws {
        let seen = Kept<(outbox: Outbox, desk: ScriptedDestination)?>(nil)
        try await hang(lanes: 30, .done) { outbox, desk, _, _ in seen.change { $0 = (outbox, desk) } }
        let (outbox, desk) = try #require(seen.value)
        #expect(desk.attempts.count == 4)
        #expect(try await leased(outbox) == 0)
    }
}
