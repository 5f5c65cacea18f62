import Model
import Storage
import TestSupport
import Testing

@testable import Deliveries

@Suite("Three days without the CRM, in driven time", .timeLimit(.minutes(3)))
struct OutageTests {
    private static let outage = Duration.seconds(72 * 3600)
    private static let lanes = 200

    @Test("72 hours of outage make no dead letter and use up no schedule, and the backlog drains in order")
    func threeDays() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fillLanes(Self.lanes, each: 3)
        let isUp = Switch()
        let crm = ScriptedDestination { _, _ in isUp.isOn ? .done : .not(.transient, "status 503") }
        let courier = outbox.courier(.standard)
        courier.serve([crm])
        try await withThrowingTaskGroup { group in
            group.addTask { try await courier.run() }
            let waits = try await probes(courier, outbox)
            let attempts = crm.attempts.count
            isUp.turnOn()
            let recovered = outbox.clock.now
            go(to: try #require(courier.conditions.first?.condition.nextAttempt), outbox)
            for id in ids {
                let isThere = try await drains(id, outbox)
                try #require(isThere, "\(id) does not go out")
            }
            print(
                """
                72 h of outage, \(Self.lanes) lanes of 3: \(attempts) attempts, \(waits.count) of them probes after \
                \(waits.prefix(8).map { "\($0)" }.joined(separator: ", ")) … s; recovery noticed and drained after \
                \((outbox.clock.now - recovered).components.seconds) s
                """)
            #expect((860...960).contains(waits.count))
            #expect(outbox.clock.now - recovered <= .seconds(380))
            group.cancelAll()
            try await group.waitForAll()
        }
        for id in ids { #expect(try await outbox.record(id).delivery.failures <= 1) }
        for numbers in Dictionary(grouping: crm.attempts, by: \.conversation).values.map({ $0.compactMap(\.number) }) {
            #expect(numbers == numbers.sorted())
        }
    }

    /// Goes from probe to probe until the outage is over.
    /// - Returns: the waits before them, in seconds.
    private func probes(_ courier: Courier, _ outbox: Outbox) async throws -> [Int64] {
        let end = TestClock.start + Self.outage
        var waits: [Int64] = []
        while true {
            let now = outbox.clock.now
            let isSet = try await outbox.store.waits { _ in
                guard let next = courier.conditions.first?.condition.nextAttempt else { return false }
                return next > now
            }
            try #require(isSet, "no probe is to come")
            if now >= end { return waits }
            let next = try #require(courier.conditions.first?.condition.nextAttempt)
            waits.append((next - now).components.seconds)
            go(to: next, outbox)
        }
    }

    private func go(to time: Timestamp, _ outbox: Outbox) {
        outbox.clock.set(time)
        outbox.store.signals.raise(.deliveries)
    }

    /// Lets time pass by seconds until a delivery is out.
    private func drains(_ id: DeliveryID, _ outbox: Outbox) async throws -> Bool {
        for _ in 0..<40 {
            let now = outbox.clock.now
            _ = try await outbox.store.waits { transaction in
                guard let record = try transaction.delivery(id) else { return false }
                return record.delivery.state == .delivered
                    || (record.delivery.state == .snoozed && record.dueAt > now)
            }
            if try await outbox.record(id).delivery.state == .delivered { return true }
            outbox.advance(by: .seconds(1))
        }
        return false
    }
}
