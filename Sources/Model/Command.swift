// Step 7 of the hallway: what a CRM or an agent asks of us. The whole vocabulary of the right wing.

/// One thing that a CRM or an agent wants done to a conversation.
package struct Command: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        /// Say this to the person.
        case reply
        /// Keep this text in the timeline; the person never sees it.
        case note
        /// The matter is settled.
        case close
        /// The matter is open again.
        case reopen
        /// The company knows better: the conversation gets this priority.
        case override
    }

    package let kind: Kind
    /// The other side's id of this command: two commands with one id are one command.
    package let id: String
    /// The ticket's id at the CRM that asks; either this or `conversation` is given.
    package let ticket: String?
    package let conversation: ConversationID?
    package let text: String?
    /// Of a reply or a note, by reference; after the text, in order.
    package let files: [FileReference]
    /// Who asks, as the CRM names them.
    package let agent: Author?
    /// The id of the message to answer, ours or the network's; `nil`: answer in the thread.
    package let replyTo: String?
    /// The leg to answer on; `nil`: the one that the person used last.
    package let leg: LegID?
    /// `nil`: as visible as the message that it answers.
    package let visibility: Visibility?
    package let at: Timestamp?
    /// For an override.
    package let priority: Priority?

    package init(
        kind: Kind, id: String, ticket: String? = nil, conversation: ConversationID? = nil, text: String? = nil,
        files: [FileReference] = [], agent: Author? = nil, replyTo: String? = nil, leg: LegID? = nil,
        visibility: Visibility? = nil,
        at: Timestamp? = nil, priority: Priority? = nil
    ) {
        self.kind = kind
        self.id = id
        self.ticket = ticket
        self.conversation = conversation
        self.text = text
        self.files = files
        self.agent = agent
        self.replyTo = replyTo
        self.leg = leg
        self.visibility = visibility
        self.at = at
        self.priority = priority
    }

    /// Reads one mapped command.
    /// - Throws: when a member is missing, of the wrong type, or unknown.
    package init(mapping json: JSON) throws(MappingError) {
        var object = try MappedObject(json)
        let kind = try object.required(try object.choice("kind", of: Kind.self), "kind")
        self.kind = kind
        id = try object.required(try object.identifier("id"), "id")
        ticket = try object.identifier("ticket")
        let conversation = try object.string("conversation")
        self.conversation = conversation.flatMap { ConversationID($0) }
        if conversation != nil, self.conversation == nil {
            throw object.wrong("conversation", "is no conversation id of ours")
        }
        text = try object.string("text")
        files = try object.files()
        agent = if let agent = object.value("agent") { try Author(mapping: agent, path: ".agent") } else { nil }
        replyTo = try object.identifier("reply_to")
        let leg = try object.string("leg")
        self.leg = leg.flatMap { LegID($0) }
        if leg != nil, self.leg == nil { throw object.wrong("leg", "is no leg id of ours") }
        visibility = try object.choice("visibility", of: Visibility.self)
        at = try object.time("at")
        priority = try object.choice("priority", of: Priority.self)
        try object.finish()
        if ticket == nil, self.conversation == nil {
            throw object.wrong("ticket", "either ticket or conversation must be given")
        }
        if kind == .reply || kind == .note {
            guard !files.isEmpty || !(text?.allSatisfy(\.isWhitespace) ?? true) else {
                throw object.wrong("text", "a \(kind.rawValue) needs a text or a file")
            }
        } else if !files.isEmpty {
            throw object.wrong("files", "only a reply or a note carries files")
        }
        if kind == .override { _ = try object.required(priority, "priority") }
    }

    /// The command in the form that ``init(mapping:)`` reads.
    package var json: JSON {
        .members([
            "kind": .string(kind.rawValue), "id": .string(id), "ticket": JSON(ticket),
            "conversation": JSON(conversation?.text), "text": JSON(text),
            "files": files.isEmpty ? nil : .array(files.map(\.json)), "agent": agent?.json,
            "reply_to": JSON(replyTo), "leg": JSON(leg?.text), "visibility": JSON(visibility?.rawValue),
            "at": JSON(at), "priority": JSON(priority?.rawValue),
        ])
    }
}
