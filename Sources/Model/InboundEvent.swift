// Step 3 of the hallway: what a connector's `receive` makes of an envelope. The whole vocabulary of the left wing.

/// Who may see an utterance.
package enum Visibility: String, Sendable, CaseIterable {
    /// Everybody on the network: a post, a comment, a review.
    case `public`
    /// The person and the company.
    case `private`
    /// The company alone: a note.
    case `internal`
}

/// How a text is written.
package enum TextFormat: String, Sendable, CaseIterable {
    case plain
    case html
    case markdown
}

/// How far a message that we sent has come, as the network reports it. Ranks rise; a lower one never undoes a higher.
package enum Receipt: String, Sendable, CaseIterable {
    case sent
    case delivered
    case read
    case failed
}

/// One thing that happened on a channel.
package struct InboundEvent: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        /// A person wrote.
        case message
        /// The network shows us what we wrote ourselves, by samtal or by other means.
        case echo
        /// An earlier message has a new text.
        case edit
        /// An earlier message was withdrawn.
        case delete
        /// A person set or removed a reaction on an earlier message.
        case reaction
        /// An earlier message of ours was delivered, read, or failed.
        case receipt
        /// A person is writing.
        case typing
        /// A person joined, left or blocked us.
        case contact
        /// Anything else worth a count.
        case notice
    }

    package let kind: Kind
    /// The other side's id of the message; for edit, delete, reaction and receipt the id of the message they speak of.
    /// Unique per channel: two messages with one id are one message.
    package var id: String
    /// The place on the network where an answer goes: a chat, a thread, a post. Required for messages and echoes.
    package var thread: String?
    /// Who wrote. Required for messages.
    package let author: Author?
    package let text: String?
    package let format: TextFormat
    package let files: [FileReference]
    /// The id of the message that this one answers.
    package let replyTo: String?
    /// Whatever `send` needs to answer here; stored and handed back as it is.
    package let context: JSON?
    /// When `context` stops being good; `nil`: never.
    package let contextExpires: Timestamp?
    /// Whether `context` is a shortcut that is good for one reply: afterwards, and once it has expired, `send` answers
    /// without it. Otherwise nobody can be answered here with a context that has expired.
    package let isContextOnce: Bool
    package let visibility: Visibility
    /// When it happened by the network's clock; `nil`: the network does not say.
    package let at: Timestamp?
    /// For a receipt: how far the message came.
    package let receipt: Receipt?
    /// For a receipt of everything that went to `thread` until then; `nil`: it is of the message `id`.
    package let upTo: Timestamp?
    /// For a failed receipt: the network's code and words. For a notice: what it is.
    package let reason: String?
    /// For a reaction: the emoji or name; `nil` when it was removed.
    package let reaction: String?
    package let permalink: String?
    /// BCP 47, when the network tells.
    package let language: String?
    /// Anything else worth keeping with the message.
    package var fields: JSON?
}

/// The writer of a message as the network describes them.
package struct Author: Sendable, Hashable {
    /// The network's id: the address of the identity.
    package let id: String
    package let name: String?
    package let handle: String?
    package let phone: String?
    package let email: String?
    /// How many follow this author; `nil`: not told.
    package let followers: Int64?

    package init(
        id: String, name: String? = nil, handle: String? = nil, phone: String? = nil, email: String? = nil,
        followers: Int64? = nil
    ) {
        self.id = id
        self.name = name
        self.handle = handle
        self.phone = phone
        self.email = email
        self.followers = followers
    }
}

/// A file that came with a message, by reference: the network's id or address of it.
package struct FileReference: Sendable, Hashable {
    /// What the connector's fetch needs: an id or an address.
    package let reference: String
    package let name: String?
    /// Media type, as the network declares it.
    package let type: String?
    /// Bytes, as the network declares them.
    package let size: Int64?

    package init(
        reference: String, name: String? = nil, type: String? = nil, size: Int64? = nil
    ) {
        self.reference = reference
        self.name = name
        self.type = type
        self.size = size
    }
}
