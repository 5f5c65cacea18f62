import Deliveries
import Model
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("Many dead letters at once", .timeLimit(.minutes(2)))
struct DeadLetterActTests {
    private func fail(_ ids: [DeliveryID], in outbox: Outbox, at time: Timestamp = TestClock.start) async throws {
        try await outbox.store.write { transaction in
            for id in ids {
                try transaction.updateDelivery(
                    DeliveryUpdate(id: id, state: .failed, isFailure: true, progress: 0, endedAt: time, reason: "no"))
            }
        }
    }

    private func states(_ ids: [DeliveryID], in outbox: Outbox) async throws -> [DeliveryState] {
        try await outbox.store.read { transaction in try ids.compactMap { try transaction.delivery($0)?.delivery.state }
        }
    }

    private func audit(_ outbox: Outbox) async throws -> [String] {
        try await outbox.store.read { transaction in
            try transaction.rows("SELECT actor, action, details FROM audit ORDER BY id", []).map { row in
                "\(try row.text(0)) \(try row.text(1)) \(try row.json(2)["count"].integer ?? -1)"
            }
        }
    }

    @Test("All that failed goes out again in batches, each lane in its order, with one entry in the audit")
    func retry() async throws {
        let outbox = try await Outbox()
        let (ada, bob) = (try await outbox.fill(1...250, of: "ada"), try await outbox.fill(1001...1250, of: "bob"))
        try await fail(ada + bob, in: outbox)
        let batches = Mutex<[Int]>([])
        let report = try await outbox.letters.carryOut(.retry, on: DeliveryQuery(), actor: "kim") { report in
            batches.withLock { $0.append(report.changed) }
        }
        #expect(report.matched == 500 && report.changed == 500 && report.passed == 0)
        #expect(batches.withLock { $0 } == [200, 400, 500])
        #expect(try await audit(outbox) == ["kim deliveries.retry 500"])
        let desk = ScriptedDestination()
        try await outbox.carry(desk) {
            try await outbox.waits(for: ada[249], toBe: .delivered)
            try await outbox.waits(for: bob[249], toBe: .delivered)
        }
        let numbers = desk.numbers.compactMap(\.self)
        #expect(numbers.filter { $0 <= 1000 } == Array(1...250))
        #expect(numbers.filter { $0 > 1000 } == Array(1001...1250))
    }

