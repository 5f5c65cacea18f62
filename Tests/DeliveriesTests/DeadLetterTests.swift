import Deliveries
import Model
import Storage
import TestSupport
import Testing

@Suite("Dead letters", .timeLimit(.minutes(2)))
struct DeadLetterTests {
    @Test("A dead letter that a person retries is carried again, with a fresh schedule and its attempts on record")
    func retry() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fill(1...1)
        let desk = ScriptedDestination { _, count in count <= 2 ? .not(count == 1 ? .permanent : .transient) : .done }
        let letters = outbox.letters
        try await outbox.carry(desk) {
            try await outbox.waits(for: ids[0], toBe: .failed)
            try await letters.retry(ids[0], actor: "kim")
            try await outbox.waits(for: ids[0], toBe: .snoozed, attempts: 2)
            #expect(try await outbox.record(ids[0]).delivery.failures == 1)
            outbox.advance(by: .seconds(6))
            try await outbox.waits(for: ids[0], toBe: .delivered, attempts: 3)
        }
        #expect(try await outbox.attempts(of: ids[0]).map(\.outcome) == ["permanent", "transient", "ok"])
        let audit = try await outbox.store.read { transaction in
            try transaction.rows("SELECT actor, action, subject FROM audit", []).map { row in
                [try row.text(0), try row.text(1), try row.text(2)]
            }
        }
        #expect(audit == [["kim", "delivery.retry", ids[0].text]])
    }

    @Test("Only a delivery that failed is retried")
    func refused() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fill(1...1)
        let letters = outbox.letters
        let error = await #expect(throws: DeadLetterError.self) { try await letters.retry(ids[0], actor: "kim") }
        #expect(error?.description == "delivery \(ids[0]) did not fail, it is pending")
        let unknown = DeliveryID(at: TestClock.start)
        let missing = await #expect(throws: DeadLetterError.self) { try await letters.retry(unknown, actor: "kim") }
        #expect(missing?.description == "there is no delivery \(unknown)")
        let notes = try await outbox.store.read { try $0.rows("SELECT 1 FROM audit", []).count }
        #expect(notes == 0)
    }

    @Test("A retried dead letter goes before what is behind it in its lane")
    func order() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fill(1...3)
        try await outbox.store.write { transaction in
            try transaction.updateDelivery(
                DeliveryUpdate(id: ids[0], state: .failed, isFailure: true, progress: 0, endedAt: TestClock.start))
        }
        try await outbox.letters.retry(ids[0], actor: "kim")
        let desk = ScriptedDestination()
        try await outbox.carry(desk) { try await outbox.waits(for: ids[2], toBe: .delivered) }
        #expect(desk.numbers == [1, 2, 3])
    }
}
