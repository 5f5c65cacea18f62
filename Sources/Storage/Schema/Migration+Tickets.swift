// The way from a conversation to its tickets, whatever their contract.

extension Migration {
    /// A conversation that is shown names its tickets; without an index all tickets of all conversations are read.
    static let ticketsByConversation = Migration(
        number: 20, name: "tickets by conversation",
        statements: ["CREATE INDEX tickets_conversation ON tickets (conversation_id, contract)"])
}
