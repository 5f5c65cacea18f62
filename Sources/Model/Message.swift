// One utterance in a conversation.

package enum Direction: String, Sendable, CaseIterable {
    case inbound
    case outbound
}

/// Who speaks.
package enum AuthorKind: String, Sendable, CaseIterable {
    case person
    case agent
    case bot
    case system
}

/// How far an outbound message has come. It only moves forward, except that `failed` may follow `sent`.
package enum MessageState: String, Sendable, CaseIterable {
    case pending
    case sent
    case delivered
    case read
    case failed

    /// Whether a message in this state may go to `next`: ranks rise, `read` is final, and a failure told late still
    /// counts unless the message is known to have been delivered.
    package func mayBecome(_ next: MessageState) -> Bool {
        switch (self, next) {
        case (.pending, _): next != .pending
        case (.sent, .delivered), (.sent, .read), (.sent, .failed), (.delivered, .read): true
        case (.failed, .sent), (.failed, .delivered), (.failed, .read): true
        default: false
        }
    }
}

/// The command that made an outbound message: who asked and under what id.
package struct CommandSource: Sendable, Hashable {
    /// `contract:desk`, `api:crm-token`, or `channel:bot` for what was written on the network itself.
    package let endpoint: String
    package let id: String

    package init(endpoint: String, id: String) {
        self.endpoint = endpoint
        self.id = id
    }

    package var json: JSON { ["endpoint": .string(endpoint), "id": .string(id)] }
}

/// One utterance. Order within a conversation: `at`, then `id`.
package struct Message: Sendable, Hashable {
    package let id: MessageID
    package let conversation: ConversationID
    package let leg: LegID
    /// The identity that wrote; `nil` for our own words.
    package let identity: IdentityID?
    /// The envelope it came in; `nil` for our own words.
    package let envelope: EnvelopeID?
    package let channel: String
    /// The other side's id; `nil` until an outbound message was sent.
    package var externalID: String?
    package let direction: Direction
    package let author: AuthorKind
    package let authorName: String?
    package let visibility: Visibility
    package let format: TextFormat
    package var text: String?
    /// The external id of the message that this one answers.
    package let replyTo: String?
    /// The network's time, else the time of receipt.
    package let at: Timestamp
    package let receivedAt: Timestamp
    /// Outbound only.
    package var state: MessageState?
    package var stateReason: String?
    package var editedAt: Timestamp?
    package var deletedAt: Timestamp?
    package let permalink: String?
    package let language: String?
    package let fields: JSON?
    /// Outbound only.
    package let source: CommandSource?

    package init(
        id: MessageID, conversation: ConversationID, leg: LegID, identity: IdentityID? = nil,
        envelope: EnvelopeID? = nil, channel: String, externalID: String? = nil, direction: Direction,
        author: AuthorKind, authorName: String? = nil, visibility: Visibility, format: TextFormat,
        text: String? = nil, replyTo: String? = nil, at: Timestamp, receivedAt: Timestamp,
        state: MessageState? = nil, stateReason: String? = nil, editedAt: Timestamp? = nil,
        deletedAt: Timestamp? = nil, permalink: String? = nil, language: String? = nil, fields: JSON? = nil,
        source: CommandSource? = nil
    ) {
        self.id = id
        self.conversation = conversation
        self.leg = leg
        self.identity = identity
        self.envelope = envelope
        self.channel = channel
        self.externalID = externalID
        self.direction = direction
        self.author = author
        self.authorName = authorName
        self.visibility = visibility
        self.format = format
        self.text = text
        self.replyTo = replyTo
        self.at = at
        self.receivedAt = receivedAt
        self.state = state
        self.stateReason = stateReason
        self.editedAt = editedAt
        self.deletedAt = deletedAt
        self.permalink = permalink
        self.language = language
        self.fields = fields
        self.source = source
    }
}

extension Message {
    /// As the API and the events show a message.
    /// - Parameters:
    ///   - adapter: the kind of channel; `nil` when the channel is no longer configured.
    ///   - thread: the leg's thread.
    package func json(adapter: String?, thread: String?, attachments: [Attachment]) -> JSON {
        .members([
            "id": .string(id.text), "external_id": JSON(externalID), "direction": .string(direction.rawValue),
            "author": .members(["kind": .string(author.rawValue), "name": JSON(authorName)]),
            "visibility": .string(visibility.rawValue), "text": deletedAt == nil ? JSON(text) : nil,
            "format": .string(format.rawValue), "channel": .string(channel), "adapter": JSON(adapter),
            "leg": .string(leg.text), "thread": JSON(thread), "reply_to": JSON(replyTo), "at": JSON(at),
            "received_at": JSON(receivedAt), "state": JSON(state?.rawValue), "reason": JSON(stateReason),
            "edited_at": JSON(editedAt), "deleted_at": JSON(deletedAt), "permalink": JSON(permalink),
            "language": JSON(language), "fields": fields, "source": source?.json,
            "attachments": attachments.isEmpty ? nil : .array(attachments.map(\.json)),
        ])
    }
}
