// Events that were sent to a contract, and sending them again.

package import Model

/// Which events of a contract are meant.
package struct EventSpan: Sendable, Hashable {
    package let contract: Endpoint
    /// Made at this time or later.
    package let since: Timestamp
    /// Made before this time.
    package let until: Timestamp
    /// Only these; empty: all.
    package let types: [ContractEventType]
    /// Only of this one; `nil`: of all.
    package let conversation: ConversationID?

    package init(
        of contract: Endpoint, since: Timestamp, until: Timestamp, types: [ContractEventType] = [],
        conversation: ConversationID? = nil
    ) {
        self.contract = contract
        self.since = since
        self.until = until
        self.types = types
        self.conversation = conversation
    }

    /// As the audit keeps it.
    package var json: JSON {
        .members([
            "contract": .string(contract.description), "since": JSON(since), "until": JSON(until),
            "types": types.isEmpty ? nil : .array(types.map { .string($0.rawValue) }),
            "conversation": JSON(conversation?.text),
        ])
    }
}

extension EventSpan {
    /// A delivery `d`, or one that repeats it, is still to be sent.
    private static let isWaiting = """
        (\(waits("d")) OR EXISTS (SELECT 1 FROM deliveries w WHERE w.original_id = d.id AND \(waits("w"))))
        """

    /// What follows `FROM`, the tables called `d` and `l`, with its values: every event, each once, but those that a
    /// person cancelled. One that was replaced by its repetition is cancelled too, and is meant.
    fileprivate var source: (sql: String, values: [SQLValue]) {
        let tables = conversation == nil ? "deliveries d CROSS JOIN lanes l" : "lanes l CROSS JOIN deliveries d"
        var sql = """
            \(tables) WHERE l.id = d.lane_id AND l.destination = ? AND d.kind = 'event' AND d.original_id IS NULL
              AND d.created_at >= ? AND d.created_at < ?
              AND (d.state <> 'cancelled' OR EXISTS (SELECT 1 FROM deliveries c WHERE c.original_id = d.id))
            """
        var values: [SQLValue] = [.text(contract.description), .time(since), .time(until)]
        if let conversation {
            sql += " AND l.conversation_id = ?"
            values.append(.id(conversation))
        }
        if !types.isEmpty {
            // One engine writes a space after the colon, the other none.
            let one = "CAST(d.payload AS TEXT) LIKE ? OR CAST(d.payload AS TEXT) LIKE ?"
            sql += " AND (\(types.map { _ in one }.joined(separator: " OR ")))"
            for type in types {
                values += [.text("%\"type\":\"\(type.rawValue)\"%"), .text("%\"type\": \"\(type.rawValue)\"%")]
            }
        }
        return (sql, values)
    }

    fileprivate static let isSendable = "NOT \(isWaiting)"
}

extension Transaction {
    /// How many events a span means, how many of them are still to be sent anyway, and the oldest and newest of those
    /// that are not; `nil`: there is none.
    package func eventCount(
        in span: EventSpan
    ) throws(StoreError) -> (count: Int, waiting: Int, ends: (oldest: DeliveryID, newest: DeliveryID)?) {
        let (sql, values) = span.source
        let count = Int(try row("SELECT count(*) FROM \(sql)", values)?.integer(0) ?? 0)
        let sendable = "FROM \(sql) AND \(EventSpan.isSendable)"
        let found = try row("SELECT count(*), min(d.sequence), max(d.sequence) \(sendable)", values)
        guard let found, let first = found.optionalInteger(1), let last = found.optionalInteger(2) else {
            return (count, count, nil)
        }
        var ends: [DeliveryID] = []
        for sequence in [first, last] {
            let row = try row("SELECT id FROM deliveries WHERE sequence = ?", [.integer(sequence)])
            if let row { ends.append(try row.id(0, DeliveryID.self)) }
        }
        guard ends.count == 2 else { return (count, count, nil) }
        return (count, count - Int(try found.integer(0)), (ends[0], ends[1]))
    }

    /// Events of a span that were sent before and are not to be sent anyway, the oldest first.
    /// - Parameters:
    ///   - first: from this one on.
    ///   - isAfter: whether `first` itself is left out.
    ///   - last: up to this one.
    package func sentEvents(
        in span: EventSpan, from first: DeliveryID, isAfter: Bool, through last: DeliveryID, limit: Int
    ) throws(StoreError) -> [Delivery] {
        let (sql, values) = span.source
        let bounds = """
            AND d.sequence \(isAfter ? ">" : ">=") (SELECT b.sequence FROM deliveries b WHERE b.id = ?)
            AND d.sequence <= (SELECT e.sequence FROM deliveries e WHERE e.id = ?)
            """
        return try deliveries(
            from: "\(sql) \(bounds) AND \(EventSpan.isSendable) ORDER BY d.sequence LIMIT ?",
            values + [.id(first), .id(last), .integer(Int64(limit))]
        ).map(\.delivery)
    }

    /// Puts an event that was sent at the end of its lane, to go out under the same id. Dead letters of it are
    /// replaced: they are cancelled, so that nobody sends them a third time.
    package func sendAgain(_ event: Delivery, at time: Timestamp) throws(StoreError) {
        let original = event.original ?? event.id
        let id = try enqueue(
            NewDelivery(
                destination: event.destination, conversation: event.conversation, kind: event.kind,
                payload: event.payload, correlation: event.correlation, urgency: .bulk, original: original), at: time)
        try run(
            """
            UPDATE deliveries SET state = 'cancelled', ended_at = ?, reason = ?
            WHERE (id = ? OR original_id = ?) AND state = 'failed'
            """, [.time(time), .text("sent again as \(id)"), .id(original), .id(original)])
    }
}
