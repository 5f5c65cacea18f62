import Model
import Storage
import TestSupport
import Testing

@testable import Deliveries

@Suite("A clock that is set back", .timeLimit(.minutes(2)))
struct ClockTests {
    /// Nodes that share a store have clocks of their own, and none of them moves what all have to do.
    private static let isAlone = ConditionTrait.disabled(
        if: Backend.chosen.isShared, "a clock of one of many nodes is not followed")

    @Test(
        "What is due goes out though the clock is set back an hour, and what waits for a retry waits no longer", isAlone
    )
    func setBack() async throws {
        let outbox = try await Outbox()
        let first = try await outbox.fill(1...1)
        let (gate, begun) = (Gate(), Tally())
        let desk = ScriptedDestination(parallel: 1) { delivery, count in
            if delivery.number == 1, count == 1 { return .not(.transient) }
            if delivery.number == 101 {
                begun.add()
                await gate.pass()
            }
            return .done
        }
        try await outbox.carry(desk) {
            try await outbox.waits(for: first[0], toBe: .snoozed)
            try await outbox.fill(101...101, of: "bo")
            await begun.reaches(1)
            // It is due, and has no room yet.
            let waiting = try await outbox.fill(201...201, of: "cy")
            outbox.clock.advance(by: .seconds(-3600))
            gate.open()
            try await outbox.waits(for: waiting[0], toBe: .delivered)
            let wait = try await outbox.record(first[0]).dueAt - outbox.clock.now
            #expect((Duration.seconds(4)...Duration.seconds(6)).contains(wait))
            outbox.advance(by: .seconds(6))
            try await outbox.waits(for: first[0], toBe: .delivered)
        }
        #expect(desk.numbers == [1, 101, 201, 1])
    }

    @Test("What was due when samtal ended goes out though the clock was set back before the next start", isAlone)
    func setBackBetween() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fill(1...2)
        outbox.clock.advance(by: .seconds(-3600))
        try await outbox.carry(ScriptedDestination()) { try await outbox.waits(for: ids[1], toBe: .delivered) }
    }

    @Test("Rates and pauses last as long as they were meant to when the clock is set back")
    func rates() async throws {
        let (store, now) = (try await Backend.memory.make().store, TestClock.start)
        let budget = RateBudget(of: .contract("desk"), [RateLimit(.account, count: 1, every: .seconds(10))])
        let then = now - .seconds(3600)
        #expect(try await store.write { try budget.take([:], at: now, in: $0) } == nil)
        try await store.write { try $0.bringForward(by: .seconds(3600), after: then) }
        budget.bringForward(by: .seconds(3600))
        #expect(try await store.write { try budget.take([:], at: then, in: $0) } == then + .seconds(10))
        budget.pause(until: now + .seconds(60))
        budget.bringForward(by: .seconds(3600))
        #expect(budget.room(at: then).next == then + .seconds(60))
        #expect(budget.room(at: then + .seconds(60)).count == 1)
    }

    @Test("The next probe of a destination that does not work is as far ahead when the clock is set back")
    func breaker() {
        let (breaker, now) = (Breaker(), TestClock.start)
        for number in 0..<Breaker.troublesMax {
            _ = breaker.note(.not(.transient), in: LaneID(at: now), claim: "\(number)", at: now, spread: 0)
        }
        breaker.bringForward(by: .seconds(3600))
        let then = now - .seconds(3600)
        #expect(breaker.room(at: then).next == then + Breaker.probeFirst)
        #expect(breaker.condition.since == then)
    }
}
