// Steps 3 and 4 of the hallway again, for an envelope of the journal.

import Connectors
package import Conversations
package import Model
package import Storage

extension ConnectorChannel {
    /// Maps an envelope by the adapter as it is now and applies it.
    /// - Parameter isRehearsal: nothing is kept; the answer tells what would be.
    /// - Throws: ``StoreError``.
    package func replay(_ entry: JournalEntry, at now: Timestamp, isRehearsal: Bool) async throws -> Replayed? {
        let content: Arrival.Content =
            switch await connector.map(entry.envelope) {
            case .mapped(.events(let events)): .events(events)
            case .mapped(.commands): .quarantined("an adapter made commands")
            case .quarantined(let reason): .quarantined(reason)
            }
        return try await intake.replay(entry.envelope.id, as: content, at: now, isRehearsal: isRehearsal)
    }
}
