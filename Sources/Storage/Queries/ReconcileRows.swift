// Queries for comparing our tickets with a CRM's: which a contract has, and which conversations have none.

package import Model

/// A conversation that a contract was told of and that has no ticket there.
package struct Unticketed: Sendable {
    package let conversation: ConversationID
    /// How many of its deliveries wait or are on the way.
    package let waiting: Int64
    /// How many were delivered.
    package let delivered: Int64
    /// The first dead letter: its outcome and why.
    package let dead: (outcome: String, reason: String)?
}

extension Transaction {
    /// The tickets of a contract that were made in a time, the oldest first. `since` is in it, `until` is not.
    package func tickets(
        of contract: String, since: Timestamp, until: Timestamp
    ) throws(StoreError) -> [(conversation: ConversationID, ticket: Ticket)] {
        let found = try rows(
            """
            SELECT conversation_id, external_id, url, context FROM tickets
            WHERE id >= ? AND id < ? AND contract = ? ORDER BY id
            """, [.id(TicketID.floor(at: since)), .id(TicketID.floor(at: until)), .text(contract)])
        var tickets: [(ConversationID, Ticket)] = []
        for row in found {
            let ticket = Ticket(
                externalID: try row.text(1), url: row.optionalText(2), context: try row.optionalJSON(3))
            tickets.append((try row.id(0, ConversationID.self), ticket))
        }
        return tickets
    }

    /// The conversations that were opened in a time, that a contract was told of, and that have no ticket there, the
    /// oldest first.
    package func unticketed(
        of contract: String, since: Timestamp, until: Timestamp
    ) throws(StoreError) -> [Unticketed] {
        let found = try rows(
            """
            SELECT c.id, l.id FROM conversations c
            JOIN lanes l ON l.conversation_id = c.id AND l.destination = ?
            WHERE c.id >= ? AND c.id < ?
              AND NOT EXISTS (SELECT 1 FROM tickets t WHERE t.contract = ? AND t.conversation_id = c.id)
            ORDER BY c.id
            """,
            [
                .text(Endpoint.contract(contract).description), .id(ConversationID.floor(at: since)),
                .id(ConversationID.floor(at: until)), .text(contract),
            ])
        var conversations: [Unticketed] = []
        for row in found {
            let lane = try row.id(1, LaneID.self)
            let counts = try self.row(
                """
                SELECT count(CASE WHEN \(waits("deliveries")) THEN 1 END),
                  count(CASE WHEN state = 'delivered' THEN 1 END) FROM deliveries WHERE lane_id = ?
                """, [.id(lane)])
            let dead = try self.row(
                """
                SELECT coalesce(outcome, ''), coalesce(reason, '') FROM deliveries
                WHERE lane_id = ? AND state = 'failed' ORDER BY sequence LIMIT 1
                """, [.id(lane)])
            conversations.append(
                Unticketed(
                    conversation: try row.id(0, ConversationID.self), waiting: try counts?.integer(0) ?? 0,
                    delivered: try counts?.integer(1) ?? 0,
                    dead: try dead.map { (dead) throws(StoreError) in (try dead.text(0), try dead.text(1)) }))
        }
        return conversations
    }
}
