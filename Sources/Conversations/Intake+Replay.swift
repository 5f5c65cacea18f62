// An envelope of the journal again, mapped by the connector as it is now: what is known stays one, news is taken.

package import Model
import Storage

extension Intake {
    /// Applies an envelope of the journal in one transaction. Its deliveries wait for whatever is urgent.
    /// - Parameters:
    ///   - now: when what it makes is made; messages keep the time at which they came in.
    ///   - isRehearsal: nothing is kept; the answer tells what would be.
    /// - Returns: `nil` when the journal has no such envelope.
    package func replay(
        _ id: EnvelopeID, as content: Arrival.Content, at now: Timestamp, isRehearsal: Bool
    ) async throws -> Replayed? {
        let intake = forBulk
        let unit = { @Sendable (transaction: any Transaction) throws -> Replayed? in
            guard let entry = try transaction.heldEnvelope(id) else { return nil }
            switch content {
            case .quarantined(let reason): return try entry.stillFailing(reason, in: transaction)
            case .events(let events): return try intake.replay(entry, events, at: now, in: transaction)
            }
        }
        return try await isRehearsal ? store.rehearse(unit) : store.write(unit)
    }

    private func replay(
        _ entry: JournalEntry, _ events: [InboundEvent], at now: Timestamp, in transaction: any Transaction
    ) throws -> Replayed {
        var effects: [Effect] = []
        let isKnown = entry.outcome != .quarantined
        for event in events {
            effects.append(try apply(event, of: entry.envelope, at: now, isKnown: isKnown, in: transaction))
        }
        let (outcome, reason) = Effect.summary(of: effects)
        return try entry.applied(effects.map(\.tallied), outcome, reason, in: transaction)
    }
}

extension Effect {
    fileprivate var tallied: Tallied { Tallied(counter: counter, reason: reason) }
}
