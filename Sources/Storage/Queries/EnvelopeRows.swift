// Queries on the journal: every envelope, kept as it came.

package import Model

extension Transaction {
    /// Keeps an envelope in the journal.
    package func insertEnvelope(
        _ envelope: Envelope, verifiedBy: String, outcome: EnvelopeOutcome, reason: String?
    ) throws(StoreError) {
        let headers = JSON.array(envelope.headers.map { .array([.string($0.name), .string($0.value)]) })
        try run(
            """
            INSERT INTO envelopes (id, endpoint, method, target, headers, body, verified_by, received_at, outcome,
              reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .id(envelope.id), .text(envelope.endpoint.description), .text(envelope.method), .text(envelope.target),
                .json(headers), .bytes(envelope.body), .text(verifiedBy), .time(envelope.receivedAt),
                .text(outcome.rawValue), .optional(reason),
            ])
    }

    /// Records what became of an envelope.
    package func updateEnvelope(
        _ id: EnvelopeID, outcome: EnvelopeOutcome, reason: String?
    ) throws(StoreError) {
        try run(
            "UPDATE envelopes SET outcome = ?, reason = ? WHERE id = ?",
            [.text(outcome.rawValue), .optional(reason), .id(id)])
    }

    /// An envelope with what became of it; `nil` when the journal has none of this id.
    package func envelope(_ id: EnvelopeID) throws(StoreError) -> JournalEntry? {
        try entries("id = ?", [.id(id)], limit: 1).first
    }

    /// Envelopes in quarantine, the newest first.
    package func quarantined(limit: Int) throws(StoreError) -> [JournalEntry] {
        try entries("outcome = 'quarantined'", [], limit: limit)
    }

    /// The same, ours until the transaction ends.
    package func heldEnvelope(_ id: EnvelopeID) throws(StoreError) -> JournalEntry? {
        _ = try row("SELECT 1 FROM envelopes WHERE id = ?\(dialect.forUpdate)", [.id(id)])
        return try envelope(id)
    }

    func entries(
        _ condition: String, _ values: [SQLValue], order: SortOrder = .newestFirst, limit: Int
    ) throws(StoreError) -> [JournalEntry] {
        let found = try rows(
            """
            SELECT id, endpoint, method, target, headers, body, received_at, verified_by, outcome, reason,
              emptied_at FROM envelopes WHERE \(condition) ORDER BY id \(order.rawValue) LIMIT ?
            """, values + [.integer(Int64(limit))])
        var entries: [JournalEntry] = []
        for row in found { entries.append(try row.journalEntry()) }
        return entries
    }

    /// Writes what units counted into the running account.
    func add(_ tally: Tally) throws(StoreError) {
        // In one order for all, so that two units never wait for each other.
        let lines = tally.named
        guard !lines.isEmpty else { return }
        let rows = lines.map { _ in "(?, ?, ?, ?)" }.joined(separator: ", ")
        try run(
            """
            INSERT INTO balances (endpoint, counter, slot, count) VALUES \(rows)
            ON CONFLICT (endpoint, counter, slot) DO UPDATE SET count = balances.count + excluded.count
            """,
            lines.flatMap { name, amount -> [SQLValue] in
                [.text(name.endpoint), .text(name.counter), .integer(slot), .integer(amount)]
            })
    }

    /// The running account of every endpoint.
    package func balances() throws(StoreError) -> [Balance] {
        var balances: [Balance] = []
        for row in try rows(
            """
            SELECT endpoint, counter, CAST(sum(count) AS BIGINT) FROM balances GROUP BY endpoint, counter
            ORDER BY endpoint, counter
            """, [])
        {
            balances.append(
                Balance(endpoint: try row.text(0), counter: try row.text(1), count: try row.integer(2)))
        }
        return balances
    }
}

/// What the account of an endpoint counts. For a channel, always:
/// received = messages + changes + duplicates + filtered + parked + quarantined.
/// For what goes out to it, always: enqueued = the deliveries to it that are there, whatever their state.
package enum Counter: String, Sendable, CaseIterable {
    /// Events that came in; a quarantined envelope counts as one.
    case received
    /// New messages appended.
    case messages
    /// Edits, deletions, reactions and receipts that changed something, and commands carried out.
    case changes
    /// Known already, or of no further effect.
    case duplicates
    /// Of a kind that conversations do not take.
    case filtered
    /// Waiting for the message that they speak of.
    case parked
    /// Envelopes that could not be mapped.
    case quarantined
    /// Commands refused with a reason.
    case refused
    /// Requests that no verification let in. Counted with a delay of some seconds; nothing else is kept of them.
    case unverified
    /// Deliveries put into the outbox for this endpoint.
    case enqueued
}

/// What a unit of work adds to the running account. An engine writes it in the unit's own transaction, at its end.
struct Tally: Sendable {
    struct Entry: Hashable {
        let endpoint: Endpoint
        let counter: Counter
        let reason: String?

        /// As the account keeps it: `messages`, `filtered/typing`.
        var name: String { reason.map { "\(counter.rawValue)/\($0)" } ?? counter.rawValue }
    }

    private var amounts: [Entry: Int64] = [:]

    /// What is not 0, in the order of the names.
    var named: [(name: (endpoint: String, counter: String), amount: Int64)] {
        amounts.filter { $0.value != 0 }.map { (($0.key.endpoint.description, $0.key.name), $0.value) }
            .sorted { $0.name < $1.name }
    }

    mutating func add(_ amount: Int64, to counter: Counter, because reason: String?, of endpoint: Endpoint) {
        amounts[Entry(endpoint: endpoint, counter: counter, reason: reason), default: 0] += amount
    }

    mutating func add(_ other: Tally) {
        amounts.merge(other.amounts, uniquingKeysWith: +)
    }
}

/// One line of the account.
package struct Balance: Sendable, Hashable {
    package let endpoint: String
    /// The counter's name, and the reason behind a slash where there is one.
    package let counter: String
    package let count: Int64
}

/// An envelope as the journal keeps it.
package struct JournalEntry: Sendable {
    package let envelope: Envelope
    /// The scheme that let it in.
    package let verifiedBy: String
    package let outcome: EnvelopeOutcome
    package let reason: String?
    /// When what came in was taken away because it was old; `nil`: it is there.
    package let emptiedAt: Timestamp?
}

extension Row {
    fileprivate func journalEntry() throws(StoreError) -> JournalEntry {
        guard let endpoint = Endpoint(try text(1)) else {
            throw StoreError(.corrupt, "an envelope's endpoint is none")
        }
        let headers = try json(4).array ?? []
        return JournalEntry(
            envelope: Envelope(
                id: try id(0, EnvelopeID.self), endpoint: endpoint, method: try text(2), target: try text(3),
                headers: headers.map { HeaderField($0[0].string ?? "", $0[1].string ?? "") }, body: try bytes(5),
                receivedAt: try time(6)),
            verifiedBy: try text(7), outcome: try choice(8, of: EnvelopeOutcome.self), reason: optionalText(9),
            emptiedAt: optionalTime(10))
    }
}
