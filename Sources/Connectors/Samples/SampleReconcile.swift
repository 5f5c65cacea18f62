// A golden sample of `reconcile`: which tickets are sought, and which the CRM has.

import Model

/// The input of a sample: `{since, until, tickets: [{id, url, context, conversation}]}`.
struct SampleReconcile {
    private let search: TicketSearch
    private let tickets: [SoughtTicket]

    /// - Throws: what in the input cannot be.
    init(_ json: JSON, of connector: Connector) throws(SampleMistake) {
        let unknown = Set((json.object ?? [:]).keys).subtracting(["since", "until", "tickets"]).sorted()
        guard unknown.isEmpty else {
            throw SampleMistake(problem: "\"\(unknown[0])\" is no member of a sample of reconcile")
        }
        func time(_ name: String) throws(SampleMistake) -> Timestamp {
            guard let time = json[name].string.flatMap(Timestamp.init(rfc3339:)) else {
                throw SampleMistake(problem: "\"\(name)\" must be a time as RFC 3339 writes it")
            }
            return time
        }
        var tickets: [SoughtTicket] = []
        for ticket in json["tickets"].array ?? [] {
            guard let id = ticket["id"].string, let conversation = ConversationID(ticket["conversation"].string ?? "")
            else { throw SampleMistake(problem: "a ticket has an \"id\", a text, and a \"conversation\" of ours") }
            tickets.append(
                SoughtTicket(
                    conversation: conversation,
                    ticket: Ticket(
                        externalID: id, url: ticket["url"].string, context: ticket["context"].unlessNull)))
        }
        guard let search = connector.search(for: tickets, in: (try time("since"), try time("until"))) else {
            throw SampleMistake(problem: "the contract has no \"reconcile\"")
        }
        self.search = search
        self.tickets = tickets
    }

    /// Asks for all.
    /// - Returns: what is there with its state, what is missing, or why nobody knows, as samples write it.
    func result(in folder: ConnectorFolder) async -> JSON {
        var search = search
        while !search.isOver {
            guard let failure = await search.step() else { continue }
            return [
                "failure": .members([
                    "class": .string(failure.outcome.rawValue), "wait": JSON(failure.wait?.text),
                    "reason": .string(SampleExpectation.portable(failure.reason, in: folder)),
                ])
            ]
        }
        let ids = tickets.map(\.ticket.externalID)
        return [
            "there": .object(Dictionary(ids.compactMap { id in search.found[id].map { (id, .string($0)) } }) { $1 }),
            "missing": .array(ids.filter { search.found[$0] == nil }.map { .string($0) }),
        ]
    }
}
