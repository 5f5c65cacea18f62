// Queries on the journal for people: lists of envelopes by what became of them.

package import Model

/// The order of a list of envelopes.
enum SortOrder: String {
    case oldestFirst = "ASC"
    case newestFirst = "DESC"
}

/// Which envelopes are meant; what is `nil` lets all pass.
package struct JournalFilter: Sendable, Hashable {
    package var endpoint: Endpoint?
    package var outcome: EnvelopeOutcome?
    /// Those that came in at this time or later.
    package var since: Timestamp?
    /// Those that came in before this time.
    package var until: Timestamp?

    package init(
        endpoint: Endpoint? = nil, outcome: EnvelopeOutcome? = nil, since: Timestamp? = nil, until: Timestamp? = nil
    ) {
        self.endpoint = endpoint
        self.outcome = outcome
        self.since = since
        self.until = until
    }

    /// Whether all envelopes pass.
    package var isOpen: Bool { self == JournalFilter() }

    /// An id holds the time at which its envelope came in.
    var condition: (sql: String, values: [SQLValue]) {
        var (terms, values) = (["1 = 1"], [SQLValue]())
        func require(_ term: String, _ value: SQLValue?) {
            guard let value else { return }
            terms.append(term)
            values.append(value)
        }
        require("endpoint = ?", endpoint.map { .text($0.description) })
        require("outcome = ?", outcome.map { .text($0.rawValue) })
        require("id >= ?", since.map { .id(EnvelopeID.floor(at: $0)) })
        require("id < ?", until.map { .id(EnvelopeID.floor(at: $0)) })
        return (terms.joined(separator: " AND "), values)
    }
}

extension Transaction {
    /// Envelopes without their bytes, the newest first.
    package func journal(
        _ filter: JournalFilter, before: EnvelopeID?, limit: Int
    ) throws(StoreError) -> [JournalLine] {
        var (sql, values) = filter.condition
        if let before {
            sql += " AND id < ?"
            values.append(.id(before))
        }
        let found = try rows(
            """
            SELECT id, endpoint, method, received_at, verified_by, outcome, reason, length(body), emptied_at
            FROM envelopes WHERE \(sql) ORDER BY id DESC LIMIT ?
            """, values + [.integer(Int64(limit))])
        var lines: [JournalLine] = []
        for row in found { lines.append(try row.journalLine()) }
        return lines
    }

    /// Envelopes, the oldest first: what speaks of something comes after it.
    package func envelopes(
        _ filter: JournalFilter, after: EnvelopeID?, limit: Int
    ) throws(StoreError) -> [JournalEntry] {
        let (sql, values) = filter.condition
        guard let after else { return try entries(sql, values, order: .oldestFirst, limit: limit) }
        return try entries("\(sql) AND id > ?", values + [.id(after)], order: .oldestFirst, limit: limit)
    }

    /// Envelopes after `after` that came in before `time`, did not end in quarantine and still have their bytes, the
    /// oldest first.
    package func spentEnvelopes(
        before time: Timestamp, after: EnvelopeID?, limit: Int
    ) throws(StoreError) -> [EnvelopeID] {
        var ids: [EnvelopeID] = []
        let found = try rows(
            """
            SELECT id FROM envelopes
            WHERE id > ? AND id < ? AND outcome <> 'quarantined' AND emptied_at IS NULL ORDER BY id LIMIT ?
            """, [.text(after?.text ?? ""), .id(EnvelopeID.floor(at: time)), .integer(Int64(limit))])
        for row in found { ids.append(try row.id(0, EnvelopeID.self)) }
        return ids
    }

    /// Takes the bytes, headers and address of an envelope away; that it came, when, and what became of it stays. One
    /// in quarantine is left as it is.
    package func emptyEnvelope(_ id: EnvelopeID, at time: Timestamp) throws(StoreError) {
        try run(
            """
            UPDATE envelopes SET target = '', headers = '[]', body = ?, emptied_at = ?
            WHERE id = ? AND outcome <> 'quarantined' AND emptied_at IS NULL
            """, [.bytes([]), .time(time), .id(id)])
    }

    /// How many envelopes pass.
    package func envelopeCount(_ filter: JournalFilter) throws(StoreError) -> Int {
        let (sql, values) = filter.condition
        return Int(try row("SELECT count(*) FROM envelopes WHERE \(sql)", values)?.integer(0) ?? 0)
    }
}

/// An envelope as lists show it: all but what came in.
package struct JournalLine: Sendable {
    package let id: EnvelopeID
    package let endpoint: String
    package let method: String
    package let receivedAt: Timestamp
    package let verifiedBy: String
    package let outcome: EnvelopeOutcome
    package let reason: String?
    /// Of the body.
    package let bytes: Int64
    /// When what came in was taken away because it was old; `nil`: it is there.
    package let emptiedAt: Timestamp?

    package var json: JSON {
        .members([
            "id": .string(id.text), "endpoint": .string(endpoint), "method": .string(method),
            "received_at": JSON(receivedAt), "verified_by": .string(verifiedBy),
            "outcome": .string(outcome.rawValue), "reason": JSON(reason), "bytes": .integer(bytes),
            "emptied_at": JSON(emptiedAt),
        ])
    }
}

extension Row {
    fileprivate func journalLine() throws(StoreError) -> JournalLine {
        JournalLine(
            id: try id(0, EnvelopeID.self), endpoint: try text(1), method: try text(2), receivedAt: try time(3),
            verifiedBy: try text(4), outcome: try choice(5, of: EnvelopeOutcome.self), reason: optionalText(6),
            bytes: try integer(7), emptiedAt: optionalTime(8))
    }
}
