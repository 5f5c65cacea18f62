// Queries on conversations and their legs.

package import Model

let conversationColumns =
    "c.id, c.person_id, c.status, c.subject, c.opened_at, c.closed_at, c.former_id, c.reason, c.priority"
/// The last inbound time is looked up, not kept: replies ask for it now and then, and keeping it would cost every
/// message that comes in a write of its own.
private let legColumns = """
    l.id, l.conversation_id, l.channel, l.thread, l.identity_id, l.context, l.context_expires_at, l.context_once,
    coalesce((SELECT m.at FROM messages m WHERE m.conversation_id = l.conversation_id AND m.leg_id = l.id
      AND m.direction = 'inbound' ORDER BY m.at DESC, m.id DESC LIMIT 1), l.opened_at) AS last_inbound_at,
    l.is_guest
    """

extension Transaction {
    package func insertConversation(_ conversation: Conversation) throws(StoreError) {
        try run(
            """
            INSERT INTO conversations (id, person_id, status, subject, opened_at, former_id, reason)
            VALUES (?, ?, 'open', ?, ?, ?, ?)
            """,
            [
                .id(conversation.id), .id(conversation.person), .optional(conversation.subject),
                .time(conversation.openedAt), .id(conversation.former),
                .text(conversation.reason),
            ])
    }

    package func conversation(_ id: ConversationID) throws(StoreError) -> Conversation? {
        try row("SELECT \(conversationColumns) FROM conversations c WHERE c.id = ?", [.id(id)])
            .map { (row) throws(StoreError) in try row.conversation(0) }
    }

    /// Opens or closes a conversation.
    /// - Parameter said: when the other side did so there; the same as `time` when it does not tell.
    package func setConversation(
        _ id: ConversationID, status: ConversationStatus, at time: Timestamp, said: Timestamp
    ) throws(StoreError) {
        try run(
            "UPDATE conversations SET status = ?, closed_at = ?, status_at = ? WHERE id = ?",
            [.text(status.rawValue), status == .closed ? .time(time) : .null, .time(said), .id(id)])
    }

    /// The status that a conversation has was set once more, there at this time. An older one changes nothing.
    package func confirmStatus(of id: ConversationID, said: Timestamp) throws(StoreError) {
        try run(
            """
            UPDATE conversations SET status_at = ? WHERE id = ? AND coalesce(status_at, closed_at, opened_at) < ?
            """, [.time(said), .id(id), .time(said)])
    }

    /// When a conversation got its status, as the side that set it tells; when it was opened, if nobody did.
    package func statusTime(of id: ConversationID) throws(StoreError) -> Timestamp? {
        try row("SELECT coalesce(status_at, closed_at, opened_at) FROM conversations WHERE id = ?", [.id(id)])
            .map { (row) throws(StoreError) in try row.time(0) }
    }

    /// Sets how urgent a conversation is.
    package func setConversation(_ id: ConversationID, priority: Priority) throws(StoreError) {
        try run(
            "UPDATE conversations SET priority = ? WHERE id = ?", [.text(priority.rawValue), .id(id)])
    }

    /// Conversations, the newest first, `limit` at most, older than `before` when that is given.
    package func conversations(
        before: ConversationID?, status: ConversationStatus?, limit: Int
    ) throws(StoreError) -> [Conversation] {
        let found = try rows(
            """
            SELECT \(conversationColumns) FROM conversations c
            WHERE c.id < coalesce(?, '~') AND c.status = coalesce(?, c.status)
            ORDER BY c.id DESC LIMIT ?
            """,
            [
                .id(before), .optional(status?.rawValue), .integer(Int64(limit)),
            ])
        var conversations: [Conversation] = []
        for row in found { conversations.append(try row.conversation(0)) }
        return conversations
    }

