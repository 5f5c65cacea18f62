// Step 7 of the hallway again, for an envelope of the journal.

import Connectors
package import Conversations
package import Model
package import Storage

extension ConnectorContract {
    /// Maps an envelope by the contract as it is now and carries out what was not carried out.
    /// - Parameter isRehearsal: nothing is kept; the answer tells what would be.
    /// - Throws: ``StoreError``.
    package func replay(_ entry: JournalEntry, at now: Timestamp, isRehearsal: Bool) async throws -> Replayed? {
        let content: CommandArrival.Content =
            switch await connector.map(entry.envelope) {
            case .mapped(.commands(let commands)): .commands(commands)
            case .mapped(.events): .quarantined("a contract made events")
            case .quarantined(let reason): .quarantined(reason)
            }
        return try await intake.replay(entry.envelope.id, as: content, at: now, isRehearsal: isRehearsal)
    }
}
