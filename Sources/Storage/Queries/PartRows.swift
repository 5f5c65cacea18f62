// Queries on the parts of an outbound message: what the network takes in one piece.

package import Model

/// One piece of an outbound message.
package struct Part: Sendable, Hashable {
    /// From 1.
    package let number: Int64
    package let externalID: String?
    package let state: MessageState
    /// Empty for a file.
    package let text: String
    /// The file that the part is; `nil`: the part is a text.
    package let attachment: AttachmentID?
    /// What the connector keeps of the network's answer; `nil`: nothing.
    package let context: JSON?
}

extension Transaction {
    /// From the leg to its parts and never the other way: nobody looks through the parts of all.
    private var partsOfLegs: String {
        """
        SELECT p.message_id, p.part FROM legs l
        \(dialect.straightJoin) messages m ON m.conversation_id = l.conversation_id AND m.leg_id = l.id
        \(dialect.straightJoin) parts p ON p.message_id = m.id
        """
    }

    package func insertPart(
        _ number: Int, of message: MessageID, channel: String, text: String, attachment: AttachmentID? = nil
    ) throws(StoreError) {
        try run(
            """
            INSERT INTO parts (message_id, part, channel, state, text, attachment_id)
            VALUES (?, ?, ?, 'pending', ?, ?)
            """, [.id(message), .integer(Int64(number)), .text(channel), .text(text), .id(attachment)])
    }

    package func parts(of message: MessageID) throws(StoreError) -> [Part] {
        var parts: [Part] = []
        let found = try rows(
            """
            SELECT part, external_id, state, text, context, attachment_id FROM parts WHERE message_id = ? ORDER BY part
            """, [.id(message)])
        for row in found {
            parts.append(
                Part(
                    number: try row.integer(0), externalID: row.optionalText(1),
                    state: try row.choice(2, of: MessageState.self), text: try row.text(3),
                    attachment: row.optionalID(5, AttachmentID.self), context: try row.optionalJSON(4)))
        }
        return parts
    }

    package func setPart(_ number: Int64, of message: MessageID, state: MessageState) throws(StoreError) {
        try run(
            "UPDATE parts SET state = ? WHERE message_id = ? AND part = ?",
            [.text(state.rawValue), .id(message), .integer(number)])
    }

    /// Keeps when the attempt began that sent a part.
    package func setPart(_ number: Int64, of message: MessageID, sentAt time: Timestamp) throws(StoreError) {
        try run(
            "UPDATE parts SET sent_at = ? WHERE message_id = ? AND part = ?",
            [.time(time), .id(message), .integer(number)])
    }

    /// The parts that went out on a thread until `time` and may still become `state`, in order; `limit` at most.
    package func partsSent(
        on channel: String, thread: String, until time: Timestamp, mayBecome state: MessageState, limit: Int
    ) throws(StoreError) -> [(message: MessageID, number: Int64)] {
        let states = MessageState.allCases.filter { [.sent, .delivered].contains($0) && $0.mayBecome(state) }
        let words = states.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        let found = try rows(
            """
            \(partsOfLegs) WHERE l.channel = ? AND l.thread = ? AND p.sent_at <= ? AND p.state IN (\(words))
            ORDER BY p.message_id, p.part LIMIT ?
            """, [.text(channel), .text(thread), .time(time), .integer(Int64(limit))])
        var parts: [(MessageID, Int64)] = []
        for row in found { parts.append((try row.id(0, MessageID.self), try row.integer(1))) }
        return parts
    }

    /// Keeps what the connector wants to know of a part when the next one is sent.
    package func setPart(_ number: Int64, of message: MessageID, context: JSON) throws(StoreError) {
        try run(
            "UPDATE parts SET context = ? WHERE message_id = ? AND part = ?",
            [.json(context), .id(message), .integer(number)])
    }

    /// Ties a part to the id that the network gave it. The id of a part that another message has already is not
    /// taken twice.
    package func setPart(_ number: Int64, of message: MessageID, externalID: String) throws(StoreError) {
        try run(
            """
            UPDATE parts SET external_id = ? WHERE message_id = ? AND part = ?
              AND NOT EXISTS (SELECT 1 FROM parts o WHERE o.channel = parts.channel AND o.external_id = ?)
            """, [.text(externalID), .id(message), .integer(number), .text(externalID)])
    }

    /// A part of this text that went out on a leg and has no id of the network yet: what an echo may be of.
    package func unnamedPart(
        on leg: LegID, text: String
    ) throws(StoreError) -> (message: MessageID, number: Int64)? {
        try unnamed(on: leg, in: [.pending, .sent], text: text, limit: 1).first
    }

    /// The first file that went out on a leg and has no id of the network yet.
    package func unnamedFile(on leg: LegID) throws(StoreError) -> (message: MessageID, number: Int64)? {
        try unnamed(on: leg, in: [.pending, .sent], text: nil, limit: 1).first
    }

    /// The parts of a leg that failed and have no id of the network: what a late echo may be of.
    /// - Parameter text: what they say; `nil`: those that are files.
    package func unnamedFailures(
        on leg: LegID, text: String?, limit: Int
    ) throws(StoreError) -> [(message: MessageID, number: Int64)] {
        try unnamed(on: leg, in: [.failed], text: text, limit: limit)
    }

    private func unnamed(
        on leg: LegID, in states: [MessageState], text: String?, limit: Int
    ) throws(StoreError) -> [(message: MessageID, number: Int64)] {
        let words = states.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        let likeness = text == nil ? "p.attachment_id IS NOT NULL" : "p.text = ? AND p.attachment_id IS NULL"
        let found = try rows(
            """
            \(partsOfLegs) WHERE l.id = ? AND p.external_id IS NULL AND p.state IN (\(words)) AND \(likeness)
            ORDER BY p.message_id, p.part LIMIT ?
            """, [.id(leg)] + (text.map { [.text($0)] } ?? []) + [.integer(Int64(limit))])
        var parts: [(MessageID, Int64)] = []
        for row in found { parts.append((try row.id(0, MessageID.self), try row.integer(1))) }
        return parts
    }
}