    package func insertLeg(_ leg: Leg) throws(StoreError) {
        try run(
            """
            INSERT INTO legs (id, conversation_id, channel, thread, identity_id, context, context_expires_at,
              context_once, context_at, opened_at, is_guest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .id(leg.id), .id(leg.conversation), .text(leg.channel), .text(leg.thread), .id(leg.identity),
                .optional(leg.context), .optional(leg.contextExpiresAt), .integer(leg.isContextOnce ? 1 : 0),
                .time(leg.lastInboundAt), .time(leg.lastInboundAt), .integer(leg.isGuest ? 1 : 0),
            ])
    }

    /// Replaces what a leg needs to be answered on, as the message of this time gave it. An older one changes nothing.
    package func setContext(
        of id: LegID, to context: JSON, expires: Timestamp?, isOnce: Bool, at time: Timestamp
    ) throws(StoreError) {
        try run(
            """
            UPDATE legs SET context = ?, context_expires_at = ?, context_once = ?, context_at = ?
            WHERE id = ? AND context_at <= ?
            """,
            [.json(context), .optional(expires), .integer(isOnce ? 1 : 0), .time(time), .id(id), .time(time)])
    }

    /// Forgets a context that was good for one reply, unless a message of a later time has brought another.
    package func spendContext(of id: LegID, at time: Timestamp) throws(StoreError) {
        try run(
            """
            UPDATE legs SET context = NULL, context_expires_at = NULL, context_once = 0
            WHERE id = ? AND context_once = 1 AND context_at <= ?
            """, [.id(id), .time(time)])
    }

    /// Ends a leg: the next message on its thread opens another.
    package func endLeg(_ id: LegID, at time: Timestamp) throws(StoreError) {
        try run("UPDATE legs SET ended_at = ? WHERE id = ?", [.time(time), .id(id)])
    }

    package func leg(_ id: LegID) throws(StoreError) -> Leg? {
        try row("SELECT \(legColumns) FROM legs l WHERE l.id = ?", [.id(id)])
            .map { (row) throws(StoreError) in try row.leg(0) }
    }

    /// The legs of a conversation, the one that the person used last first.
    package func legs(of conversation: ConversationID) throws(StoreError) -> [Leg] {
        var legs: [Leg] = []
        let found = try rows(
            """
            SELECT \(legColumns) FROM legs l WHERE l.conversation_id = ? ORDER BY last_inbound_at DESC, l.id DESC
            """, [.id(conversation)])
        for row in found { legs.append(try row.leg(0)) }
        return legs
    }

    /// The thread on which an address takes part in a conversation, the open one first; `nil`: it takes no part.
    package func participation(
        of address: String, network: String, channel: String, in conversation: ConversationID
    ) throws(StoreError) -> String? {
        try row(
            """
            SELECT l.thread FROM legs l JOIN identities i ON i.id = l.identity_id
            WHERE l.conversation_id = ? AND l.channel = ? AND i.network = ? AND i.scope = ? AND i.address = ?
            ORDER BY CASE WHEN l.ended_at IS NULL THEN 0 ELSE 1 END, l.id DESC LIMIT 1
            """, [.id(conversation), .text(channel), .text(network), .text(channel), .text(address)]
        ).map { (row) throws(StoreError) in try row.text(0) }
    }

    /// The open leg on a thread; the latest used when several people share it.
    package func openLeg(channel: String, thread: String) throws(StoreError) -> Leg? {
        try row(
            """
            SELECT \(legColumns) FROM legs l WHERE l.channel = ? AND l.thread = ? AND l.ended_at IS NULL
            ORDER BY last_inbound_at DESC LIMIT 1
            """, [.text(channel), .text(thread)]
        ).map { (row) throws(StoreError) in try row.leg(0) }
    }
}

extension Row {
    /// A conversation from nine columns beginning at `index`.
    func conversation(_ index: Int) throws(StoreError) -> Conversation {
        var conversation = Conversation(
            id: try id(index, ConversationID.self), person: try id(index + 1, PersonID.self),
            status: try choice(index + 2, of: ConversationStatus.self), subject: optionalText(index + 3),
            openedAt: try time(index + 4), former: optionalID(index + 6, ConversationID.self),
            reason: try text(index + 7))
        conversation.closedAt = optionalTime(index + 5)
        conversation.priority = try choice(index + 8, of: Priority.self)
        return conversation
    }

    fileprivate func leg(_ index: Int) throws(StoreError) -> Leg {
        Leg(
            id: try id(index, LegID.self), conversation: try id(index + 1, ConversationID.self),
            channel: try text(index + 2), thread: try text(index + 3), identity: try id(index + 4, IdentityID.self),
            context: try optionalJSON(index + 5), contextExpiresAt: optionalTime(index + 6),
            isContextOnce: try integer(index + 7) == 1, lastInboundAt: try time(index + 8),
            isGuest: try integer(index + 9) == 1)
    }
}
