// The key that signs links to files: a secret of the house, beside those that endpoints were granted.

package import Model

extension Transaction {
    /// The key in hexadecimal; `nil`: none was made yet.
    package func linkKey() throws(StoreError) -> String? {
        try row("SELECT state FROM credentials WHERE endpoint = 'house' AND name = 'links'", [])
            .map { (row) throws(StoreError) in try row.json(0) }?["key"].string
    }

    /// The key; `fresh` becomes it when there is none.
    package func linkKey(making fresh: String, at time: Timestamp) throws(StoreError) -> String? {
        try run(
            """
            INSERT INTO credentials (endpoint, name, state, saved_at) VALUES ('house', 'links', ?, ?)
            ON CONFLICT (endpoint, name) DO NOTHING
            """, [.json(["key": .string(fresh)]), .time(time)])
        return try linkKey()
    }
}
