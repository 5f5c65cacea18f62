// Queries on messages, reactions, edits, and on events that wait for their message.

package import Model

private let messageColumns = """
    m.id, m.conversation_id, m.leg_id, m.identity_id, m.envelope_id, m.channel, m.external_id, m.direction, m.author,
    m.author_name, m.visibility, m.format, m.text, m.reply_to, m.at, m.received_at, m.state, m.state_reason,
    m.edited_at, m.deleted_at, m.permalink, m.language, m.fields, m.source_endpoint, m.source_id
    """

extension Transaction {
    /// - Throws: `conflict` when the channel has a message of this external id in this direction, or the source has
    ///   a message of this id.
    package func insertMessage(_ message: Message) throws(StoreError) {
        try run(
            """
            INSERT INTO messages (id, conversation_id, leg_id, identity_id, envelope_id, channel, external_id,
              direction, author, author_name, visibility, format, text, reply_to, at, received_at, state, permalink,
              language, fields, source_endpoint, source_id)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .id(message.id), .id(message.conversation), .id(message.leg), .id(message.identity),
                .id(message.envelope), .text(message.channel), .optional(message.externalID),
                .text(message.direction.rawValue), .text(message.author.rawValue), .optional(message.authorName),
                .text(message.visibility.rawValue), .text(message.format.rawValue), .optional(message.text),
                .optional(message.replyTo), .time(message.at), .time(message.receivedAt),
                .optional(message.state?.rawValue), .optional(message.permalink), .optional(message.language),
                .optional(message.fields), .optional(message.source?.endpoint), .optional(message.source?.id),
            ])
    }

    package func message(_ id: MessageID) throws(StoreError) -> Message? {
        try firstMessage("m.id = ?", [.id(id)])
    }

    /// The message that a channel knows by this id: inbound, outbound, or outbound by one of its parts.
    /// - Parameter direction: which one is meant where a network uses one id both ways.
    package func message(
        channel: String, externalID: String, preferring direction: Direction = .inbound
    ) throws(StoreError) -> Message? {
        let values: [SQLValue] = [.text(channel), .text(externalID)]
        let own = try firstMessage(
            "m.channel = ? AND m.external_id = ? AND m.direction = ?", values + [.text(direction.rawValue)])
        if let own { return own }
        let part = try firstMessage(
            "m.id = (SELECT p.message_id FROM parts p WHERE p.channel = ? AND p.external_id = ?)", values)
        if let part { return part }
        return try firstMessage("m.channel = ? AND m.external_id = ?", values)
    }

    /// The outbound message that a command made; the key that keeps a command from being carried out twice.
    package func message(source: CommandSource) throws(StoreError) -> Message? {
        try firstMessage("m.source_endpoint = ? AND m.source_id = ?", [.text(source.endpoint), .text(source.id)])
    }

    private func firstMessage(_ condition: String, _ values: [SQLValue]) throws(StoreError) -> Message? {
        try row("SELECT \(messageColumns) FROM messages m WHERE \(condition) LIMIT 1", values)
            .map { (row) throws(StoreError) in try row.message() }
    }

    /// The messages of a conversation in order (network's time, then receipt), after `cursor`, at most `limit`.
    package func messages(
        of conversation: ConversationID, after cursor: (at: Timestamp, id: MessageID)?, limit: Int
    ) throws(StoreError) -> [Message] {
        let found = try rows(
            """
            SELECT \(messageColumns) FROM messages m
            WHERE m.conversation_id = ? AND (m.at > ? OR (m.at = ? AND m.id > ?))
            ORDER BY m.at, m.id LIMIT ?
            """,
            [
                .id(conversation), .integer(cursor?.at.milliseconds ?? .min), .integer(cursor?.at.milliseconds ?? .min),
                .text(cursor?.id.text ?? ""), .integer(Int64(limit)),
            ])
        var messages: [Message] = []
        for row in found { messages.append(try row.message()) }
        return messages
    }

    /// How visible the person's last words on a leg are; `nil` when they wrote nothing there.
    package func lastVisibility(on leg: LegID) throws(StoreError) -> Visibility? {
        try row(
            """
            SELECT m.visibility FROM messages m JOIN legs l ON l.conversation_id = m.conversation_id
            WHERE l.id = ? AND m.leg_id = l.id AND m.direction = 'inbound' ORDER BY m.at DESC, m.id DESC LIMIT 1
            """, [.id(leg)]
        ).map { (row) throws(StoreError) in try row.choice(0, of: Visibility.self) }
    }

    package func setMessage(
        _ id: MessageID, state: MessageState, reason: String?
    ) throws(StoreError) {
        try run(
            "UPDATE messages SET state = ?, state_reason = ? WHERE id = ?",
            [.text(state.rawValue), .optional(reason), .id(id)])
    }

    package func setMessage(_ id: MessageID, externalID: String) throws(StoreError) {
        try run("UPDATE messages SET external_id = ? WHERE id = ?", [.text(externalID), .id(id)])
    }

    /// Takes a network's id from the message that an echo made, because the network's answer says that it is ours.
    package func takeExternalID(_ externalID: String, for message: Message) throws(StoreError) {
        try run(
            """
            UPDATE messages SET external_id = NULL
            WHERE channel = ? AND external_id = ? AND direction = 'outbound' AND id <> ?
            """, [.text(message.channel), .text(externalID), .id(message.id)])
    }

    /// Replaces the text of a message and keeps what it said before.
    package func editMessage(
        _ message: Message, text: String, at time: Timestamp, envelope: EnvelopeID?
    ) throws(StoreError) {
        try run(
            """
            INSERT INTO edits (message_id, replaced_at, text, envelope_id) VALUES (?, ?, ?, ?)
            """, [.id(message.id), .time(time), .optional(message.text), .id(envelope)])
        try run(
            "UPDATE messages SET text = ?, edited_at = ? WHERE id = ?", [.text(text), .time(time), .id(message.id)])
    }

    /// Marks a message as withdrawn. Its text stays in the store, and is shown to nobody.
    package func deleteMessage(_ id: MessageID, at time: Timestamp) throws(StoreError) {
        try run("UPDATE messages SET deleted_at = ? WHERE id = ?", [.time(time), .id(id)])
    }

    /// Sets or removes (`nil`) an author's reaction.
    /// - Parameter isKnown: whether one of this very time is surely this one or older.
    /// - Returns: whether anything changed.
    package func setReaction(
        _ reaction: String?, of author: String, to message: MessageID, at time: Timestamp, isKnown: Bool = false
    ) throws(StoreError) -> Bool {
        let known = try row(
            "SELECT reaction, at FROM reactions WHERE message_id = ? AND author = ?", [.id(message), .text(author)])
        if let last = try known?.time(1), last > time || isKnown && last == time { return false }
        // A removal is kept too: the setting that it removed may still come, late.
        try run(
            """
            INSERT INTO reactions (message_id, author, reaction, at) VALUES (?, ?, ?, ?)
            ON CONFLICT (message_id, author) DO UPDATE SET reaction = excluded.reaction, at = excluded.at
            """, [.id(message), .text(author), .optional(reaction), .time(time)])
        return known?.optionalText(0) != reaction
    }
}

// MARK: - Parked events

extension Transaction {
    /// Keeps an event until the message that it speaks of is there.
    package func park(
        _ event: InboundEvent, channel: String, envelope: EnvelopeID, at time: Timestamp
    ) throws(StoreError) {
        try run(
            "INSERT INTO parked (channel, external_id, event, envelope_id, parked_at) VALUES (?, ?, ?, ?, ?)",
            [.text(channel), .text(event.id), .json(event.json), .id(envelope), .time(time)])
    }

    /// Whether this very event of this envelope waits already.
    package func isParked(
        _ event: InboundEvent, channel: String, envelope: EnvelopeID
    ) throws(StoreError) -> Bool {
        try row(
            "SELECT 1 FROM parked WHERE channel = ? AND external_id = ? AND envelope_id = ? AND event = ?",
            [.text(channel), .text(event.id), .id(envelope), .json(event.json)]) != nil
    }

    /// Takes the events that wait for a message, in the order in which they came.
    package func unpark(
        channel: String, externalID: String
    ) throws(StoreError) -> [(event: JSON, envelope: EnvelopeID)] {
        let values: [SQLValue] = [.text(channel), .text(externalID)]
        var events: [(event: JSON, envelope: EnvelopeID)] = []
        let found = try rows(
            "SELECT event, envelope_id FROM parked WHERE channel = ? AND external_id = ? ORDER BY id", values)
        for row in found { events.append((try row.json(0), try row.id(1, EnvelopeID.self))) }
        if !events.isEmpty { try run("DELETE FROM parked WHERE channel = ? AND external_id = ?", values) }
        return events
    }
}

extension Row {
    fileprivate func message() throws(StoreError) -> Message {
        let endpoint = optionalText(23)
        let sourceID = optionalText(24)
        var source: CommandSource?
        if let endpoint, let sourceID { source = CommandSource(endpoint: endpoint, id: sourceID) }
        return Message(
            id: try id(0, MessageID.self), conversation: try id(1, ConversationID.self), leg: try id(2, LegID.self),
            identity: optionalID(3, IdentityID.self), envelope: optionalID(4, EnvelopeID.self),
            channel: try text(5), externalID: optionalText(6), direction: try choice(7, of: Direction.self),
            author: try choice(8, of: AuthorKind.self), authorName: optionalText(9),
            visibility: try choice(10, of: Visibility.self), format: try choice(11, of: TextFormat.self),
            text: optionalText(12), replyTo: optionalText(13), at: try time(14), receivedAt: try time(15),
            state: try optionalChoice(16, of: MessageState.self), stateReason: optionalText(17),
            editedAt: optionalTime(18), deletedAt: optionalTime(19), permalink: optionalText(20),
            language: optionalText(21), fields: try optionalJSON(22), source: source)
    }
}
