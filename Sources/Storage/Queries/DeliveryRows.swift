// Queries on deliveries and attempts: the outbox.

package import Model

private let deliveryColumns = """
    d.id, d.lane_id, l.destination, l.conversation_id, d.kind, d.payload, d.state, d.attempts, d.progress,
    d.correlation, d.created_at, d.failures, d.trying_since, d.saved, d.original_id
    """

/// Whether a delivery is not at its end, in SQL. In the words of the index of those deliveries: the engine sees by them
/// that the index holds every one.
func waits(_ table: String) -> String {
    "(\(table).state = 'pending' OR \(table).state = 'sending' OR \(table).state = 'snoozed')"
}

private let pendingAgain =
    "UPDATE deliveries SET state = 'pending', failures = 0, trying_since = ?, due_at = ?, ended_at = NULL"

/// What is put into the outbox.
package struct NewDelivery: Sendable {
    package let destination: Endpoint
    package let conversation: ConversationID
    package let kind: DeliveryKindName
    package let payload: JSON
    package let correlation: String
    package let urgency: Urgency
    /// What it repeats; `nil`: nothing.
    let original: DeliveryID?

    package init(
        destination: Endpoint, conversation: ConversationID, kind: DeliveryKindName, payload: JSON,
        correlation: String, urgency: Urgency = .live
    ) {
        self.init(
            destination: destination, conversation: conversation, kind: kind, payload: payload,
            correlation: correlation, urgency: urgency, original: nil)
    }

    init(
        destination: Endpoint, conversation: ConversationID, kind: DeliveryKindName, payload: JSON,
        correlation: String, urgency: Urgency, original: DeliveryID?
    ) {
        self.destination = destination
        self.conversation = conversation
        self.kind = kind
        self.payload = payload
        self.correlation = correlation
        self.urgency = urgency
        self.original = original
    }
}

/// A delivery as lists and `explain` show it.
package struct DeliveryRecord: Sendable {
    package let delivery: Delivery
    package let dueAt: Timestamp
    package let endedAt: Timestamp?
    package let outcome: String?
    package let reason: String?
    package let externalID: String?
}

/// One try, as the journal of attempts has it.
package struct AttemptRecord: Sendable {
    package let number: Int64
    package let startedAt: Timestamp
    package let outcome: String
    package let reason: String?
    /// A list of exchanges.
    package let exchanges: JSON
    /// The connector's folder, `@`, and the digest of its files; `nil`: not known.
    package let connector: String?

    package init(
        number: Int64, startedAt: Timestamp, outcome: String, reason: String?, exchanges: JSON, connector: String? = nil
    ) {
        self.number = number
        self.startedAt = startedAt
        self.outcome = outcome
        self.reason = reason
        self.exchanges = exchanges
        self.connector = connector
    }
}

extension Transaction {
    /// Puts a delivery at the end of its lane, and makes the lane if it is the first.
    @discardableResult
    package func enqueue(_ new: NewDelivery, at time: Timestamp) throws(StoreError) -> DeliveryID {
        let id = DeliveryID(at: time)
        let lane = try lane(for: new, at: time)
        try run(
            """
            INSERT INTO deliveries
              (id, lane_id, kind, payload, correlation, state, created_at, trying_since, due_at, original_id)
            VALUES (?, ?, ?, ?, ?, 'pending', ?, ?, ?, ?)
            """,
            [
                .id(id), .id(lane), .text(new.kind.rawValue), .json(new.payload), .text(new.correlation), .time(time),
                .time(time), .time(time), .id(new.original),
            ])
        count(.enqueued, by: 1, of: new.destination)
        return id
    }

    /// The lane for a new delivery, made when there is none, and due. A lane that is due already, or that waits for a
    /// retry, stays as it is: order within the lane comes first.
    private func lane(for new: NewDelivery, at time: Timestamp) throws(StoreError) -> LaneID {
        let place: [SQLValue] = [.text(new.destination.description), .id(new.conversation)]
        let found = try row(
            """
            SELECT id, due_at, urgency, lease_owner FROM lanes WHERE destination = ? AND conversation_id = ?
            \(dialect.forUpdate)
            """, place)
        guard let found else {
            let lane = LaneID(at: time)
            try run(
                "INSERT INTO lanes (destination, conversation_id, id, urgency, due_at) VALUES (?, ?, ?, ?, ?)",
                place + [.id(lane), .integer(new.urgency.rawValue), .time(time)])
            raise(.deliveries)
            return lane
        }
        let lane = try found.id(0, LaneID.self)
        if found.optionalTime(1) == nil {
            try run(
                "UPDATE lanes SET due_at = ?, urgency = ? WHERE id = ?",
                [.time(time), .integer(new.urgency.rawValue), .id(lane)])
            raise(.deliveries)
        } else if try found.integer(2) < new.urgency.rawValue {
            try run("UPDATE lanes SET urgency = ? WHERE id = ?", [.integer(new.urgency.rawValue), .id(lane)])
        }
        // A claim may just have passed the lane by, because it is held here.
        if dialect.skipsLocked, found.optionalText(3) == nil { raise(.deliveries) }
        return lane
    }

