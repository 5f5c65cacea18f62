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
    private let store: any Store
    private let transport: any HTTPTransport
    private let clock: WallClock
    /// CloudEvents `source`: the gateway's public address.
    private let source: String
    package let budget: RateBudget
    private let files: Files

    package init(
        name: String, connector: Connector, store: any Store, transport: any HTTPTransport, files: Files,
        source: String, clock: WallClock
    ) {
        endpoint = .contract(name)
        self.connector = connector
        self.store = store
        self.transport = transport
        self.source = source
        self.files = files
        self.clock = clock
        budget = RateBudget(connector.folder.rates)
    }

    package var connectorVersion: String { connector.version }
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
            return AttemptResult(error, done: delivery.progress)
        }
        var (shown, connector) = (event.cloudEvent(id: delivery.id.text, source: source), connector)
        do {
            if let carried = try await carried(with: event, of: delivery) {
                shown = shown.showing(carried.shown)
                connector = connector.carrying(carried)
            }
        } catch {
            return AttemptResult(error, done: delivery.progress)
        }
        let job: JSON = ["event": shown, "ticket": ticket?.json ?? .null]
        return await connector.send(job, of: delivery, through: transport, clock: clock)
    }

    /// A CRM has one thread for a conversation.
    package func rateNames(of delivery: Delivery, in transaction: any Transaction) -> [RateScope: String] {
        [.thread: delivery.conversation.text, .recipient: delivery.conversation.text]
    }

    /// The files of an event's message, ready to be sent; `nil`: it has none, or the CRM takes none.
    /// - Throws: ``FileDelay`` or ``StoreError``.
    private func carried(with event: ContractEvent, of delivery: Delivery) async throws -> JobFiles? {
        let attachments = event.data["message"]["attachments"].array ?? []
        guard let limits = connector.sentFiles, !attachments.isEmpty else { return nil }
        let isSaid = event.type == .messageReceived || event.type == .messageSent
        let wish = FileWish(
            limits: limits, wantsBytes: connector.takesBytes && isSaid,
            linksEnd: delivery.tryingSince + FileLinks.lifetime)
        return try await files.prepare(
            attachments.compactMap { AttachmentID($0["id"].string ?? "") }, as: wish,
            isPatient: clock.now < delivery.tryingSince + Files.patience)
    }

    /// The ticket is kept also when a later request of the same attempt failed: it is there all the same.
    package func settle(_ attempt: SettledAttempt, in transaction: any Transaction) throws {
        guard let ticket = attempt.result.ticket else { return }
        try transaction.saveTicket(
            ticket, contract: endpoint.name, conversation: attempt.delivery.conversation, at: attempt.endedAt)
    }
}

extension JSON {
    /// The event with the attachments of its message as its job shows them.
    fileprivate func showing(_ attachments: [JSON]) -> JSON {
        guard case .object(var event) = self, case .object(var data)? = event["data"],
            case .object(var message)? = data["message"]
        else { return self }
        message["attachments"] = .array(attachments)
        data["message"] = .object(message)
        event["data"] = .object(data)
        return .object(event)
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
