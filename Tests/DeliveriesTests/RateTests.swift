import Model
import Storage
import TestSupport
import Testing

@testable import Deliveries

@Suite("Rates: how often a destination is sent to")
struct RateTests {
    static let start = TestClock.start

    @Test(
        "In no span of a rate do more go out than its count and its burst allow, and over time no fewer",
        arguments: [(1, 1000, 1), (5, 1000, 1), (5, 1000, 5), (7, 60_000, 3), (30, 1000, 10)])
    func spans(count: Int, every: Int, burst: Int) {
        let budget = RateBudget([
            RateLimit(.account, count: count, every: .milliseconds(every), burst: burst)
        ])
        var times: [Int] = []
        for time in stride(from: 0, to: every * 4, by: max(every / 200, 1))
        where budget.take([:], at: Self.start + .milliseconds(time)) == nil {
            times.append(time)
        }
        for time in times {
            let inSpan = times.count { (time..<time + every).contains($0) }
            #expect(inSpan <= count + burst - 1)
        }
        #expect(times.count >= count * 3)
    }

    @Test("A delivery that one bucket holds back takes nothing of the others")
    func allOrNone() {
        let budget = RateBudget([
            RateLimit(.account, count: 2, every: .seconds(10), burst: 2),
            RateLimit(.thread, count: 1, every: .seconds(60)),
        ])
        #expect(budget.take([.thread: "a"], at: Self.start) == nil)
        #expect(budget.take([.thread: "a"], at: Self.start) == Self.start + .seconds(60))
        #expect(budget.room(at: Self.start).count == 1)
        #expect(budget.take([.thread: "b"], at: Self.start) == nil)
        #expect(budget.room(at: Self.start).count == 0)
        #expect(budget.room(at: Self.start).next == Self.start + .seconds(5))
    }

    @Test("Word that an allowance is nearly used up holds back the whole account, and undoes nothing")
    func allowance() async throws {
        let outbox = try await Outbox()
        let first = try await outbox.fill(1...1)
        let second = try await outbox.fill(2...2, of: "bo")
        let desk = ScriptedDestination(parallel: 1) { _, _ in
            var result = AttemptResult(.ok, done: 1)
            result.pause = .seconds(300)
            return result
        }
        try await outbox.carry(desk) {
            _ = try await outbox.store.waits { _ in desk.attempts.count == 1 }
            #expect(desk.budget.room(at: Self.start + .seconds(299)).count == 0)
            outbox.advance(by: .seconds(300))
            for id in first + second { try await outbox.waits(for: id, toBe: .delivered) }
        }
        #expect(desk.attempts.count == 2)
    }

    @Test("The account's rate holds for all lanes together")
    func account() async throws {
        let outbox = try await Outbox()
        let first = try await outbox.fill(1...2)
        let second = try await outbox.fill(3...3, of: "bo")
        let desk = ScriptedDestination(rates: [RateLimit(.account, count: 2, every: .seconds(1))])
        try await outbox.carry(desk) {
            try await outbox.waits(for: first[0], toBe: .delivered)
            #expect(desk.attempts.count == 1)
            outbox.advance(by: .milliseconds(500))
            _ = try await outbox.store.waits { _ in desk.attempts.count == 2 }
            #expect(desk.attempts.count == 2)
            outbox.advance(by: .milliseconds(500))
            try await outbox.waits(for: first[1], toBe: .delivered)
            try await outbox.waits(for: second[0], toBe: .delivered)
        }
        // What was held back was no attempt.
        #expect(try await outbox.record(second[0]).delivery.attempts == 1)
    }

    @Test("A thread's rate holds up its own lane and no other")
    func thread() async throws {
        let outbox = try await Outbox()
        let first = try await outbox.fill(1...2)
        let second = try await outbox.fill(3...3, of: "bo")
        let desk = ScriptedDestination(
            isRepeatable: false, rates: [RateLimit(.thread, count: 1, every: .seconds(60))])
        try await outbox.carry(desk) {
            try await outbox.waits(for: first[0], toBe: .delivered)
            try await outbox.waits(for: second[0], toBe: .delivered)
            // It was not begun: a crash now would leave no doubt about it.
            #expect(try await outbox.record(first[1]).delivery.state == .pending)
            outbox.advance(by: .seconds(60))
            try await outbox.waits(for: first[1], toBe: .delivered)
        }
        #expect(desk.attempts.count == 3)
    }

    @Test("A wait that is the whole account's holds up every lane")
    func pause() async throws {
        let outbox = try await Outbox()
        let first = try await outbox.fill(1...1)
        let desk = ScriptedDestination { delivery, count in
            var result = AttemptResult.not(.throttled, wait: .seconds(60))
            result.holdsAccount = true
            return delivery.number == 1 && count == 1 ? result : .done
        }
        try await outbox.carry(desk) {
            try await outbox.waits(for: first[0], toBe: .snoozed)
            let second = try await outbox.fill(2...2, of: "bo")
            outbox.advance(by: .seconds(59))
            #expect(desk.attempts.count == 1)
            // A wait is lengthened by a fifth at most.
            outbox.advance(by: .seconds(20))
            try await outbox.waits(for: first[0], toBe: .delivered)
            try await outbox.waits(for: second[0], toBe: .delivered)
        }
    }
}
