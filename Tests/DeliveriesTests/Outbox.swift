import Deliveries
import Logging
import Model
import Storage
import TestSupport
import Testing

/// A store with things to carry, and couriers that carry them while a test looks on.
struct Outbox: Sendable {
    static let delays: [Duration] = [.seconds(5), .seconds(30), .seconds(120)]

    let fresh: FreshStore
    var store: any Store { fresh.store }
    var clock: TestClock { fresh.clock }

    init() async throws {
        fresh = try await Backend.chosen.make()
    }

    /// Puts events with these numbers into a lane of its own.
    @discardableResult
    func fill(
        _ numbers: ClosedRange<Int>, of name: String = "ada", to contract: String = "desk", urgency: Urgency = .live
    ) async throws -> [DeliveryID] {
        let now = clock.now
        return try await store.write { transaction in
            let seed = try Seed.plant(name, at: now, in: transaction)
            return try numbers.map { try transaction.enqueue(seed.event(to: contract, $0, urgency: urgency), at: now) }
        }
    }

    /// Puts as many events into each of as many lanes; they are numbered from 1, 101, 201 …
    func fillLanes(_ lanes: Int, each count: Int = 1, urgency: Urgency = .live) async throws -> [DeliveryID] {
        var ids: [DeliveryID] = []
        for lane in 0..<lanes {
            ids += try await fill(lane * 100 + 1...lane * 100 + count, of: "p\(lane) \(urgency)", urgency: urgency)
        }
        return ids
    }

    /// Has a courier of its own carry to `destinations` until `look` is done.
    func carry(
        _ destinations: any Destination..., while look: @Sendable () async throws -> Void
    ) async throws {
        let courier = courier()
        courier.serve(destinations)
        try await withThrowingTaskGroup { group in
            group.addTask { try await courier.run() }
            do {
                try await look()
            } catch {
                group.cancelAll()
                throw error
            }
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    func courier(_ schedule: Schedule = Schedule(delays: delays)) -> Courier {
        Courier(
            store: store, clock: clock.wall, schedule: schedule,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// What a person does with them.
    var letters: DeadLetters { DeadLetters(store: store, clock: clock.wall) { _, _, _, _ in } }

    /// Moves the clock and lets the couriers look at it.
    func advance(by duration: Duration) {
        clock.advance(by: duration)
        store.signals.raise(.deliveries)
    }

    /// Waits until a delivery is in a state.
    func waits(
        for id: DeliveryID, toBe state: DeliveryState, attempts: Int? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let isThere = try await store.waits { transaction in
            guard let delivery = try transaction.delivery(id)?.delivery else { return false }
            return delivery.state == state && (attempts == nil || delivery.attempts == attempts)
        }
        let found = try await record(id)
        try #require(
            isThere, "it is \(found.delivery.state), attempts \(found.delivery.attempts), \(found.reason ?? "")",
            sourceLocation: sourceLocation)
    }

    func record(_ id: DeliveryID) async throws -> DeliveryRecord {
        try #require(try await store.read { try $0.delivery(id) })
    }

    func attempts(of id: DeliveryID) async throws -> [AttemptRecord] {
        try await store.read { try $0.attempts(of: id) }
    }
}

extension AttemptResult {
    static let done = AttemptResult(.ok, done: 1)

    static func not(_ outcome: OutcomeClass, _ reason: String? = nil, wait: Duration? = nil) -> AttemptResult {
        var result = AttemptResult(outcome, reason: reason, done: 0)
        result.wait = wait
        return result
    }
}
