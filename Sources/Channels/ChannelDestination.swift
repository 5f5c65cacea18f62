// Step 8 of the hallway: a reply's part goes out on the leg that it is for.

package import Connectors
package import Conversations
package import Deliveries
package import Model
package import Storage
package import Transports

/// A channel as the courier sees it: replies go out through the adapter's `send`.
package struct ChannelDestination: Destination {
    package let endpoint: Endpoint
    private let connector: Connector
    private let transport: any HTTPTransport
    private let clock: WallClock
    private let reports: SendReports
    package let budget: RateBudget
    package let leave: SendingLeave?
    private let files: Files

    package init(
        name: String, connector: Connector, store: any Store, transport: any HTTPTransport, files: Files,
        wiring: Wiring, clock: WallClock
    ) {
        endpoint = .channel(name)
        self.connector = connector
        self.transport = transport
        self.clock = clock
        self.files = files
        reports = SendReports(wiring: wiring)
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
        guard let part = ReplyPart(payload: delivery.payload) else {
            return { AttemptResult(.permanent, reason: "the delivery carries no reply", done: 0) }
        }
        let job = Result { try self.job(for: part, in: transaction) }
        return { [self] in await attempt(delivery, job: job) }
    }

    private func attempt(_ delivery: Delivery, job: Result<JSON?, any Error>) async -> AttemptResult {
        let found: JSON?
        do { found = try job.get() } catch { return AttemptResult(error, done: delivery.progress) }
        guard let job = found else {
            return AttemptResult(.permanent, reason: "the message or its leg is not there", done: 0)
        }
        if let file = AttachmentID(job["file"].string ?? "") {
            return await send(job, with: file, of: delivery)
        }
        return await connector.send(job, of: delivery, through: transport, clock: clock)
    }

    /// Sends a part that is a file, once its bytes are here.
    private func send(_ job: JSON, with file: AttachmentID, of delivery: Delivery) async -> AttemptResult {
        guard case .object(var members) = job, let limits = connector.sentFiles else {
            return AttemptResult(.permanent, reason: "channel \(endpoint.name) takes no files", done: 0)
        }
        let wish = FileWish(limits: limits, wantsBytes: true, linksEnd: delivery.tryingSince + FileLinks.lifetime)
        do {
            let carried = try await files.prepare([file], as: wish, isPatient: true)
            if let refusal = carried.refusal {
                let name = carried.shown.first?["name"].string ?? "a file"
                return AttemptResult(.permanent, reason: "\(name): \(refusal)", done: delivery.progress)
            }
            members["file"] = carried.shown.first ?? .null
            return await connector.carrying(carried)
                .send(.object(members), of: delivery, through: transport, clock: clock)
        } catch {
            return AttemptResult(error, done: delivery.progress)
        }
    }

    package func settle(_ attempt: SettledAttempt, in transaction: any Transaction) throws {
        try reports.settle(attempt, in: transaction)
    }

    /// The leg tells both: one thread, one person's address.
    package func rateNames(of delivery: Delivery, in transaction: any Transaction) throws -> [RateScope: String] {
        guard connector.folder.rates.contains(where: { $0.scope != .account }),
            let part = ReplyPart(payload: delivery.payload), let message = try transaction.message(part.message),
            let leg = try transaction.leg(message.leg)
        else { return [:] }
        return [.thread: leg.thread, .recipient: leg.identity.text]
    }

    /// What the adapter's send.jq gets.
    private func job(for part: ReplyPart, in transaction: any Transaction) throws -> JSON? {
        guard let message = try transaction.message(part.message), let leg = try transaction.leg(message.leg) else {
            return nil
        }
        let parts = try transaction.parts(of: message.id)
        guard let own = parts.first(where: { $0.number == part.number }) else { return nil }
        let chains = connector.folder.limits(of: message.visibility).text?.chains ?? false
        let previous = chains ? parts.first { $0.number == part.number - 1 } : nil
        return .members([
            "action": own.attachment == nil ? "reply" : "file", "text": .string(own.text),
            "file": JSON(own.attachment?.text), "thread": .string(leg.thread),
            "reply_to": JSON(message.replyTo), "context": leg.context(at: clock.now),
            "visibility": .string(message.visibility.rawValue), "author": .members(["name": JSON(message.authorName)]),
            "to": try transaction.author(of: leg.identity)?.json, "part": .integer(part.number),
            "parts": .integer(part.count), "conversation": .string(message.conversation.text),
            "message": .string(message.id.text),
            "previous": previous.map { .members(["id": JSON($0.externalID), "context": $0.context]) } ?? .null,
        ])
    }
}