    @Test("Doing it again changes nothing, and tells of each id what became of it")
    func again() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fill(1...3)
        try await fail([ids[0]], in: outbox)
        var query = DeliveryQuery()
        let unknown = DeliveryID(at: TestClock.start)
        query.ids = [ids[0], ids[1], unknown]
        let first = try await outbox.letters.carryOut(.retry, on: query, actor: "kim")
        #expect(first.changed == 1 && first.passed == 1 && first.unknown == [unknown])
        let second = try await outbox.letters.carryOut(.retry, on: query, actor: "kim")
        #expect(second.changed == 0 && second.passed == 2)
        let none = try await outbox.letters.carryOut(.retry, on: DeliveryQuery(), actor: "kim")
        #expect(none.matched == 0 && none.changed == 0)
        #expect(try await states(ids, in: outbox) == [.pending, .pending, .pending])
    }

    @Test("Counting changes nothing and leaves no note")
    func count() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fill(1...3)
        try await fail([ids[1]], in: outbox)
        #expect(try await outbox.letters.count(.retry, on: DeliveryQuery()).matched == 1)
        #expect(try await outbox.letters.count(.cancel, on: DeliveryQuery()).matched == 3)
        #expect(try await states(ids, in: outbox) == [.pending, .failed, .pending])
        #expect(try await audit(outbox).isEmpty)
    }

    @Test("Only what failed since a time is retried")
    func since() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fill(1...2)
        try await fail([ids[0]], in: outbox, at: TestClock.start)
        try await fail([ids[1]], in: outbox, at: TestClock.start + .seconds(60))
        var query = DeliveryQuery()
        query.since = TestClock.start + .seconds(60)
        #expect(try await outbox.letters.carryOut(.retry, on: query, actor: "kim").changed == 1)
        #expect(try await states(ids, in: outbox) == [.failed, .pending])
    }

    @Test("A query for a state in which nothing can be retried is refused")
    func wrongState() async throws {
        let outbox = try await Outbox()
        var query = DeliveryQuery()
        query.states = [.delivered]
        let asked = query
        let retry = await #expect(throws: DeadLetterError.self) {
            try await outbox.letters.carryOut(.retry, on: asked, actor: "kim")
        }
        #expect(retry?.description == "what is delivered can not be retried, only what is failed")
        let cancel = await #expect(throws: DeadLetterError.self) {
            try await outbox.letters.count(.cancel, on: asked)
        }
        #expect(cancel?.description == "what is delivered can not be cancelled, only what is pending, snoozed, failed")
    }

    @Test("What is cancelled is not sent, stays on record with who wanted it, and does not hold up its lane")
    func cancel() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fill(1...4)
        try await fail([ids[0]], in: outbox)
        try await outbox.store.write { transaction in
            try transaction.updateDelivery(
                DeliveryUpdate(id: ids[1], state: .snoozed, progress: 0, dueAt: TestClock.start + .seconds(9999)))
        }
        var query = DeliveryQuery()
        query.ids = Array(ids[0...2])
        let report = try await outbox.letters.carryOut(.cancel, on: query, actor: "kim")
        #expect(report.changed == 3)
        let desk = ScriptedDestination()
        try await outbox.carry(desk) { try await outbox.waits(for: ids[3], toBe: .delivered) }
        #expect(desk.numbers == [4])
        #expect(try await states(ids, in: outbox) == [.cancelled, .cancelled, .cancelled, .delivered])
        #expect(try await outbox.record(ids[1]).reason == "cancelled by kim")
        #expect(try await audit(outbox) == ["kim deliveries.cancel 3"])
    }

    @Test("What is on the way is never cancelled, nor what waits behind it in its lane", arguments: [true, false])
    func busy(isRepeatable: Bool) async throws {
        let outbox = try await Outbox()
        let (carried, free) = (
            try await outbox.fill(1...2, of: "ada"), try await outbox.fill(3...3, of: "bob", to: "archive")
        )
        let (begun, gate) = (Tally(), Gate())
        let desk = ScriptedDestination(isRepeatable: isRepeatable) { _, _ in
            begun.add()
            await gate.pass()
            return .done
        }
        try await outbox.carry(desk) {
            await begun.reaches(1)
            let report = try await outbox.letters.carryOut(.cancel, on: DeliveryQuery(), actor: "kim")
            // One that is marked as begun is none that a query for all would mean.
            #expect(report.changed == 1 && report.busy == (isRepeatable ? 2 : 1))
            gate.open()
            try await outbox.waits(for: carried[1], toBe: .delivered)
        }
        #expect(try await states(free, in: outbox) == [.cancelled])
        #expect(desk.numbers == [1, 2])
    }

    @Test("A lane whose lease ran out is taken from its courier: a late answer changes nothing")
    func expired() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fill(1...1)
        let (begun, gate) = (Tally(), Gate())
        let desk = ScriptedDestination(parallel: 1) { delivery, _ in
            begun.add()
            await gate.pass()
            return delivery.number == 1 ? .not(.transient) : .done
        }
        try await outbox.carry(desk) {
            await begun.reaches(1)
            var changed = 0
            // The courier may just have looked, and renewed the lease that it was about to lose.
            for _ in 0..<20 where changed == 0 {
                outbox.clock.advance(by: .seconds(61))
                changed += try await outbox.letters.carryOut(.cancel, on: DeliveryQuery(), actor: "kim").changed
            }
            #expect(changed == 1)
            // There is room for one lane, so the next is carried when the late answer is dealt with.
            let next = try await outbox.fill(2...2, of: "bob")
            gate.open()
            try await outbox.waits(for: next[0], toBe: .delivered)
        }
        #expect(try await states(ids, in: outbox) == [.cancelled])
        #expect(try await outbox.attempts(of: ids[0]).isEmpty)
    }

    @Test("What waited is told as cancelled once, what had failed before is not")
    func told() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fill(1...2)
        try await fail([ids[0]], in: outbox)
        let told = Mutex<[String]>([])
        let letters = DeadLetters(store: outbox.store, clock: outbox.clock.wall) { delivery, reason, _, _ in
            told.withLock { $0.append("\(delivery.number ?? 0) \(reason)") }
        }
        for _ in 1...2 { _ = try await letters.carryOut(.cancel, on: DeliveryQuery(), actor: "kim") }
        #expect(told.withLock { $0 } == ["2 cancelled by kim"])
    }
}
