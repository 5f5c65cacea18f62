// Queries on the delivery that carries one part of a reply: what is known of it, and what the network tells later.

package import Model

extension Transaction {
    /// The delivery that carries a part of a message; `nil`: the message is none of ours.
    package func carrier(of part: Int64, of message: Message) throws(StoreError) -> DeliveryRecord? {
        try deliveries(
            from: """
                lanes l JOIN deliveries d ON d.lane_id = l.id
                WHERE l.destination = ? AND l.conversation_id = ? AND d.kind = 'reply'
                  AND CAST(d.payload AS TEXT) LIKE ?
                """,
            [
                .text(Endpoint.channel(message.channel).description), .id(message.conversation),
                .text("%\"\(message.id.text)\"%"),
            ]
        ).first { $0.delivery.payload["part"].integer == part }
    }

    /// When the last attempt began of which nobody saw the end; `nil`: the end of each is known.
    package func lostAttempt(of delivery: DeliveryID) throws(StoreError) -> Timestamp? {
        try row(
            "SELECT max(started_at) FROM attempts WHERE delivery_id = ? AND outcome = ?",
            [.id(delivery), .text(OutcomeClass.unknownOutcome.rawValue)])?.optionalTime(0)
    }

    /// Ends a delivery as delivered because the other side shows what it carried.
    /// - Parameter reason: how we know.
    package func settleDelivery(_ id: DeliveryID, reason: String, at time: Timestamp) throws(StoreError) {
        try run(
            "UPDATE deliveries SET state = 'delivered', ended_at = ?, outcome = ?, reason = ? WHERE id = ?",
            [.time(time), .text(OutcomeClass.ok.rawValue), .text(reason), .id(id)])
    }
}
