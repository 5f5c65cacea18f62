// Queries on cursors: where each poll stands.

package import Model

/// Which cursor: of an endpoint's poll, and of one text of its `each`.
package struct CursorName: Sendable, Hashable {
    package let endpoint: Endpoint
    package let poll: String
    /// `nil`: the poll has one cursor.
    package let item: String?

    package init(endpoint: Endpoint, poll: String, item: String?) {
        self.endpoint = endpoint
        self.poll = poll
        self.item = item
    }
}

/// A cursor's next state, committed with what was fetched before it.
package struct CursorMove: Sendable {
    package let name: CursorName
    package let state: JSON
    package let at: Timestamp
    /// The lease under which it moves; `nil`: nobody else could move it.
    package let claim: LeaseClaim?

    package init(_ name: CursorName, to state: JSON, at time: Timestamp, under claim: LeaseClaim? = nil) {
        self.name = name
        self.state = state
        at = time
        self.claim = claim
    }
}

extension Transaction {
    /// The state of a cursor; `nil`: it never moved.
    package func cursor(_ name: CursorName) throws(StoreError) -> JSON? {
        try row(
            "SELECT state FROM cursors WHERE endpoint = ? AND poll = ? AND item = ?",
            [.text(name.endpoint.description), .text(name.poll), .text(name.item ?? "")]
        )?.json(0)
    }

    /// Moves a cursor.
    /// - Throws: `leaseLost` when its lease is another node's by now: nothing of the unit is written then.
    package func moveCursor(_ move: CursorMove) throws(StoreError) {
        if let claim = move.claim { try assertHeld(claim) }
        let name = move.name
        try run(
            """
            INSERT INTO cursors (endpoint, poll, item, state, moved_at) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT (endpoint, poll, item) DO UPDATE SET state = excluded.state, moved_at = excluded.moved_at
            """,
            [
                .text(name.endpoint.description), .text(name.poll), .text(name.item ?? ""), .json(move.state),
                .time(move.at),
            ])
    }
}
