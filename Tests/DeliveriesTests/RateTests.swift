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
    func spans(count: Int, every: Int, burst: Int) async throws {
        let limit = RateLimit(.account, count: count, every: .milliseconds(every), burst: burst)
        let store = try await Backend.memory.make().store
        // As many nodes, each with a memory of its own.
        let budgets = (0..<3).map { _ in RateBudget(of: .contract("desk"), [limit]) }
        let times = try await store.write { transaction in
            try stride(from: 0, to: every * 4, by: max(every / 200, 1)).filter { time in
                let now = Self.start + .milliseconds(time)
                return try budgets[time % 3].take([:], at: now, in: transaction) == nil
            }
        }
        for time in times {
            let inSpan = times.count { (time..<time + every).contains($0) }
            #expect(inSpan <= count + burst - 1)
        }
        #expect(times.count >= count * 3)
    }

    @Test("A delivery that one bucket holds back takes nothing of the others", arguments: Backend.allCases)
    func allOrNone(backend: Backend) async throws {
        let fresh = try await backend.make()
        let budget = RateBudget(
            of: .contract("desk"),
            [
                RateLimit(.account, count: 2, every: .seconds(10), burst: 2),
                RateLimit(.thread, count: 1, every: .seconds(60)),
            ])
        let take = { @Sendable (thread: String) in
            try await fresh.store.write { try budget.take([.thread: thread], at: Self.start, in: $0) }
        }
        #expect(try await take("a") == nil)
        #expect(try await take("a") == Self.start + .seconds(60))
        #expect(budget.room(at: Self.start).count == 1)
        #expect(try await take("b") == nil)
        #expect(budget.room(at: Self.start).count == 0)
        #expect(budget.room(at: Self.start).next == Self.start + .seconds(5))
    }

    @Test("Two nodes that send at the same moment keep within one budget", arguments: Backend.durable)
    func nodes(backend: Backend) async throws {
        let fresh = try await backend.make()
        let other = try await fresh.another()
        let limit = RateLimit(.account, count: 10, every: .seconds(10), burst: 5)
        let went = try await withThrowingTaskGroup(of: Int.self) { group in
            for store in [fresh.store, other] {
                let budget = RateBudget(of: .contract("desk"), [limit])
                for second in 0..<20 {
                    group.addTask {
                        let now = Self.start + .milliseconds(second)
                        return try await store.write { try budget.take([:], at: now, in: $0) } == nil ? 1 : 0
                    }
                }
            }
            var went = 0
            for try await one in group { went += one }
            return went
        }
        #expect(went == 5)
        await other.close()
    }

    @Test("A bucket is kept over a restart, and forgotten once it is full", arguments: Backend.durable)
    func kept(backend: Backend) async throws {
        var fresh = try await backend.make()
        let limits = [RateLimit(.account, count: 1, every: .seconds(60))]
        func take(at now: Timestamp) async throws -> Timestamp? {
            let budget = RateBudget(of: .contract("desk"), limits)
            return try await fresh.store.write { try budget.take([:], at: now, in: $0) }
        }
        #expect(try await take(at: Self.start) == nil)
        fresh = try await fresh.reopened()
        #expect(try await take(at: Self.start + .seconds(1)) == Self.start + .seconds(60))
        for (wait, left) in [(59, ["contract:desk"]), (60, [])] {
            try await fresh.store.write { transaction in
                try transaction.forgetRates(of: "contract:desk", at: Self.start + .seconds(wait))
            }
            #expect(try await fresh.store.read { try $0.ratedEndpoints() } == left)
        }
    }

    @Test("A wait that one node was told is kept by the other")
    func sharedPause() async throws {
        let outbox = try await Outbox()
        let first = try await outbox.fill(1...1)
        let told = ScriptedDestination { _, _ in
            var result = AttemptResult.not(.throttled, wait: .seconds(60))
            result.holdsAccount = true
            return result
        }
        try await outbox.carry(told) { try await outbox.waits(for: first[0], toBe: .snoozed) }
        let second = try await outbox.fill(2...2, of: "bo")
        let (other, desk) = (outbox.courier(), ScriptedDestination())
        other.serve([desk])
        let (runs, next) = await other.claim()
        #expect(runs.isEmpty)
        // A wait is lengthened by a fifth at most.
        let end = try #require(next)
        #expect(end >= Self.start + .seconds(60) && end <= Self.start + .seconds(72))
        outbox.advance(by: .seconds(72))
        try await outbox.carry(desk) {
            for id in first + second { try await outbox.waits(for: id, toBe: .delivered) }
        }
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
