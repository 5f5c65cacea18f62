// Why a message is where it is: its way through the hallway, read back from what the store kept.

package import Model
package import Storage

/// A message's way from the envelope to every attempt of every delivery.
package struct Explanation: Sendable {
    package let message: Message
    package let conversation: Conversation
    package let person: Person
    package let leg: Leg
    /// `nil` for a message that an API call or a command made.
    package let entry: JournalEntry?
    package let tickets: [(contract: String, ticket: Ticket)]
    package let parts: [Part]
    package let deliveries: [(record: DeliveryRecord, attempts: [AttemptRecord])]

    /// Gathers what is known of a message.
    /// - Returns: `nil` when there is no such message.
    package init?(of id: MessageID, in transaction: any Transaction) throws {
        guard let message = try transaction.message(id),
            let conversation = try transaction.conversation(message.conversation),
            let person = try transaction.person(conversation.person), let leg = try transaction.leg(message.leg)
        else { return nil }
        self.message = message
        self.conversation = conversation
        self.person = person
        self.leg = leg
        entry = try message.envelope.flatMap { try transaction.envelope($0) }
        tickets = try transaction.tickets(of: conversation.id)
        parts = try transaction.parts(of: id)
        deliveries = try transaction.deliveries(about: id).map { record in
            (record, try transaction.attempts(of: record.delivery.id))
        }
    }

    /// For machines.
    package var json: JSON {
        .members([
            "message": message.json(adapter: nil, thread: leg.thread, attachments: []),
            "conversation": conversation.json, "decision": .string(conversation.reason), "person": person.json,
            "envelope": entry.map { entry in
                .members([
                    "id": .string(entry.envelope.id.text), "endpoint": .string(entry.envelope.endpoint.description),
                    "received_at": JSON(entry.envelope.receivedAt), "verified_by": .string(entry.verifiedBy),
                    "outcome": .string(entry.outcome.rawValue), "reason": JSON(entry.reason),
                    "bytes": .integer(Int64(entry.envelope.body.count)),
                ])
            },
            "tickets": .array(
                tickets.map { contract, ticket in ["contract": .string(contract), "ticket": ticket.json] }),
            "deliveries": .array(
                deliveries.map { record, attempts in
                    var members = record.json.object ?? [:]
                    members["attempt_log"] = .array(attempts.map(\.json))
                    return .object(members)
                }),
        ])
    }
}

extension Explanation {
    /// For people: one step of the hallway a paragraph.
    package var text: String {
        (arrivalLines + mappingLines + conversationLines + ticketLines + deliveryLines).joined(separator: "\n")
    }

    private var arrivalLines: [String] {
        guard let entry else {
            let source = message.source.map { "\($0.endpoint), id \($0.id)" } ?? "unknown"
            return ["1 asked      by \(source) at \(message.receivedAt)"]
        }
        let envelope = entry.envelope
        return [
            "1 arrived    \(envelope.id) on \(envelope.endpoint) at \(envelope.receivedAt), "
                + "\(envelope.method) \(envelope.target), \(envelope.body.count) bytes",
            "2 verified   by \(entry.verifiedBy)",
            "             outcome \(entry.outcome.rawValue)\(entry.reason.map { ": \($0)" } ?? "")",
        ]
    }

    private var mappingLines: [String] {
        let external = message.externalID.map { ", there \($0)" } ?? ""
        var lines = [
            "3 mapped     to \(message.id)\(external): \(message.direction.rawValue), \(message.visibility.rawValue), "
                + "by \(message.author.rawValue) \(message.authorName ?? "without a name"), at \(message.at)"
        ]
        if let rule = message.fields?["placed"].string { lines.append("             placed here by: \(rule)") }
        if let editedAt = message.editedAt { lines.append("             edited at \(editedAt)") }
        if let deletedAt = message.deletedAt { lines.append("             deleted at \(deletedAt)") }
        if let state = message.state {
            let reason = message.stateReason.map { " (\($0))" } ?? ""
            lines.append("             state \(state.rawValue)\(reason), in \(parts.count) part(s)")
        }
        return lines
    }

    private var conversationLines: [String] {
        let former = conversation.former.map { ", after \($0)" } ?? ""
        return [
            "4 belongs to \(conversation.id) (\(conversation.status.rawValue)) of \(person.id)"
                + (person.name.map { " \($0)" } ?? ""),
            "             opened at \(conversation.openedAt) because: \(conversation.reason)\(former)",
            "             on \(leg.id): channel \(leg.channel), thread \(leg.thread)",
        ]
    }

    private var ticketLines: [String] {
        if tickets.isEmpty { return ["5 ticket     none yet"] }
        return tickets.map { contract, ticket in
            "5 ticket     \(ticket.externalID) at \(contract)\(ticket.url.map { " \($0)" } ?? "")"
        }
    }

    private var deliveryLines: [String] {
        if deliveries.isEmpty { return ["6 delivered  nothing: no contract wanted to know"] }
        return deliveries.flatMap { record, attempts in
            let what = record.delivery.payload["type"].string ?? record.delivery.kind.rawValue
            let reason = record.reason.map { ": \($0)" } ?? ""
            let head =
                "6 delivery   \(record.delivery.id) \(what) to \(record.delivery.destination): "
                + "\(record.delivery.state.rawValue)\(reason)"
            return [head] + attempts.flatMap(Self.lines(of:))
        }
    }

    private static func lines(of attempt: AttemptRecord) -> [String] {
        let reason = attempt.reason.map { ": \($0)" } ?? ""
        let head = "             attempt \(attempt.number) at \(attempt.startedAt): \(attempt.outcome)\(reason)"
        return [head]
            + (attempt.exchanges.array ?? []).map { exchange in
                let status = exchange["status"].integer.map { "status \($0)" } ?? "no answer"
                return "               \(exchange["request"].string ?? "") → \(status), "
                    + "\(exchange["milliseconds"].integer ?? 0) ms"
            }
    }
}
