// Steps 1 to 5 of the hallway for a channel that calls us: verify, map, commit, and only then acknowledge.

package import Connectors
package import Conversations
package import Model
import Storage

/// A channel whose network posts to us, spoken by an adapter.
package struct ConnectorChannel: Sendable {
    package let endpoint: Endpoint
    package let connector: Connector
    let intake: Intake

    package init(name: String, connector: Connector, intake: Intake) {
        endpoint = .channel(name)
        self.connector = connector
        self.intake = intake
    }

    /// Takes one request.
    /// - Returns: the answer for the network, and what is worth a log line.
    /// - Throws: ``StoreError`` when nothing was stored: the caller answers 503 and the network sends again.
    package func receive(_ request: ReceivedRequest) async throws -> Receipt {
        switch await connector.receive(request) {
        case .refused(let status, let reason):
            return .refused(status: status, reason: reason)
        case .postponed(let postponement, let reason):
            return .postponed(postponement, reason: reason)
        case .answered(let answer):
            return .answered(answer)
        case .mapped(.events(let events), let answer):
            let (envelope, outcome) = try await commit(request, .events(events))
            return .stored(answer, envelope: envelope, outcome)
        case .mapped(.commands, let answer):
            let (envelope, outcome) = try await commit(request, .quarantined("an adapter made commands"))
            return .stored(answer, envelope: envelope, outcome)
        case .quarantined(let reason, let answer):
            let (envelope, outcome) = try await commit(request, .quarantined(reason))
            return .stored(answer, envelope: envelope, outcome)
        }
    }

    private func commit(
        _ request: ReceivedRequest, _ content: Arrival.Content
    ) async throws -> (EnvelopeID, EnvelopeOutcome) {
        let envelope = connector.envelope(of: request, endpoint: endpoint)
        do {
            return (envelope.id, try await commit(envelope, content))
        } catch  where StoreError.isLasting(error) {
            // It would fail however often the network sent it, and many networks send nothing else until it is taken.
            return (envelope.id, try await commit(envelope, .quarantined("\(error)")))
        }
    }

    private func commit(_ envelope: Envelope, _ content: Arrival.Content) async throws -> EnvelopeOutcome {
        try await intake.commit(Arrival(envelope: envelope, verifiedBy: connector.verification, content: content))
    }

    /// What became of a request.
    package enum Receipt: Sendable {
        /// Nothing was stored.
        case refused(status: Int, reason: String)
        /// Nothing was stored; it has to come again.
        case postponed(Postponement, reason: String)
        /// A handshake: nothing was stored.
        case answered(Answer)
        /// Durable. The journal says why when it is in quarantine.
        case stored(Answer, envelope: EnvelopeID, EnvelopeOutcome)
    }
}
