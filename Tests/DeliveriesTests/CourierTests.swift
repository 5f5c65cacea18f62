import Deliveries
import Model
import Storage
import TestSupport
import Testing

@Suite("The courier", .timeLimit(.minutes(2)))
struct CourierTests {
    @Test("A lane is carried in order, and each delivery is settled once")
    func order() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fill(1...40)
        let desk = ScriptedDestination()
        try await outbox.carry(desk) { try await outbox.waits(for: ids[39], toBe: .delivered) }
        #expect(desk.numbers == (1...40).map { $0 })
        #expect(desk.settled == (1...40).map { "\($0) delivered" })
        #expect(desk.runningMax == 1)
    }

    @Test("What is enqueued while the courier sleeps is carried at once")
    func wakes() async throws {
        let outbox = try await Outbox()
        let desk = ScriptedDestination()
        try await outbox.carry(desk) {
            let first = try await outbox.fill(1...1, of: "ada")
            try await outbox.waits(for: first[0], toBe: .delivered)
            let second = try await outbox.fill(2...2, of: "bo")
            try await outbox.waits(for: second[0], toBe: .delivered)
        }
        #expect(desk.numbers == [1, 2])
    }

    @Test("A delivery that fails holds back its lane in order, and no other lane")
    func failures() async throws {
        let outbox = try await Outbox()
        let stuck = try await outbox.fill(1...3, of: "ada")
        let free = try await outbox.fill(11...13, of: "bo")
        let desk = ScriptedDestination { delivery, count in
            delivery.number == 2 && count < 3 ? .not(.transient, "status 500") : .done
        }
        try await outbox.carry(desk) {
            try await outbox.waits(for: stuck[1], toBe: .snoozed, attempts: 1)
            try await outbox.waits(for: free[2], toBe: .delivered)
            #expect(try await outbox.record(stuck[2]).delivery.state == .pending)
            outbox.advance(by: .seconds(6))
            try await outbox.waits(for: stuck[1], toBe: .snoozed, attempts: 2)
            #expect(try await outbox.record(stuck[2]).delivery.state == .pending)
            outbox.advance(by: .seconds(36))
            try await outbox.waits(for: stuck[2], toBe: .delivered)
        }
        #expect(desk.numbers.filter { ($0 ?? 0) < 10 } == [1, 2, 2, 2, 3])
        let attempts = try await outbox.attempts(of: stuck[1])
        #expect(attempts.map(\.outcome) == ["transient", "transient", "ok"])
        #expect(attempts.map(\.number) == [1, 2, 3])
        #expect(attempts.first?.reason == "status 500")
    }

    @Test("The first wait is the schedule's, spread by a fifth")
    func waits() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fill(1...1)
        let desk = ScriptedDestination { _, _ in .not(.transient) }
        try await outbox.carry(desk) { try await outbox.waits(for: ids[0], toBe: .snoozed) }
        let wait = try await outbox.record(ids[0]).dueAt - TestClock.start
        #expect((Duration.seconds(4)...Duration.seconds(6)).contains(wait))
    }

    @Test("The wait that the other side asks for is kept")
    func retryAfter() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fill(1...1)
        let desk = ScriptedDestination { delivery, count in
            delivery.number == 1 && count == 1 ? .not(.transient, wait: .seconds(600)) : .done
        }
        try await outbox.carry(desk) {
            try await outbox.waits(for: ids[0], toBe: .snoozed)
            #expect(try await outbox.record(ids[0]).dueAt == TestClock.start + .seconds(600))
            outbox.advance(by: .seconds(599))
            // Another lane shows that the courier has looked at the clock.
            let other = try await outbox.fill(2...2, of: "bo")
            try await outbox.waits(for: other[0], toBe: .delivered)
            #expect(try await outbox.record(ids[0]).delivery.attempts == 1)
            outbox.advance(by: .seconds(1))
            try await outbox.waits(for: ids[0], toBe: .delivered)
        }
    }

    @Test("Being too fast is no failure, however often it happens")
    func throttled() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fill(1...1)
        let desk = ScriptedDestination { _, count in count <= 10 ? .not(.throttled, wait: .seconds(7)) : .done }
        try await outbox.carry(desk) {
            for count in 1...10 {
                try await outbox.waits(for: ids[0], toBe: .snoozed, attempts: count)
                #expect(try await outbox.record(ids[0]).delivery.failures == 0)
                let wait = try await outbox.record(ids[0]).dueAt - outbox.clock.now
                #expect((Duration.seconds(7)...Duration.milliseconds(8400)).contains(wait))
                outbox.advance(by: .milliseconds(8400))
            }
            try await outbox.waits(for: ids[0], toBe: .delivered, attempts: 11)
        }
        #expect(desk.settled == Array(repeating: "1 again", count: 10) + ["1 delivered"])
    }

    @Test(
        "A wait for being too fast is a second at least and a day at most, the schedule's first when none is asked for",
        arguments: [(900_000, 86_400), (nil, 5), (0, 1)] as [(Int?, Int)])
    func throttleBounds(asked: Int?, seconds: Int) async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fill(1...1)
        let desk = ScriptedDestination { _, _ in .not(.throttled, wait: asked.map { .seconds($0) }) }
        try await outbox.carry(desk) { try await outbox.waits(for: ids[0], toBe: .snoozed) }
        let wait = try await outbox.record(ids[0]).dueAt - TestClock.start
        #expect((Duration.seconds(seconds)...Duration.seconds(seconds) * 1.2).contains(wait))
    }

    @Test("A delivery that is throttled for longer than the schedule lasts is a dead letter")
    func throttledForEver() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fill(1...1)
        let desk = ScriptedDestination { _, _ in .not(.throttled, "status 429", wait: .seconds(1)) }
        try await outbox.carry(desk) {
            try await outbox.waits(for: ids[0], toBe: .snoozed, attempts: 1)
            outbox.advance(by: .seconds(155))
            try await outbox.waits(for: ids[0], toBe: .snoozed, attempts: 2)
            outbox.advance(by: .seconds(2))
            try await outbox.waits(for: ids[0], toBe: .failed, attempts: 3)
        }
        #expect(try await outbox.record(ids[0]).reason?.contains("status 429") == true)
    }

    @Test("When the schedule is used up the delivery is a dead letter, settled once, and its lane goes on")
    func deadLetter() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fill(1...2)
        let desk = ScriptedDestination { delivery, _ in delivery.number == 1 ? .not(.transient, "status 503") : .done }
        try await outbox.carry(desk) {
            for count in 1...3 {
                try await outbox.waits(for: ids[0], toBe: .snoozed, attempts: count)
                outbox.advance(by: .seconds(200))
            }
            try await outbox.waits(for: ids[1], toBe: .delivered)
        }
        let record = try await outbox.record(ids[0])
        #expect(record.delivery.state == .failed)
        #expect(record.delivery.attempts == 4)
        #expect(record.reason == "given up after 4 failures: status 503")
        #expect(
            desk.settled == [
                "1 again", "1 again", "1 again", "1 failed: given up after 4 failures: status 503", "2 delivered",
            ])
    }

    @Test(
        "What can never work is a dead letter at once",
        arguments: [OutcomeClass.permanent, .windowClosed, .recipientUnreachable, .unknownOutcome])
    func never(outcome: OutcomeClass) async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fill(1...2)
        let desk = ScriptedDestination { delivery, _ in delivery.number == 1 ? .not(outcome) : .done }
        try await outbox.carry(desk) { try await outbox.waits(for: ids[1], toBe: .delivered) }
        #expect(try await outbox.record(ids[0]).delivery.state == .failed)
        #expect(try await outbox.record(ids[0]).outcome == outcome.rawValue)
        #expect(desk.settled == ["1 failed: \(outcome.rawValue)", "2 delivered"])
    }

    @Test("What was done before counts as delivered")
    func duplicate() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fill(1...1)
        let desk = ScriptedDestination { _, _ in AttemptResult(.duplicate, done: 1) }
        try await outbox.carry(desk) { try await outbox.waits(for: ids[0], toBe: .delivered) }
        #expect(try await outbox.record(ids[0]).outcome == "duplicate")
    }

    @Test("What an attempt got through is not forgotten by the next")
    func progress() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fill(1...1)
        let desk = ScriptedDestination { delivery, count in
            var result = AttemptResult(count == 1 ? .transient : .ok, done: delivery.progress + 2)
            result.id = "x\(count)"
            return result
        }
        try await outbox.carry(desk) {
            try await outbox.waits(for: ids[0], toBe: .snoozed)
            outbox.advance(by: .seconds(6))
            try await outbox.waits(for: ids[0], toBe: .delivered)
        }
        #expect(desk.attempts.map(\.progress) == [0, 2])
        #expect(try await outbox.record(ids[0]).delivery.progress == 4)
        #expect(try await outbox.record(ids[0]).externalID == "x2")
    }

    @Test("No more lanes are carried at one time than the destination takes")
    func parallel() async throws {
        let outbox = try await Outbox()
        let ids = try await (0..<12).asyncMap { try await outbox.fill(1...3, of: "p\($0)") }
        let (gate, begun) = (Gate(), Tally())
        let desk = ScriptedDestination(parallel: 3) { _, _ in
            begun.add()
            await gate.pass()
            return .done
        }
        try await outbox.carry(desk) {
            await begun.reaches(3)
            // The courier looks again and finds no room.
            for _ in 0..<5 { outbox.advance(by: .milliseconds(1)) }
            #expect(desk.attempts.count == 3)
            gate.open()
            for lane in ids { try await outbox.waits(for: lane[2], toBe: .delivered) }
        }
        #expect(desk.runningMax == 3)
        #expect(desk.attempts.count == 36)
        for name in Set(desk.attempts.map(\.conversation)) {
            #expect(desk.attempts.filter { $0.conversation == name }.map(\.number) == [1, 2, 3])
        }
    }

    @Test("A destination that hangs does not hold up another")
    func destinations() async throws {
        let outbox = try await Outbox()
        try await outbox.fill(1...1, of: "ada", to: "desk")
        let ids = try await outbox.fill(1...3, of: "bo", to: "archive")
        let (gate, begun) = (Gate(), Tally())
        let desk = ScriptedDestination(.contract("desk"), parallel: 1) { _, _ in
            begun.add()
            await gate.pass()
            return .done
        }
        let archive = ScriptedDestination(.contract("archive"))
        try await outbox.carry(desk, archive) {
            await begun.reaches(1)
            try await outbox.waits(for: ids[2], toBe: .delivered)
            gate.open()
        }
        #expect(archive.numbers == [1, 2, 3])
        #expect(desk.settled == ["1 delivered"])
    }

    @Test("What is for nobody who is configured waits")
    func nobody() async throws {
        let outbox = try await Outbox()
        let gone = try await outbox.fill(1...1, of: "ada", to: "gone")
        let ids = try await outbox.fill(1...1, of: "bo")
        try await outbox.carry(ScriptedDestination()) { try await outbox.waits(for: ids[0], toBe: .delivered) }
        #expect(try await outbox.record(gone[0]).delivery.state == .pending)
        let later = ScriptedDestination(.contract("gone"))
        try await outbox.carry(later) { try await outbox.waits(for: gone[0], toBe: .delivered) }
    }
}

extension Range<Int> {
    /// The results of an asynchronous transformation, in order.
    fileprivate func asyncMap<Result>(_ transform: (Int) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