    /// Records how a delivery stands after an attempt.
    package func updateDelivery(_ update: DeliveryUpdate) throws(StoreError) {
        try run(
            """
            UPDATE deliveries SET state = ?, attempts = attempts + 1, failures = failures + ?, progress = ?, saved = ?,
              due_at = coalesce(?, due_at), trying_since = coalesce(?, trying_since), ended_at = ?, outcome = ?,
              reason = ?, external_id = coalesce(?, external_id) WHERE id = ?
            """,
            [
                .text(update.state.rawValue), .integer(update.isFailure ? 1 : 0), .integer(Int64(update.progress)),
                .optional(update.saved), .optional(update.dueAt), .optional(update.tryingSince),
                .optional(update.endedAt), .optional(update.outcome), .optional(update.reason),
                .optional(update.externalID), .id(update.id),
            ])
    }

    /// Notes that an attempt begins whose end nobody could find out if samtal ended now.
    package func markSending(_ id: DeliveryID) throws(StoreError) {
        try run("UPDATE deliveries SET state = 'sending' WHERE id = ?", [.id(id)])
    }

    /// Puts a dead letter back into its lane, with the later parts of its message that were kept back because of it.
    package func revive(_ delivery: Delivery, at time: Timestamp) throws(StoreError) {
        try run("\(pendingAgain) WHERE id = ?", [.time(time), .time(time), .id(delivery.id)])
        // A contract that asks for its events gets it at a new place, even if it has passed the old one.
        try run("DELETE FROM handouts WHERE delivery_id = ?", [.id(delivery.id)])
        try reviveLaterParts(of: delivery, at: time)
    }

    /// Puts back the later parts of a message that were kept back because this one failed.
    package func reviveLaterParts(of delivery: Delivery, at time: Timestamp) throws(StoreError) {
        guard let message = delivery.payload["message"].string, delivery.kind == .reply else { return }
        try run(
            """
            \(pendingAgain) WHERE lane_id = ? AND kind = 'reply' AND state = 'cancelled' AND reason = ?
              AND CAST(payload AS TEXT) LIKE ? AND sequence > (SELECT b.sequence FROM deliveries b WHERE b.id = ?)
            """,
            [
                .time(time), .time(time), .id(delivery.lane), .text(KeptBack.failed.rawValue),
                .text("%\"\(message)\"%"), .id(delivery.id),
            ])
    }

    /// Cancels what is still to be sent of a message.
    /// - Parameter part: only what comes after this delivery; `nil`: all.
    package func cancelReplies(
        of message: MessageID, because reason: KeptBack, after part: DeliveryID? = nil, at time: Timestamp
    ) throws(StoreError) {
        try run(
            """
            UPDATE deliveries SET state = 'cancelled', ended_at = ?, reason = ?
            WHERE state IN ('pending', 'snoozed') AND kind = 'reply' AND CAST(payload AS TEXT) LIKE ?
              AND lane_id IN (SELECT l.id FROM lanes l JOIN messages m ON m.conversation_id = l.conversation_id
                WHERE m.id = ?)
              AND sequence > coalesce((SELECT b.sequence FROM deliveries b WHERE b.id = ?), 0)
            """,
            [
                .time(time), .text(reason.rawValue), .text("%\(message.text)%"), .id(message), .id(part),
            ])
    }

