// Queries on tickets: which unit of work at a CRM stands for which conversation.

package import Model

extension Transaction {
    /// The ticket of a conversation under a contract.
    package func ticket(contract: String, conversation: ConversationID) throws(StoreError) -> Ticket? {
        try row(
            "SELECT external_id, url, context FROM tickets WHERE contract = ? AND conversation_id = ?",
            [.text(contract), .id(conversation)]
        ).map { (row) throws(StoreError) in
            Ticket(externalID: try row.text(0), url: row.optionalText(1), context: try row.optionalJSON(2))
        }
    }

    /// All tickets of a conversation, by contract.
    package func tickets(
        of conversation: ConversationID
    ) throws(StoreError) -> [(contract: String, ticket: Ticket)] {
        var tickets: [(contract: String, ticket: Ticket)] = []
        let found = try rows(
            "SELECT contract, external_id, url, context FROM tickets WHERE conversation_id = ? ORDER BY contract",
            [.id(conversation)])
        for row in found {
            tickets.append(
                (
                    try row.text(0),
                    Ticket(externalID: try row.text(1), url: row.optionalText(2), context: try row.optionalJSON(3))
                ))
        }
        return tickets
    }

    /// The conversation for which a CRM's ticket stands.
    package func conversation(contract: String, ticket: String) throws(StoreError) -> ConversationID? {
        try row(
            "SELECT conversation_id FROM tickets WHERE contract = ? AND external_id = ?",
            [.text(contract), .text(ticket)]
        ).map { (row) throws(StoreError) in try row.id(0, ConversationID.self) }
    }

    /// Remembers a conversation's ticket, or what is new about it.
    package func saveTicket(
        _ ticket: Ticket, contract: String, conversation: ConversationID, at time: Timestamp
    ) throws(StoreError) {
        try run(
            """
            INSERT INTO tickets (id, contract, conversation_id, external_id, url, context, created_at, updated_at)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT (contract, conversation_id) DO UPDATE SET external_id = excluded.external_id,
              url = coalesce(excluded.url, tickets.url), context = coalesce(excluded.context, tickets.context),
              updated_at = excluded.updated_at
            """,
            [
                .id(TicketID(at: time)), .text(contract), .id(conversation), .text(ticket.externalID),
                .optional(ticket.url), .optional(ticket.context), .time(time), .time(time),
            ])
    }
}
