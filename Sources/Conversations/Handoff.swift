// Giving what happened in a conversation to the CRMs: one delivery for each contract that wants to know.

package import Model
package import Storage

/// What an event is about; its parts become the event's `data`.
package struct Matter: Sendable {
    package let conversation: Conversation
    package let person: Person
    /// The channel on which it happened; contracts may want some channels only.
    package let channel: String
    /// The message as the API shows it, when the event is about one.
    package let message: JSON?
    /// Who caused it, when somebody did.
    package let cause: JSON?
    package let correlation: String

    package init(
        conversation: Conversation, person: Person, channel: String, message: JSON? = nil, cause: JSON? = nil,
        correlation: String
    ) {
        self.conversation = conversation
        self.person = person
        self.channel = channel
        self.message = message
        self.cause = cause
        self.correlation = correlation
    }
}

extension Wiring {
    /// Enqueues `type` for every contract that wants it, in the transaction that made it true.
    /// - Parameter origin: the contract whose own doing this is; it is not told what it just said.
    package func announce(
        _ type: ContractEventType, _ matter: Matter, at time: Timestamp, except origin: Endpoint? = nil,
        in transaction: any Transaction
    ) throws {
        let listeners = contracts.filter { contract in
            contract.events.contains(type) && contract.channels?.contains(matter.channel) ?? true
                && origin != .contract(contract.name)
        }
        guard !listeners.isEmpty else { return }
        let payload = JSON.members([
            "type": .string(type.rawValue), "at": JSON(time),
            "data": .members([
                "conversation": matter.conversation.json, "person": matter.person.json, "message": matter.message,
                "cause": matter.cause,
            ]),
        ])
        for contract in listeners {
            try transaction.enqueue(
                NewDelivery(
                    destination: .contract(contract.name), conversation: matter.conversation.id, kind: .event,
                    payload: payload, correlation: matter.correlation, urgency: urgency),
                at: time)
        }
    }

    /// The message as events show it.
    func json(_ message: Message, thread: String?, attachments: [Attachment] = []) -> JSON {
        message.json(adapter: channels[message.channel]?.adapter, thread: thread, attachments: attachments)
    }

    /// Announces something about a message that is in the store already.
    /// - Parameter extra: members added to the message's JSON.
    func announce(
        _ type: ContractEventType, about message: Message, extra: [String: JSON] = [:], correlation: String,
        at time: Timestamp, in transaction: any Transaction
    ) throws {
        guard let conversation = try transaction.conversation(message.conversation),
            let person = try transaction.person(conversation.person),
            let leg = try transaction.leg(message.leg)
        else { throw StoreError(.corrupt, "message \(message.id) has no conversation") }
        let attachments = try transaction.attachments(of: message.id)
        var shown = json(message, thread: leg.thread, attachments: attachments).object ?? [:]
        shown.merge(extra) { _, new in new }
        let matter = Matter(
            conversation: conversation, person: person, channel: message.channel, message: .object(shown),
            correlation: correlation)
        try announce(type, matter, at: time, in: transaction)
    }
}
