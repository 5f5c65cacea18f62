// The index of what waits, with its condition in words that cost nothing: SQLite makes a list of three and more values
// anew for every row that is written.

extension Migration {
    static let waiting = Migration(
        number: 18, name: "deliveries that wait",
        statements: [
            "DROP INDEX deliveries_waiting",
            """
            CREATE INDEX deliveries_waiting ON deliveries (lane_id, sequence)
              WHERE (state = 'pending' OR state = 'sending' OR state = 'snoozed')
            """,
        ])
}
