// One matter with one person, over any number of legs.

/// Whether a conversation waits for anybody.
package enum ConversationStatus: String, Sendable, CaseIterable {
    case open
    case closed
}

/// How urgent a conversation is.
package enum Priority: String, Sendable, CaseIterable {
    case low
    case normal
    case high
    case urgent
}

/// Messages with one person about one matter.
package struct Conversation: Sendable, Hashable {
    package let id: ConversationID
    package let person: PersonID
    package var status: ConversationStatus
    /// As the CRM or a person set it; `normal` until then.
    package var priority: Priority
    /// The first words of the first message, at most 80 characters.
    package let subject: String?
    package let openedAt: Timestamp
    package var closedAt: Timestamp?
    /// The earlier conversation that this one points to.
    package let former: ConversationID?
    /// Why it was opened, in words for `explain`.
    package let reason: String

    package init(
        id: ConversationID, person: PersonID, status: ConversationStatus = .open, subject: String?,
        openedAt: Timestamp, former: ConversationID? = nil, reason: String
    ) {
        self.id = id
        self.person = person
        self.status = status
        self.subject = subject
        self.openedAt = openedAt
        closedAt = nil
        priority = .normal
        self.former = former
        self.reason = reason
    }

    /// As the API and the events show a conversation.
    package var json: JSON {
        .members([
            "id": .string(id.text), "status": .string(status.rawValue), "priority": .string(priority.rawValue),
            "subject": JSON(subject),
            "opened_at": JSON(openedAt), "closed_at": JSON(closedAt), "former": JSON(former?.text),
        ])
    }
}

/// The part of a conversation on one channel thread. A reply goes back on a leg.
package struct Leg: Sendable, Hashable {
    package let id: LegID
    package let conversation: ConversationID
    /// The channel's name in the configuration.
    package let channel: String
    /// The place on the network.
    package let thread: String
    /// Whose words come in here; a reply goes to this identity and to no other.
    package let identity: IdentityID
    /// What the adapter's `send` needs to answer here, as it gave it.
    package var context: JSON?
    package var contextExpiresAt: Timestamp?
    /// Whether `context` is a shortcut for one reply: once it is used or has expired, the leg is answered without it.
    package var isContextOnce: Bool
    /// When the person last wrote here: reply windows count from it.
    package var lastInboundAt: Timestamp
    /// Whether somebody writes here who was let in by another: nothing goes here unless the leg is named.
    package var isGuest: Bool

    package init(
        id: LegID, conversation: ConversationID, channel: String, thread: String, identity: IdentityID,
        context: JSON?, contextExpiresAt: Timestamp?, isContextOnce: Bool = false, lastInboundAt: Timestamp,
        isGuest: Bool = false
    ) {
        self.id = id
        self.conversation = conversation
        self.channel = channel
        self.thread = thread
        self.identity = identity
        self.context = context
        self.contextExpiresAt = contextExpiresAt
        self.isContextOnce = isContextOnce
        self.lastInboundAt = lastInboundAt
        self.isGuest = isGuest
    }

    /// What `send` gets to answer here at this time.
    package func context(at time: Timestamp) -> JSON? {
        if isContextOnce, let end = contextExpiresAt, time > end { return nil }
        return context
    }
}
