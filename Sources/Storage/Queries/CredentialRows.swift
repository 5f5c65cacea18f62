// Queries on what endpoints were granted: tokens, and what came with them.

package import Model

extension Transaction {
    /// What was saved last for an endpoint under this name; `nil`: nothing yet.
    package func credential(_ name: String, of endpoint: Endpoint) throws(StoreError) -> JSON? {
        try row(
            "SELECT state FROM credentials WHERE endpoint = ? AND name = ?", [.text(endpoint.description), .text(name)]
        ).map { (row) throws(StoreError) in try row.json(0) }
    }

    /// Replaces what is saved for an endpoint under this name.
    package func saveCredential(
        _ state: JSON, as name: String, of endpoint: Endpoint, at time: Timestamp
    ) throws(StoreError) {
        try run(
            """
            INSERT INTO credentials (endpoint, name, state, saved_at) VALUES (?, ?, ?, ?)
            ON CONFLICT (endpoint, name) DO UPDATE SET state = excluded.state, saved_at = excluded.saved_at
            """, [.text(endpoint.description), .text(name), .json(state), .time(time)])
    }
}
