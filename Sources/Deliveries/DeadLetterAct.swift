// Retrying or cancelling many deliveries at once.

package import Model
package import Storage

/// What a person has done with many deliveries.
package enum DeadLetterAct: String, Sendable {
    case retry
    case cancel

    /// The states of the deliveries that it can change.
    package var states: [DeliveryState] {
        switch self {
        case .retry: [.failed]
        case .cancel: [.pending, .snoozed, .failed]
        }
    }

    /// As in "12 are retried".
    package var done: String {
        switch self {
        case .retry: "retried"
        case .cancel: "cancelled"
        }
    }

    /// The query, closer: only what the act can change. Deliveries that are named by id stay in, so that each is
    /// accounted for.
    func narrowed(_ query: DeliveryQuery) throws(DeadLetterError) -> DeliveryQuery {
        if let other = query.states?.first(where: { !states.contains($0) }) { throw .neverIn(other, self) }
        var query = query
        if query.ids.isEmpty, query.states == nil { query.states = states }
        return query
    }
}

/// What became of the deliveries that a query means.
package struct DeadLetterReport: Sendable, Hashable {
    /// How many there were when the act began.
    package internal(set) var matched = 0
    /// How many were retried, or cancelled.
    package internal(set) var changed = 0
    /// How many are on the way now, or behind one that is in their lane; they were left as they are.
    package internal(set) var busy = 0
    /// How many the act can not change: retried, delivered or cancelled before.
    package internal(set) var passed = 0
    /// Ids that were named and are no delivery's.
    package internal(set) var unknown: [DeliveryID] = []

    package var json: JSON {
        [
            "matched": .integer(Int64(matched)), "changed": .integer(Int64(changed)), "busy": .integer(Int64(busy)),
            "passed": .integer(Int64(passed)), "unknown": .array(unknown.map { .string($0.text) }),
        ]
    }
}

extension DeadLetters {
    /// How many deliveries one transaction changes at most: the store has one writer, and customers wait for it.
    package static let batchMax = 200

    /// How many deliveries an act would look at; changes nothing.
    /// - Throws: ``DeadLetterError``
    package func count(_ act: DeadLetterAct, on query: DeliveryQuery) async throws -> DeadLetterReport {
        try await survey(act.narrowed(query)).report
    }

    /// Retries or cancels what a query means, in order of sequence and in transactions of at most ``batchMax``; what
    /// comes into the outbox meanwhile is not meant. Doing it again, also after it broke off, changes nothing twice.
    ///
    /// The audit has one entry for the whole, with the query and the count, written with the first batch. A lane is
    /// woken with each batch that changes it. What a courier carries now is never cancelled.
    /// - Parameters:
    ///   - actor: who wants it, for the audit and for the reason of what is cancelled.
    ///   - progress: called after each batch.
    /// - Throws: ``DeadLetterError``
    package func carryOut(
        _ act: DeadLetterAct, on query: DeliveryQuery, actor: String,
        progress: @Sendable (DeadLetterReport) -> Void = { _ in }
    ) async throws -> DeadLetterReport {
        let query = try act.narrowed(query)
        let (counted, newest) = try await survey(query)
        guard let newest else { return counted }
        var report = counted
        var last: DeliveryID?
        while true {
            let (now, after, before) = (clock.now, last, report)
            let (next, done) = try await store.write { [self] transaction in
                if after == nil {
                    let details: JSON = ["query": query.json, "count": .integer(Int64(before.matched))]
                    try transaction.audit(
                        actor: actor, action: "deliveries.\(act.rawValue)", subject: "deliveries", details: details,
                        at: now)
                }
                var records = try transaction.deliveries(
                    matching: query, after: after, through: newest, limit: Self.batchMax)
                if try transaction.lock(records.map { .conversation($0.delivery.conversation) }) {
                    records = try records.compactMap { try transaction.delivery($0.delivery.id) }
                }
                var report = before
                try carryOut(act, on: records.map(\.delivery), by: actor, into: &report, in: transaction)
                return (records.last?.delivery.id, report)
            }
            report = done
            guard let next else { break }
            last = next
            progress(report)
        }
        // Those that left the query between the count and their batch.
        report.passed = report.matched - report.changed - report.busy
        return report
    }

    private func survey(_ query: DeliveryQuery) async throws -> (report: DeadLetterReport, newest: DeliveryID?) {
        try await store.read { transaction in
            var report = DeadLetterReport()
            let (count, newest) = try transaction.deliveryCount(of: query)
            report.matched = count
            for id in query.ids where try transaction.delivery(id) == nil { report.unknown.append(id) }
            return (report, newest)
        }
    }

    /// One batch.
    private func carryOut(
        _ act: DeadLetterAct, on deliveries: [Delivery], by actor: String, into report: inout DeadLetterReport,
        in transaction: any Transaction
    ) throws {
        let now = clock.now
        var lanes: Set<LaneID> = []
        let meant = deliveries.filter { act.states.contains($0.state) }
        report.busy += deliveries.count { act == .cancel && $0.state == .sending }
        switch act {
        case .retry:
            for delivery in meant { try transaction.revive(delivery, at: now) }
            report.changed += meant.count
            lanes = Set(meant.map(\.lane))
        case .cancel:
            let carried = try Set(Set(meant.map(\.lane)).sorted().filter { try transaction.isCarried($0, at: now) })
            let free = meant.filter { $0.state == .failed || !carried.contains($0.lane) }
            let reason = "cancelled by \(actor)"
            for delivery in free { try transaction.cancelDelivery(delivery.id, reason: reason, at: now) }
            for delivery in free where delivery.state != .failed {
                try wasCancelled(delivery, reason, now, transaction)
            }
            report.changed += free.count
            report.busy += meant.count - free.count
            lanes = Set(free.map(\.lane))
            for lane in lanes.sorted() { try transaction.takeExpired(lane, at: now) }
        }
        for lane in lanes.sorted() { try transaction.wake(lane, at: now) }
    }
}
