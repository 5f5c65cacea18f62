// Step 7 of the hallway for a CRM that calls us: verify, map to commands, commit, and only then acknowledge.

package import Connectors
package import Conversations
package import Model
import Storage

/// A CRM that posts to us, spoken by a contract.
package struct ConnectorContract: Sendable {
    package let endpoint: Endpoint
    package let connector: Connector
    let intake: CommandIntake

    package init(name: String, connector: Connector, intake: CommandIntake) {
        endpoint = .contract(name)
        self.connector = connector
        self.intake = intake
    }

    /// Takes one callback.
    /// - Throws: ``StoreError`` when nothing was stored: the caller answers 503 and the CRM sends again.
    package func receive(_ request: ReceivedRequest) async throws -> Receipt {
        switch await connector.receive(request) {
        case .refused(let status, let reason):
            return .refused(status: status, reason: reason)
        case .postponed(let postponement, let reason):
            return .postponed(postponement, reason: reason)
        case .answered(let answer):
            return .answered(answer)
        case .mapped(.commands(let commands), let answer):
            let envelope = connector.envelope(of: request, endpoint: endpoint)
            do {
                let outcome = try await intake.commit(
                    envelope, verifiedBy: connector.verification, commands: commands)
                return .stored(answer, envelope: envelope.id, outcome)
            } catch  where StoreError.isLasting(error) {
                // It would fail however often the CRM sent it.
                return try await quarantine(request, "\(error)", answer)
            }
        case .mapped(.events, let answer):
            return try await quarantine(request, "a contract made events", answer)
        case .quarantined(let reason, let answer):
            return try await quarantine(request, reason, answer)
        }
    }

    private func quarantine(_ request: ReceivedRequest, _ reason: String, _ answer: Answer) async throws -> Receipt {
        let envelope = connector.envelope(of: request, endpoint: endpoint)
        try await intake.quarantine(envelope, verifiedBy: connector.verification, reason: reason)
        return .quarantined(answer, envelope: envelope.id)
    }

    /// What became of a callback.
    package enum Receipt: Sendable {
        /// Nothing was stored.
        case refused(status: Int, reason: String)
        /// Nothing was stored; it has to come again.
        case postponed(Postponement, reason: String)
        /// A handshake: nothing was stored.
        case answered(Answer)
        /// Durable; some or all of its commands may have been refused.
        case stored(Answer, envelope: EnvelopeID, CallbackOutcome)
        /// Durable; the journal says why.
        case quarantined(Answer, envelope: EnvelopeID)
    }
}
