// A CRM's envelope of the journal again: commands that were carried out are known by their ids.

package import Model
import Storage

extension CommandIntake {
    /// Carries out the commands of an envelope of the journal in one transaction, those that were not carried out
    /// before. A reply that was refused then and is good now goes out.
    /// - Parameter isRehearsal: nothing is kept; the answer tells what would be.
    /// - Returns: `nil` when the journal has no such envelope.
    package func replay(
        _ id: EnvelopeID, as content: CommandArrival.Content, at now: Timestamp, isRehearsal: Bool
    ) async throws -> Replayed? {
        let intake = CommandIntake(store: store, wiring: replies.wiring.forBulk)
        let unit = { @Sendable (transaction: any Transaction) throws -> Replayed? in
            guard let entry = try transaction.heldEnvelope(id) else { return nil }
            switch content {
            case .quarantined(let reason):
                return try entry.stillFailing(reason, in: transaction)
            case .commands(let commands):
                let results = try intake.perform(commands, of: entry.envelope, at: now, in: transaction)
                let (outcome, reason) = Self.summary(of: results)
                return try entry.applied(results.map(\.tallied), outcome, reason, in: transaction)
            }
        }
        return try await isRehearsal ? store.rehearse(unit) : store.write(unit)
    }
}