    package func insertAttempt(
        _ attempt: AttemptRecord, of delivery: DeliveryID
    ) throws(StoreError) {
        try run(
            """
            INSERT INTO attempts (id, delivery_id, number, started_at, outcome, reason, exchanges, connector)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .id(AttemptID(at: attempt.startedAt)), .id(delivery), .integer(attempt.number),
                .time(attempt.startedAt), .text(attempt.outcome), .optional(attempt.reason), .json(attempt.exchanges),
                .optional(attempt.connector),
            ])
    }

    package func attempts(of delivery: DeliveryID) throws(StoreError) -> [AttemptRecord] {
        var attempts: [AttemptRecord] = []
        let found = try rows(
            """
            SELECT number, started_at, outcome, reason, exchanges, connector FROM attempts WHERE delivery_id = ?
            ORDER BY number, id
            """, [.id(delivery)])
        for row in found {
            attempts.append(
                AttemptRecord(
                    number: try row.integer(0), startedAt: try row.time(1), outcome: try row.text(2),
                    reason: row.optionalText(3), exchanges: try row.json(4), connector: row.optionalText(5)))
        }
        return attempts
    }

    package func delivery(_ id: DeliveryID) throws(StoreError) -> DeliveryRecord? {
        try deliveries(from: "deliveries d JOIN lanes l ON l.id = d.lane_id WHERE d.id = ?", [.id(id)]).first
    }

    /// All deliveries that are about a message or carry a part of it, the oldest first.
    package func deliveries(about message: MessageID) throws(StoreError) -> [DeliveryRecord] {
        try deliveries(
            from: """
                lanes l JOIN deliveries d ON d.lane_id = l.id
                WHERE l.conversation_id = (SELECT m.conversation_id FROM messages m WHERE m.id = ?)
                  AND CAST(d.payload AS TEXT) LIKE ? ORDER BY d.sequence DESC LIMIT 1000
                """, [.id(message), .text("%\"\(message.text)\"%")]
        ).reversed()
    }

    /// Reads deliveries.
    /// - Parameter source: what follows `FROM`, the tables called `d` and `l`.
    func deliveries(from source: String, _ values: [SQLValue]) throws(StoreError) -> [DeliveryRecord] {
        let found = try rows(
            "SELECT \(deliveryColumns), d.due_at, d.ended_at, d.outcome, d.reason, d.external_id FROM \(source)", values
        )
        var records: [DeliveryRecord] = []
        for row in found {
            records.append(
                DeliveryRecord(
                    delivery: try row.delivery(), dueAt: try row.time(15), endedAt: row.optionalTime(16),
                    outcome: row.optionalText(17), reason: row.optionalText(18), externalID: row.optionalText(19)))
        }
        return records
    }

    /// How many deliveries are in each state.
    package func deliveryCounts() throws(StoreError) -> [(destination: String, state: DeliveryState, count: Int64)] {
        var counts: [(destination: String, state: DeliveryState, count: Int64)] = []
        let found = try rows(
            """
            SELECT l.destination, d.state, count(*) FROM deliveries d JOIN lanes l ON l.id = d.lane_id
            GROUP BY l.destination, d.state ORDER BY l.destination, d.state
            """, [])
        for row in found {
            counts.append((try row.text(0), try row.choice(1, of: DeliveryState.self), try row.integer(2)))
        }
        return counts
    }

    /// Whether this contract was given something that it now calls by this id: then it is an echo of our own write.
    package func isEcho(_ externalID: String, of destination: Endpoint) throws(StoreError) -> Bool {
        try row(
            """
            SELECT 1 FROM deliveries d JOIN lanes l ON l.id = d.lane_id WHERE d.external_id = ? AND l.destination = ?
            """, [.text(externalID), .text(destination.description)]) != nil
    }

    /// The next delivery of a lane that is not at its end, if there is one.
    package func head(of lane: LaneID) throws(StoreError) -> (delivery: Delivery, dueAt: Timestamp)? {
        let found = try row(
            """
            SELECT \(deliveryColumns), d.due_at FROM deliveries d\(dialect.indexed(by: "deliveries_waiting"))
            JOIN lanes l ON l.id = d.lane_id WHERE d.lane_id = ? AND \(waits("d")) ORDER BY d.sequence LIMIT 1
            """, [.id(lane)])
        guard let row = found else { return nil }
        return (try row.delivery(), try row.time(15))
    }
}

/// Why the later parts of a message are not sent.
package enum KeptBack: String, Sendable {
    /// They come back when a person retries that part.
    case failed = "an earlier part failed"
    case cancelled = "an earlier part was cancelled"
}

/// How a delivery stands after an attempt.
package struct DeliveryUpdate: Sendable {
    package let id: DeliveryID
    package let state: DeliveryState
    /// Whether the attempt counts against the schedule.
    package let isFailure: Bool
    package let progress: Int
    package let saved: JSON?
    package let dueAt: Timestamp?
    /// Since when it is tried, if that is news.
    package let tryingSince: Timestamp?
    package let endedAt: Timestamp?
    package let outcome: String?
    package let reason: String?
    package let externalID: String?

    package init(
        id: DeliveryID, state: DeliveryState, isFailure: Bool = false, progress: Int, saved: JSON? = nil,
        dueAt: Timestamp? = nil, tryingSince: Timestamp? = nil, endedAt: Timestamp? = nil, outcome: String? = nil,
        reason: String? = nil, externalID: String? = nil
    ) {
        self.id = id
        self.state = state
        self.isFailure = isFailure
        self.progress = progress
        self.saved = saved
        self.dueAt = dueAt
        self.tryingSince = tryingSince
        self.endedAt = endedAt
        self.outcome = outcome
        self.reason = reason
        self.externalID = externalID
    }
}

extension Row {
    fileprivate func delivery() throws(StoreError) -> Delivery {
        guard let destination = Endpoint(try text(2)) else {
            throw StoreError(.corrupt, "a lane's destination is none")
        }
        return Delivery(
            id: try id(0, DeliveryID.self), lane: try id(1, LaneID.self), destination: destination,
            conversation: try id(3, ConversationID.self), kind: try choice(4, of: DeliveryKindName.self),
            payload: try json(5), state: try choice(6, of: DeliveryState.self), attempts: Int(try integer(7)),
            failures: Int(try integer(11)), progress: Int(try integer(8)), saved: try optionalJSON(13),
            correlation: try text(9), createdAt: try time(10), tryingSince: try time(12),
            original: optionalID(14, DeliveryID.self))
    }
}
