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
    /// Envelopes, the newest first.
    package func envelopes(
        _ filter: JournalFilter, before: EnvelopeID?, limit: Int
    ) throws(StoreError) -> [JournalEntry] {
        let (sql, values) = filter.condition
        guard let before else { return try entries(sql, values, limit: limit) }
        return try entries("\(sql) AND id < ?", values + [.id(before)], limit: limit)
    }

    /// Envelopes, the oldest first: what speaks of something comes after it.
    package func envelopes(
        _ filter: JournalFilter, after: EnvelopeID?, limit: Int
    ) throws(StoreError) -> [JournalEntry] {
        let (sql, values) = filter.condition
        guard let after else { return try entries(sql, values, order: .oldestFirst, limit: limit) }
        return try entries("\(sql) AND id > ?", values + [.id(after)], order: .oldestFirst, limit: limit)
    }

    /// How many envelopes pass.
    package func envelopeCount(_ filter: JournalFilter) throws(StoreError) -> Int {
        let (sql, values) = filter.condition
        return Int(try row("SELECT count(*) FROM envelopes WHERE \(sql)", values)?.integer(0) ?? 0)
    }
}
