// Events of contracts that ask for them: which were handed out, and up to where they are acknowledged.
//
// A lane of such a contract is due while it holds an event that was not handed out yet. An event gets its position when
// it is handed out first, not when it is made: whatever the order in which transactions commit, nothing ever comes into
// a place that a reader has passed.

package import Model

/// How far a contract has come in its events.
package struct FeedState: Sendable, Hashable {
    /// Of the newest event that was handed out; 0: none was.
    package let position: Int64
    /// Up to which all are acknowledged; 0: none is.
    package let acknowledged: Int64
}

/// Some events in the order of their positions.
package struct FeedPage: Sendable {
    package let events: [Delivery]
    /// The position of the last one, or where the page begins when it is empty.
    package let end: Int64
}

extension Transaction {
    /// How far a contract has come. Its row is written, so that no other transaction gives out positions meanwhile.
    package func lockedFeed(of contract: Endpoint) throws(StoreError) -> FeedState {
        try run(
            """
            INSERT INTO feeds (destination, position, acknowledged) VALUES (?, 0, 0)
            ON CONFLICT (destination) DO UPDATE SET position = feeds.position
            """, [.text(contract.description)])
        return try feed(of: contract)
    }

    private func feed(of contract: Endpoint) throws(StoreError) -> FeedState {
        let found = try row(
            "SELECT position, acknowledged FROM feeds WHERE destination = ?", [.text(contract.description)])
        guard let found else { return FeedState(position: 0, acknowledged: 0) }
        return FeedState(position: try found.integer(0), acknowledged: try found.integer(1))
    }

    /// Whether there may be something behind a position: what was handed out, or what never was.
    package func hasEvents(of contract: Endpoint, after position: Int64) throws(StoreError) -> Bool {
        if try feed(of: contract).position > position { return true }
        return try row(
            "SELECT 1 FROM lanes WHERE destination = ? AND due_at IS NOT NULL LIMIT 1",
            [.text(contract.description)]) != nil
    }

    /// Everything up to a position is delivered. What was acknowledged before, or cancelled, stays as it is.
    /// - Parameter reason: who says so.
    package func acknowledge(
        _ contract: Endpoint, through position: Int64, because reason: String, at time: Timestamp
    ) throws(StoreError) {
        let before = try feed(of: contract).acknowledged
        guard position > before else { return }
        try run(
            """
            UPDATE deliveries SET state = 'delivered', ended_at = ?, outcome = 'ok', reason = ?
            WHERE \(waits("deliveries")) AND id IN
              (SELECT delivery_id FROM handouts WHERE destination = ? AND position > ? AND position <= ?)
            """,
            [.time(time), .text(reason), .text(contract.description), .integer(before), .integer(position)])
        try run(
            "UPDATE feeds SET acknowledged = ? WHERE destination = ?",
            [.integer(position), .text(contract.description)])
    }

    /// Events behind a position: first those that were handed out before, then those that never were, live ones first,
    /// each lane in its order. Only with a feed that this transaction has locked.
    package func takeEvents(of contract: Endpoint, after start: Int64, limit: Int) throws(StoreError) -> FeedPage {
        let old = try handedOut(of: contract, after: start, limit: limit)
        guard old.events.count < limit else { return old }
        try handOut(of: contract, limit: limit - old.events.count)
        let new = try handedOut(of: contract, after: old.end, limit: limit - old.events.count)
        return FeedPage(events: old.events + new.events, end: new.end)
    }

    private func handedOut(of contract: Endpoint, after start: Int64, limit: Int) throws(StoreError) -> FeedPage {
        let events = try deliveries(
            from: """
                handouts h CROSS JOIN deliveries d CROSS JOIN lanes l
                WHERE h.destination = ? AND h.position > ? AND d.id = h.delivery_id AND l.id = d.lane_id
                  AND d.state NOT IN ('cancelled', 'failed') ORDER BY h.position LIMIT ?
                """, [.text(contract.description), .integer(start), .integer(Int64(limit))]
        ).map(\.delivery)
        guard let last = events.last else { return FeedPage(events: [], end: start) }
        let end = try row("SELECT position FROM handouts WHERE delivery_id = ?", [.id(last.id)])
        return FeedPage(events: events, end: try end?.integer(0) ?? start)
    }

    /// Gives positions to events that have none.
    private func handOut(of contract: Endpoint, limit: Int) throws(StoreError) {
        // Held, so that nothing comes into one of them between the look and its end.
        let lanes = try rows(
            """
            SELECT id FROM lanes WHERE destination = ? AND due_at IS NOT NULL AND lease_owner IS NULL ORDER BY id
            \(dialect.forUpdate)
            """, [.text(contract.description)])
        let found = try rows(
            """
            SELECT d.id FROM lanes l CROSS JOIN deliveries d
            WHERE l.destination = ? AND l.due_at IS NOT NULL AND d.lane_id = l.id
              AND \(waits("d"))
              AND NOT EXISTS (SELECT 1 FROM handouts h WHERE h.delivery_id = d.id)
            ORDER BY l.urgency DESC, d.sequence LIMIT ?
            """, [.text(contract.description), .integer(Int64(limit))])
        var position = try feed(of: contract).position
        for row in found {
            position += 1
            try run(
                "INSERT INTO handouts (destination, position, delivery_id) VALUES (?, ?, ?)",
                [.text(contract.description), .integer(position), .id(try row.id(0, DeliveryID.self))])
        }
        try run(
            "UPDATE feeds SET position = ? WHERE destination = ?", [.integer(position), .text(contract.description)])
        guard found.count < limit else { return }
        // Nothing is left that has no position: what comes next makes its lane due, and wakes who waits.
        for lane in lanes {
            try run("UPDATE lanes SET due_at = NULL WHERE id = ?", [.id(try lane.id(0, LaneID.self))])
        }
    }

    /// Makes the lanes due whose events were handed out and not acknowledged: for a contract that is sent to again.
    package func resumeSending(to contract: Endpoint, at time: Timestamp) throws(StoreError) {
        guard try feed(of: contract).position > 0 else { return }
        try run(
            """
            UPDATE lanes SET due_at = ? WHERE destination = ? AND due_at IS NULL AND EXISTS (SELECT 1 FROM deliveries d
              WHERE d.lane_id = lanes.id AND \(waits("d")))
            """, [.time(time), .text(contract.description)])
        raise(.deliveries)
    }
}
