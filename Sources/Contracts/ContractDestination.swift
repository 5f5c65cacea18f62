// Step 6 of the hallway: one of our events goes to a CRM, and the CRM's answer tells which ticket it is.

package import Connectors
package import Conversations
package import Deliveries
package import Model
package import Storage
package import Transports

/// A contract as the courier sees it: events go out through its `send`.
package struct ContractDestination: Destination {
    package let endpoint: Endpoint
    private let connector: Connector
    private let transport: any HTTPTransport
    private let clock: WallClock
    private let view: EventView
    package let budget: RateBudget
    package let leave: SendingLeave?

    /// - Parameter source: CloudEvents `source`: the gateway's public address.
    package init(
        name: String, connector: Connector, store: any Store, transport: any HTTPTransport, files: Files,
        source: String, clock: WallClock
    ) {
        endpoint = .contract(name)
        self.connector = connector
        self.transport = transport
        self.clock = clock
        view = EventView(connector: connector, files: files, source: source, clock: clock)
        let budget = RateBudget(of: endpoint, connector.folder.rates)
        self.budget = budget
        leave =
            connector.asksLeave
            ? SendingLeave(since: clock.now, budget: budget) { store.signals.raise(.deliveries) } : nil
    }

    package var connectorVersion: String { connector.version }
    package var parallel: Int { connector.parallel }
    package var isRepeatable: Bool { connector.isRepeatable }
    package var executor: (any TaskExecutor)? { connector.executor }

    package func ready(_ delivery: Delivery, in transaction: any Transaction) throws -> Attempt {
        let ticket = Result {
            try transaction.ticket(contract: endpoint.name, conversation: delivery.conversation)
        }
        return { [self] in await attempt(delivery, ticket: ticket) }
    }

    private func attempt(_ delivery: Delivery, ticket: Result<Ticket?, any Error>) async -> AttemptResult {
        guard let event = ContractEvent(delivery) else {
            return AttemptResult(.permanent, reason: "the delivery carries no event", done: 0)
        }
        do {
            let ticket = try ticket.get()
            let (shown, carried) = try await view.show(event, of: delivery, linksOnly: false)
            var connector = connector
            if let carried { connector = connector.carrying(carried) }
            let job: JSON = ["event": shown, "ticket": ticket?.json ?? .null]
            return await connector.send(job, of: delivery, through: transport, clock: clock)
        } catch {
            return AttemptResult(error, done: delivery.progress)
        }
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
