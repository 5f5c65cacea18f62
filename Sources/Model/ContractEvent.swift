// Step 6 of the hallway: what we tell a CRM. CloudEvents 1.0, each type with a JSON Schema in contracts/schema.

/// The types of our events.
package enum ContractEventType: String, Sendable, CaseIterable {
    case conversationOpened = "samtal.conversation.opened"
    case conversationUpdated = "samtal.conversation.updated"
    case conversationClosed = "samtal.conversation.closed"
    case conversationReopened = "samtal.conversation.reopened"
    case messageReceived = "samtal.message.received"
    case messageSent = "samtal.message.sent"
    case messageDelivered = "samtal.message.delivered"
    case messageRead = "samtal.message.read"
    case messageFailed = "samtal.message.failed"
    case messageEdited = "samtal.message.edited"
    case messageDeleted = "samtal.message.deleted"
    case messageReacted = "samtal.message.reacted"
    case personCreated = "samtal.person.created"
}

/// One event for the CRMs, about one conversation. What it says was true when it was committed.
package struct ContractEvent: Sendable, Hashable {
    package let type: ContractEventType
    package let conversation: ConversationID
    package let at: Timestamp
    /// One id from the envelope (or the call) that caused it to the reply.
    package let correlation: String
    /// `{conversation, person, message?, cause?}`: see the type's schema.
    package let data: JSON

    package init(
        type: ContractEventType, conversation: ConversationID, at: Timestamp, correlation: String, data: JSON
    ) {
        self.type = type
        self.conversation = conversation
        self.at = at
        self.correlation = correlation
        self.data = data
    }

    /// The event as CloudEvents 1.0 structured JSON.
    /// - Parameters:
    ///   - id: the delivery's key: the same on every attempt, unique with `source`.
    ///   - source: the gateway's public address, a URI.
    package func cloudEvent(id: String, source: String) -> JSON {
        [
            "specversion": "1.0", "id": .string(id), "source": .string(source), "type": .string(type.rawValue),
            "subject": .string(conversation.text), "time": .string(at.rfc3339), "datacontenttype": "application/json",
            "correlationid": .string(correlation), "data": data,
        ]
    }
}
