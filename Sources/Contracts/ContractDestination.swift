// Step 6 of the hallway: one of our events goes to a CRM, and the CRM's answer tells which ticket it is.

package import Connectors
package import Deliveries
package import Model
package import Storage
package import Transports

/// A contract as the courier sees it: events go out through its `send`.
package struct ContractDestination: Destination {
    package let endpoint: Endpoint
    private let connector: Connector
    private let store: any Store
    private let transport: any HTTPTransport
    private let clock: WallClock
    /// CloudEvents `source`: the gateway's public address.
    private let source: String
    package let budget: RateBudget

    package init(
        name: String, connector: Connector, store: any Store, transport: any HTTPTransport, source: String,
        clock: WallClock
    ) {
        endpoint = .contract(name)
        self.connector = connector
        self.store = store
        self.transport = transport
        self.source = source
        self.clock = clock
        budget = RateBudget(connector.folder.rates)
    }

    package var parallel: Int { connector.parallel }
    package var isRepeatable: Bool { connector.isRepeatable }

    package func attempt(_ delivery: Delivery) async -> AttemptResult {
        guard let event = ContractEvent(delivery) else {
            return AttemptResult(.permanent, reason: "the delivery carries no event", done: 0)
        }
        let ticket: Ticket?
        do {
            let name = endpoint.name
            ticket = try await store.read { try $0.ticket(contract: name, conversation: delivery.conversation) }
        } catch {
            return AttemptResult(.transient, reason: "\(error)", done: delivery.progress)
        }
        let job: JSON = [
            "event": event.cloudEvent(id: delivery.id.text, source: source), "ticket": ticket?.json ?? .null,
        ]
        return await connector.send(job, of: delivery, through: transport, clock: clock)
    }

    /// A CRM has one thread for a conversation.
    package func rateNames(of delivery: Delivery, in transaction: any Transaction) -> [RateScope: String] {
        [.thread: delivery.conversation.text, .recipient: delivery.conversation.text]
    }

    /// The ticket is kept also when a later request of the same attempt failed: it is there all the same.
    package func settle(_ attempt: SettledAttempt, in transaction: any Transaction) throws {
        guard let ticket = attempt.result.ticket else { return }
        try transaction.saveTicket(
            ticket, contract: endpoint.name, conversation: attempt.delivery.conversation, at: attempt.endedAt)
    }
}

extension ContractEvent {
    /// Reads the payload of an event's delivery; `nil` when it carries something else.
    init?(_ delivery: Delivery) {
        guard delivery.kind == .event,
            let type = delivery.payload["type"].string.flatMap(ContractEventType.init(rawValue:)),
            let at = delivery.payload["at"].string.flatMap(Timestamp.init(rfc3339:))
        else { return nil }
        self.init(
            type: type, conversation: delivery.conversation, at: at, correlation: delivery.correlation,
            data: delivery.payload["data"])
    }
}
