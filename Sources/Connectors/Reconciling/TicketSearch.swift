// Asking a CRM which of our tickets it has: one request a step, until all were asked for.

package import Model
import Transports

/// One of our tickets, as `reconcile` sees it.
package struct SoughtTicket: Sendable, Hashable {
    package let conversation: ConversationID
    package let ticket: Ticket

    package init(conversation: ConversationID, ticket: Ticket) {
        self.conversation = conversation
        self.ticket = ticket
    }

    var json: JSON { ticket.json.adding(["conversation": .string(conversation.text)]) }
}

/// A search on its way. After a failure the next step makes the same request again.
package struct TicketSearch: Sendable {
    /// How much earlier and later than ours a CRM's clock may be: a range is asked for with so much more on both sides.
    package static let margin = Duration.seconds(600)

    private let connector: Connector
    private let reconcile: BoundReconcile
    private let tickets: [SoughtTicket]
    private let range: (since: Timestamp, until: Timestamp)
    private var page = JSON.null
    private var pages = 0
    /// How many of the tickets were asked for, with `by: range` all at once at the end.
    package private(set) var asked = 0
    package private(set) var isOver: Bool
    /// The state of each ticket that is there, as the CRM calls it; empty when it does not say.
    package private(set) var found: [String: String] = [:]

    init(
        _ connector: Connector, _ reconcile: BoundReconcile, for tickets: [SoughtTicket],
        in range: (since: Timestamp, until: Timestamp)
    ) {
        self.connector = connector
        self.reconcile = reconcile
        self.tickets = tickets
        self.range = range
        isOver = tickets.isEmpty
    }

    private var declaration: ReconcileDeclaration { reconcile.declaration }

    /// Makes the next request. Never throws: what went wrong is the result.
    /// - Returns: `nil` when the answer was read.
    package mutating func step() async -> PollFailure? {
        guard !isOver else { return nil }
        let batch = declaration.way == .range ? [] : Array(tickets[asked...].prefix(declaration.batch))
        do {
            let input: JSON = [
                "tickets": .array(batch.map(\.json)), "page": page,
                "since": .string((range.since - Self.margin).rfc3339),
                "until": .string((range.until + Self.margin).rfc3339),
                "session": try await connector.grants().visible,
            ]
            let outputs = try await run(reconcile.request, input)
            guard let output = outputs.first, outputs.count == 1 else {
                return mistake("\(reconcile.request.name): reconcile: request gave \(outputs.count) outputs")
            }
            // A key of the request, for those who want one: never the same for two.
            let (view, verdict) = try await connector.ask(
                output, key: "reconcile-\(connector.now.milliseconds)-\(asked)")
            let answer = view.json.adding(["tickets": .array(batch.map(\.json)), "page": page])
            if view.failure == nil, try await holds(reconcile.missing, answer) {
                return went(on: batch)
            }
            guard verdict.isDone else {
                let reason = connector.reason(view, verdict) ?? "the answer is not what it should be"
                return PollFailure(outcome: verdict.outcome, reason: reason, wait: verdict.wait)
            }
            for output in try await run(reconcile.found, answer) { try note(output) }
            return try await turned(to: answer, after: batch)
        } catch let error as SendMistake {
            return PollFailure(outcome: error.outcome, reason: mistake(error.reason).reason, wait: nil)
        } catch let error as JQError {
            return mistake(error.description)
        } catch {
            return mistake("\(reconcile.request.name): reconcile: \(error)")
        }
    }

    private mutating func went(on batch: [SoughtTicket]) -> PollFailure? {
        asked += batch.count
        isOver = asked == tickets.count
        return nil
    }

    /// Goes on after an answer: to the next tickets, or to the next page of a range.
    private mutating func turned(to answer: JSON, after batch: [SoughtTicket]) async throws -> PollFailure? {
        guard declaration.way == .range else { return went(on: batch) }
        pages += 1
        var next: JSON?
        if let program = reconcile.next { next = try await run(program, answer).first }
        guard let next, next != .null, next != "", next != false else { return went(on: tickets) }
        guard next != page else {
            return mistake("\(reconcile.request.name): reconcile: next leads to the same page again")
        }
        guard pages < declaration.pages else {
            return mistake("there are more than \(pages) pages of tickets: ask for a shorter time")
        }
        page = next
        return nil
    }

    private mutating func note(_ output: JSON) throws(MappingError) {
        let id = output.object == nil ? output : output["id"]
        guard let text = PollRun.identifier(id) else {
            throw MappingError(path: ".id", problem: "found gave \(id.kindName), not the id of a ticket")
        }
        found[text] = output["state"].string ?? output["state"].integer.map { String($0) } ?? ""
    }

    private func run(_ program: JQProgram, _ input: JSON) async throws(JQError) -> [JSON] {
        try await connector.machine.run(program, .json(input), request: [:], now: connector.now)
    }

    private func holds(_ program: JQProgram?, _ answer: JSON) async throws(JQError) -> Bool {
        guard let program, let value = try await run(program, answer).first else { return false }
        return value != .null && value != false
    }

    /// A mistake of the connector's: it does not pass by itself.
    private func mistake(_ reason: String) -> PollFailure {
        PollFailure(outcome: .permanent, reason: connector.sender?.redactor.redacted(reason) ?? reason, wait: nil)
    }
}

extension Connector {
    /// Whether the contract says how its CRM is asked which tickets it has.
    package var reconciles: Bool { boundReconcile != nil }

    /// Begins to ask the CRM which of these tickets it has.
    /// - Parameter range: when the tickets were made.
    /// - Returns: `nil`: the contract does not say how that is found out.
    package func search(
        for tickets: [SoughtTicket], in range: (since: Timestamp, until: Timestamp)
    ) -> TicketSearch? {
        boundReconcile.map { TicketSearch(self, $0, for: tickets, in: range) }
    }
}
