// Which deliveries are meant: one value for listing, counting, retrying and cancelling.

package import Model

/// Says which deliveries are meant. What is `nil` or empty lets all pass; what is given must all be true.
package struct DeliveryQuery: Sendable, Hashable {
    /// How many ids one query may name.
    package static let idsMax = 1000

    /// At most ``idsMax``; empty: any.
    package var ids: [DeliveryID] = []
    /// `nil`: any.
    package var states: [DeliveryState]?
    package var destination: Endpoint?
    package var conversation: ConversationID?
    package var kind: DeliveryKindName?
    /// The type of the event that it carries.
    package var type: ContractEventType?
    /// What its last attempt came to.
    package var outcome: OutcomeClass?
    /// Words that its reason holds, in any case.
    package var reason: String?
    /// Ended at this time or later; one that is not at its end: made then or later.
    package var since: Timestamp?
    /// Ended before this time; one that is not at its end: made before.
    package var until: Timestamp?

    package init(states: [DeliveryState]? = nil, destination: Endpoint? = nil) {
        self.states = states
        self.destination = destination
    }

    /// Whether it lets every delivery pass.
    package var isEmpty: Bool { self == DeliveryQuery() }

    /// As the audit keeps it.
    package var json: JSON {
        .members([
            "ids": ids.isEmpty ? nil : .array(ids.map { .string($0.text) }),
            "states": states.map { .array($0.map { .string($0.rawValue) }) },
            "destination": JSON(destination?.description), "conversation": JSON(conversation?.text),
            "kind": JSON(kind?.rawValue), "type": JSON(type?.rawValue), "outcome": JSON(outcome?.rawValue),
            "reason": JSON(reason), "since": JSON(since), "until": JSON(until),
        ])
    }
}

extension DeliveryQuery {
    /// What follows `FROM`, the tables called `d` and `l`, with its values.
    ///
    /// The order of the tables is the order in which they are read. A conversation has few lanes, so it begins with
    /// them; all else is read by sequence number from the place where the last page ended, and nothing is sorted.
    var source: (sql: String, values: [SQLValue]) {
        let tables = conversation == nil ? "deliveries d CROSS JOIN lanes l" : "lanes l CROSS JOIN deliveries d"
        var (parts, values): ([String], [SQLValue]) = (["\(tables) WHERE l.id = d.lane_id"], [])
        func ask(_ condition: String, _ given: SQLValue...) {
            parts.append(" AND \(condition)")
            values += given
        }
        if !ids.isEmpty {
            parts.append(" AND d.id IN (\(ids.map { _ in "?" }.joined(separator: ", ")))")
            values += ids.map { .id($0) }
        }
        switch states {
        // Written out, so that the indexes on one state apply.
        case .some(let states) where states.isEmpty: parts.append(" AND 1 = 0")
        case .some(let states) where states.count == 1: ask("d.state = '\(states[0].rawValue)'")
        case .some(let states):
            ask("d.state IN (\(states.map { "'\($0.rawValue)'" }.joined(separator: ", ")))")
        case nil: break
        }
        if let destination { ask("l.destination = ?", .text(destination.description)) }
        if let conversation { ask("l.conversation_id = ?", .id(conversation)) }
        if let kind { ask("d.kind = ?", .text(kind.rawValue)) }
        if let type {
            // One engine writes a space after the colon, the other none.
            ask(
                "(CAST(d.payload AS TEXT) LIKE ? OR CAST(d.payload AS TEXT) LIKE ?)",
                .text("%\"type\":\"\(type.rawValue)\"%"), .text("%\"type\": \"\(type.rawValue)\"%"))
        }
        if let outcome { ask("d.outcome = ?", .text(outcome.rawValue)) }
        if let reason { ask("lower(d.reason) LIKE ? ESCAPE '\\'", .text("%\(Self.literal(reason))%")) }
        if let since { ask("coalesce(d.ended_at, d.created_at) >= ?", .time(since)) }
        if let until { ask("coalesce(d.ended_at, d.created_at) < ?", .time(until)) }
        return (parts.joined(), values)
    }

    /// A text as a pattern that matches nothing else, its letters A to Z small: both engines fold no others.
    private static func literal(_ text: String) -> String {
        let folded = String(decoding: text.utf8.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 }, as: UTF8.self)
        return folded.replacing("\\", with: "\\\\").replacing("%", with: "\\%").replacing("_", with: "\\_")
    }
}

extension Transaction {
    /// Deliveries, the newest first.
    /// - Parameter before: only what is older than this one; `nil`: from the newest on.
    package func deliveries(
        matching query: DeliveryQuery, before: DeliveryID? = nil, limit: Int
    ) throws(StoreError) -> [DeliveryRecord] {
        var (sql, values) = query.source
        if let before {
            sql += " AND d.sequence < (SELECT b.sequence FROM deliveries b WHERE b.id = ?)"
            values.append(.id(before))
        }
        return try deliveries(
            from: "\(sql) ORDER BY d.sequence DESC LIMIT ?", values + [.integer(Int64(limit))])
    }

    /// Deliveries, the oldest first, in the order of their lanes.
    /// - Parameters:
    ///   - after: only what is newer than this one; `nil`: from the oldest on.
    ///   - last: up to this one; what comes later is not meant.
    package func deliveries(
        matching query: DeliveryQuery, after: DeliveryID?, through last: DeliveryID, limit: Int
    ) throws(StoreError) -> [DeliveryRecord] {
        var (sql, values) = query.source
        sql += " AND d.sequence <= (SELECT e.sequence FROM deliveries e WHERE e.id = ?)"
        values.append(.id(last))
        if let after {
            sql += " AND d.sequence > (SELECT b.sequence FROM deliveries b WHERE b.id = ?)"
            values.append(.id(after))
        }
        return try deliveries(
            from: "\(sql) ORDER BY d.sequence LIMIT ?", values + [.integer(Int64(limit))])
    }

    /// How many deliveries match, and the newest of them; `nil`: none does.
    package func deliveryCount(
        of query: DeliveryQuery
    ) throws(StoreError) -> (count: Int, newest: DeliveryID?) {
        let (sql, values) = query.source
        guard let row = try row("SELECT count(*), max(d.sequence) FROM \(sql)", values),
            let sequence = row.optionalInteger(1)
        else { return (0, nil) }
        let newest = try self.row("SELECT id FROM deliveries WHERE sequence = ?", [.integer(sequence)])
        return (Int(try row.integer(0)), try newest?.id(0, DeliveryID.self))
    }

    /// Cancels a delivery that waits or failed: it is not sent any more.
    package func cancelDelivery(_ id: DeliveryID, reason: String, at time: Timestamp) throws(StoreError) {
        try run(
            """
            UPDATE deliveries SET state = 'cancelled', ended_at = ?, reason = ?
            WHERE id = ? AND state IN ('pending', 'snoozed', 'failed')
            """, [.time(time), .text(reason), .id(id)])
    }
}
