// Step 4 for what was fetched: the envelopes of a batch and the move of the cursor, in one transaction.

package import Model
package import Storage

extension Intake {
    /// Commits what a poll fetched, each in an envelope of its own, and moves the cursor with it.
    /// - Throws: ``StoreError`` when nothing was stored: the cursor stands where it stood.
    package func commit(_ arrivals: [Arrival], moving move: CursorMove) async throws -> [EnvelopeOutcome] {
        try await store.write { transaction in
            var outcomes: [EnvelopeOutcome] = []
            for arrival in arrivals { outcomes.append(try commit(arrival, in: transaction)) }
            try transaction.moveCursor(move)
            return outcomes
        }
    }
}
