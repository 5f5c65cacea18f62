import Model
import Storage
import TestSupport
import Testing

@testable import Deliveries

@Suite("A destination that does not work is left alone", .timeLimit(.minutes(2)))
struct BreakerTests {
    private static let start = TestClock.start

    private static let lanes = (0..<6).map { LaneID(at: start + .milliseconds($0)) }

    /// What attempts in these lanes show, one after the other.
    private static func note(_ result: AttemptResult, in lanes: [Int], on breaker: Breaker) -> [Breaker.Change?] {
        lanes.map { breaker.note(result, in: Self.lanes[$0], claim: "claim \($0)", at: start, spread: 0) }
    }

    private static func opened() -> Breaker {
        let breaker = Breaker()
        _ = note(.not(.transient), in: [0, 1, 2, 3, 4], on: breaker)
        return breaker
    }

    private static func answered(_ outcome: OutcomeClass, status: Int?) -> AttemptResult {
        var result = AttemptResult.not(outcome)
        result.exchanges = [
            Exchange(
                request: "POST https://desk/x", requestDigest: "00", status: status, responseDigest: nil,
                milliseconds: 1, excerpt: nil)
        ]
        return result
    }

    @Test("Five failures in a row open it, when they are of three lanes or more")
    func opens() {
        let until = Self.start + .seconds(5)
        #expect(Self.note(.not(.transient), in: [0, 1, 2, 0], on: Breaker()) == [nil, nil, nil, nil])
        let breaker = Breaker()
        #expect(Self.note(.not(.auth), in: [0, 1, 2, 0, 1], on: breaker).last == .opened(until: until))
        #expect(breaker.room(at: Self.start).count == 0)
        #expect(breaker.room(at: Self.start).next == until)
        #expect(breaker.room(at: until).count == 1)
        let narrow = Breaker()
        #expect(
            Self.note(.not(.transient), in: Array(repeating: 0, count: 50) + [1, 1], on: narrow).allSatisfy {
                $0 == nil
            })
        #expect(!narrow.isOpen)
        #expect(Self.note(.not(.transient), in: [2], on: narrow) == [.opened(until: until)])
    }

    @Test(
        "Any answer begins the count anew, also one that says no",
        arguments: [
            AttemptResult.done, .not(.throttled), AttemptResult(.duplicate, done: 1), answered(.permanent, status: 422),
            answered(.windowClosed, status: 400),
        ])
    func answers(result: AttemptResult) {
        let breaker = Breaker()
        _ = Self.note(.not(.transient), in: [0, 1, 2, 3], on: breaker)
        _ = Self.note(result, in: [4], on: breaker)
        _ = Self.note(.not(.transient), in: [0, 1, 2, 3], on: breaker)
        #expect(!breaker.isOpen)
    }

    @Test("What is our own fault, or made no request, shows nothing of the other side")
    func nothing() {
        var ours = AttemptResult.not(.transient)
        ours.isOurs = true
        for result in [ours, .not(.permanent), .not(.unknownOutcome), Self.answered(.permanent, status: nil)] {
            let breaker = Breaker()
            _ = Self.note(result, in: [0, 1, 2, 3, 4, 5], on: breaker)
            #expect(!breaker.isOpen)
            _ = Self.note(.not(.transient), in: [0, 1, 2, 3], on: breaker)
            _ = Self.note(result, in: [0], on: breaker)
            #expect(Self.note(.not(.transient), in: [4], on: breaker) != [nil])
        }
    }

    @Test("A request that got no answer is a failure of the other side, whatever becomes of the delivery")
    func timeouts() {
        let breaker = Breaker()
        _ = Self.note(Self.answered(.unknownOutcome, status: nil), in: [0, 1, 2, 3, 4], on: breaker)
        #expect(breaker.isOpen)
    }

    @Test("One probe at a time, the waits doubled up to five minutes, longer only when the other side asks for it")
    func probes() {
        let breaker = Self.opened()
        var now = Self.start
        var waits: [Int64] = []
        for _ in 0..<8 {
            guard let next = breaker.room(at: now).next else { break }
            waits.append((next - now).components.seconds)
            now = next
            #expect(!breaker.admits("early", at: now - .milliseconds(1)))
            #expect(breaker.admits("claim 0", at: now))
            #expect(!breaker.admits("claim 1", at: now))
            #expect(breaker.room(at: now).count == 0)
            // What began before it opened changes nothing.
            #expect(breaker.note(.not(.transient), in: Self.lanes[1], claim: "claim 1", at: now, spread: 0) == nil)
            _ = breaker.note(.not(.transient), in: Self.lanes[0], claim: "claim 0", at: now, spread: 0)
        }
        #expect(waits == [5, 10, 20, 40, 80, 160, 300, 300])
        now = now + .seconds(300)
        #expect(breaker.admits("claim 0", at: now))
        let asked = AttemptResult.not(.transient, wait: .seconds(3600))
        #expect(
            breaker.note(asked, in: Self.lanes[0], claim: "claim 0", at: now, spread: 0)
                == .staysOpen(until: now + .seconds(3600)))
    }

    @Test("A probe that shows nothing leaves its place to another")
    func withdrawn() {
        let breaker = Self.opened()
        let now = Self.start + .seconds(5)
        #expect(breaker.admits("one", at: now))
        breaker.withdraw("two")
        #expect(breaker.room(at: now).count == 0)
        breaker.withdraw("one")
        #expect(breaker.room(at: now).count == 1)
        #expect(breaker.admits("two", at: now))
        breaker.withdrawProbe()
        #expect(breaker.admits("three", at: now))
    }

    @Test("While it is left alone deliveries wait without attempts, then the backlog drains in all its lanes at once")
    func outage() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fillLanes(20, each: 3)
        let (isUp, together) = (Switch(), Gathering(4))
        let desk = ScriptedDestination { delivery, _ in
            guard isUp.isOn else { return .not(.transient, "status 503") }
            // The probe is the first of its lane, and alone.
            if (delivery.number ?? 0) % 100 == 3 { await together.meet() }
            return .done
        }
        try await outbox.carry(desk) {
            // Far longer than the schedule of this outbox lasts, which gives up after 155 seconds.
            for _ in 0..<12 {
                let before = desk.settled.count
                outbox.advance(by: .seconds(360))
                _ = try await outbox.store.waits { _ in desk.settled.count > before }
            }
            #expect(desk.attempts.count < 30)
            let failed = try await outbox.store.read {
                try $0.deliveries(matching: DeliveryQuery(states: [.failed]), limit: 9)
            }
            #expect(failed.isEmpty)
            isUp.turnOn()
            for _ in 0..<2 { outbox.advance(by: .seconds(360)) }
            for id in ids { try await outbox.waits(for: id, toBe: .delivered) }
        }
        #expect(desk.runningMax == 4)
        for id in ids {
            #expect(try await outbox.record(id).delivery.failures <= 1)
        }
        for name in Set(desk.attempts.map(\.conversation)) {
            let numbers = desk.attempts.filter { $0.conversation == name }.compactMap(\.number)
            #expect(numbers == numbers.sorted())
        }
    }

    @Test("What the other side throttles after an outage is not given up for the time of the outage")
    func throttledAfterwards() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fillLanes(6)
        let (isUp, throttled) = (Switch(), Tally())
        let desk = ScriptedDestination { _, _ in
            guard isUp.isOn else { return .not(.transient) }
            throttled.add()
            return throttled.count <= 12 ? .not(.throttled, wait: .seconds(1)) : .done
        }
        try await outbox.carry(desk) {
            for _ in 0..<4 {
                let before = desk.settled.count
                outbox.advance(by: .seconds(360))
                _ = try await outbox.store.waits { _ in desk.settled.count > before }
            }
            isUp.turnOn()
            outbox.advance(by: .seconds(360))
            for _ in 0..<20 {
                outbox.advance(by: .seconds(2))
                let now = outbox.clock.now
                _ = try await outbox.store.waits(atMost: .seconds(5)) { transaction in
                    try ids.allSatisfy { id in
                        guard let record = try transaction.delivery(id) else { return false }
                        return record.delivery.state == .delivered || record.dueAt > now
                    }
                }
            }
            for id in ids { try await outbox.waits(for: id, toBe: .delivered) }
        }
    }

    @Test("An endpoint that is gone is sent nothing more, and everything waits in order until it is served anew")
    func gone() async throws {
        let outbox = try await Outbox()
        let first = try await outbox.fill(1...3)
        var gone = AttemptResult.not(.permanent, "status 410")
        gone.holdsAccount = true
        let answer = gone
        let desk = ScriptedDestination { _, _ in answer }
        try await outbox.carry(desk, ScriptedDestination(.contract("archive"))) {
            try await outbox.waits(for: first[0], toBe: .snoozed)
            let second = try await outbox.fill(4...4, of: "bo")
            outbox.advance(by: .seconds(360_000))
            // Another destination shows that the courier has looked at the clock.
            let other = try await outbox.fill(5...5, of: "cy", to: "archive")
            try await outbox.waits(for: other[0], toBe: .delivered)
            #expect(try await outbox.record(second[0]).delivery.attempts == 0)
        }
        #expect(desk.settled == ["1 again"])
        #expect(try await outbox.record(first[0]).delivery.failures == 0)
        let mended = ScriptedDestination()
        try await outbox.carry(mended) { try await outbox.waits(for: first[2], toBe: .delivered) }
        #expect(mended.numbers.filter { ($0 ?? 9) < 4 } == [1, 2, 3])
    }

    @Test("A reload tries at once what was left alone, and operators see how each destination stands")
    func reload() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fillLanes(6)
        let dead = ScriptedDestination { _, _ in .not(.transient) }
        let courier = outbox.courier()
        courier.serve([dead])
        try await withThrowingTaskGroup { group in
            group.addTask { try await courier.run() }
            _ = try await outbox.store.waits { _ in courier.conditions.first?.condition.state == .leftAlone }
            #expect(courier.conditions.first?.condition.nextAttempt != nil)
            courier.serve([ScriptedDestination()])
            outbox.advance(by: .seconds(6))
            for id in ids { try await outbox.waits(for: id, toBe: .delivered) }
            #expect(courier.conditions.first?.condition.state == .open)
            group.cancelAll()
            try await group.waitForAll()
        }
    }
}
