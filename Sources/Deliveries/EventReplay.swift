// Sending events of a contract again, for one who lost them.

package import Model
package import Storage

/// Sends events again that a contract had: under the same ids, in their order, behind whatever its lanes hold.
package struct EventReplay: Sendable {
    /// How many events one transaction puts into the outbox at most: the store has one writer, and customers wait for
    /// it.
    package static let batchMax = 200

    private let store: any Store
    private let clock: WallClock

    package init(store: any Store, clock: WallClock) {
        self.store = store
        self.clock = clock
    }

    /// How many events there are; changes nothing.
    package func count(_ span: EventSpan) async throws -> EventReplayReport {
        let (count, waiting, _) = try await store.read { try $0.eventCount(in: span) }
        return EventReplayReport(matched: count, queued: 0, waiting: waiting)
    }

    /// Puts the events of a span into the outbox once more, as work that nobody waits for, in transactions of at most
    /// ``batchMax``. What is still to be sent is left as it is, so doing it again while it is on its way adds nothing,
    /// also after it broke off. The audit has one entry for the whole, written with the first batch.
    /// - Parameter actor: who wants it, for the audit.
    package func carryOut(_ span: EventSpan, actor: String) async throws -> EventReplayReport {
        let (count, waiting, ends) = try await store.read { try $0.eventCount(in: span) }
        var report = EventReplayReport(matched: count, queued: 0, waiting: waiting)
        guard let ends else { return report }
        var last: DeliveryID?
        while true {
            let (now, after) = (clock.now, last)
            let events = try await store.write { transaction in
                if after == nil {
                    let details: JSON = ["span": span.json, "count": .integer(Int64(count - waiting))]
                    try transaction.audit(
                        actor: actor, action: "events.replay", subject: span.contract.description, details: details,
                        at: now)
                }
                let find = {
                    try transaction.sentEvents(
                        in: span, from: after ?? ends.oldest, isAfter: after != nil, through: ends.newest,
                        limit: Self.batchMax)
                }
                var events = try find()
                // Somebody else may have sent them meanwhile.
                if try transaction.lock(events.map { .conversation($0.conversation) }) { events = try find() }
                for event in events { try transaction.sendAgain(event, at: now) }
                return events
            }
            report.queued += events.count
            guard events.count == Self.batchMax, let event = events.last else { break }
            last = event.id
        }
        // What somebody else had put into the outbox by then.
        report.waiting = report.matched - report.queued
        return report
    }
}

/// What became of the events of a span.
package struct EventReplayReport: Sendable, Hashable {
    /// How many there are.
    package let matched: Int
    /// How many go out again.
    package internal(set) var queued: Int
    /// How many were left as they are, because they are still to be sent.
    package internal(set) var waiting: Int

    package var json: JSON {
        [
            "matched": .integer(Int64(matched)), "queued": .integer(Int64(queued)),
            "waiting": .integer(Int64(waiting)),
        ]
    }
}
