// What applying an envelope of the journal again came to, and how the account follows.

package import Model
package import Storage

/// One envelope that was applied again, or would be.
package struct Replayed: Sendable, Hashable {
    package let envelope: EnvelopeID
    package let endpoint: Endpoint
    package let receivedAt: Timestamp
    package let before: EnvelopeOutcome
    package let after: EnvelopeOutcome
    /// What its events or commands came to; empty when it could not be mapped.
    package let counts: [String: Int64]
    /// Whether it could not be mapped: it keeps its place.
    package let isFailing: Bool
    /// Why it fails, or why some of it did nothing.
    package let reason: String?

    package var json: JSON {
        .members([
            "envelope": .string(envelope.text), "endpoint": .string(endpoint.description),
            "received_at": JSON(receivedAt), "before": .string(before.rawValue), "after": .string(after.rawValue),
            "counts": .object(counts.mapValues { .integer($0) }), "failing": .bool(isFailing), "reason": JSON(reason),
        ])
    }
}

/// What one event or command counts as.
struct Tallied: Hashable {
    let counter: Counter
    let reason: String?

    /// Whether it did something that was not done before.
    var isNew: Bool { [.messages, .changes, .parked].contains(counter) }
}

extension JournalEntry {
    /// The envelope could not be mapped: in quarantine it stays with the new reason; one that was applied before stays
    /// as it was.
    package func stillFailing(_ reason: String, in transaction: any Transaction) throws -> Replayed {
        if outcome == .quarantined {
            try transaction.updateEnvelope(envelope.id, outcome: .quarantined, reason: reason)
        }
        return replayed(outcome, [], isFailing: true, reason)
    }

    /// The envelope was applied: one that was in quarantine leaves it with its count; of another only what is new is
    /// counted, as received now. So the account closes before and after, and a second time changes nothing.
    func applied(
        _ tallied: [Tallied], _ outcome: EnvelopeOutcome, _ reason: String?, in transaction: any Transaction
    ) throws -> Replayed {
        let endpoint = envelope.endpoint
        let wasQuarantined = self.outcome == .quarantined
        let counted = wasQuarantined ? tallied : tallied.filter(\.isNew)
        if wasQuarantined {
            transaction.count(.quarantined, by: -1, of: endpoint)
            transaction.count(.received, by: -1, of: endpoint)
        }
        transaction.count(.received, by: Int64(counted.count), of: endpoint)
        for one in counted { transaction.count(one.counter, because: one.reason, by: 1, of: endpoint) }
        guard wasQuarantined || outcome == .applied else { return replayed(self.outcome, tallied, reason) }
        try transaction.updateEnvelope(envelope.id, outcome: outcome, reason: reason)
        return replayed(outcome, tallied, reason)
    }

    private func replayed(
        _ after: EnvelopeOutcome, _ tallied: [Tallied], isFailing: Bool = false, _ reason: String?
    ) -> Replayed {
        Replayed(
            envelope: envelope.id, endpoint: envelope.endpoint, receivedAt: envelope.receivedAt, before: outcome,
            after: after, counts: Dictionary(tallied.map { ($0.counter.rawValue, 1) }, uniquingKeysWith: +),
            isFailing: isFailing, reason: reason)
    }
}
