// Step 7 for commands that were fetched: the envelopes of a batch and the move of the cursor, in one transaction.

package import Model
package import Storage

/// What a CRM's poll fetched, with what was made of it.
package struct CommandArrival: Sendable {
    package enum Content: Sendable {
        case commands([Command])
        /// It could not be mapped; the text says where and why, for the connector's author.
        case quarantined(String)
    }

    package let envelope: Envelope
    package let verifiedBy: String
    package let content: Content

    package init(envelope: Envelope, verifiedBy: String, content: Content) {
        self.envelope = envelope
        self.verifiedBy = verifiedBy
        self.content = content
    }
}

extension CommandIntake {
    /// Commits what a poll fetched, each in an envelope of its own, and moves the cursor with it. A refused command is
    /// journalled with the reason and holds nothing up.
    /// - Throws: ``StoreError`` when nothing was stored: the cursor stands where it stood.
    package func commit(_ arrivals: [CommandArrival], moving move: CursorMove) async throws -> [EnvelopeOutcome] {
        try await store.write { transaction in
            var outcomes: [EnvelopeOutcome] = []
            for arrival in arrivals {
                let (envelope, verifiedBy) = (arrival.envelope, arrival.verifiedBy)
                switch arrival.content {
                case .quarantined(let reason):
                    try Self.quarantine(envelope, verifiedBy: verifiedBy, reason: reason, in: transaction)
                    outcomes.append(.quarantined)
                case .commands(let commands):
                    let result = try commit(
                        envelope, verifiedBy: verifiedBy, commands: commands, in: transaction)
                    outcomes.append(result.outcome)
                }
            }
            try transaction.moveCursor(move)
            return outcomes
        }
    }
}
