// Step 11: what was enqueued is counted. What is there already counts as enqueued.

extension Migration {
    static let enqueued = Migration(
        number: 11, name: "enqueued deliveries counted",
        statements: [
            """
            INSERT INTO balances (endpoint, counter, count)
            SELECT l.destination, 'enqueued', count(*) FROM deliveries d JOIN lanes l ON l.id = d.lane_id
            GROUP BY l.destination
            """
        ])
}
