// Step 14: events of contracts that ask for them.

extension Migration {
    static let feeds = Migration(
        number: 15, name: "events that are asked for",
        statements: [
            // `position`: of the newest event that was handed out; `acknowledged`: up to which they are.
            """
            CREATE TABLE feeds (
              destination TEXT NOT NULL PRIMARY KEY,
              position {int} NOT NULL,
              acknowledged {int} NOT NULL,
              CHECK (acknowledged <= position)) {clustered}
            """,
            // An event has its position from the moment when it is handed out first.
            """
            CREATE TABLE handouts (
              destination TEXT NOT NULL,
              position {int} NOT NULL,
              delivery_id TEXT NOT NULL UNIQUE REFERENCES deliveries (id),
              PRIMARY KEY (destination, position)) {clustered}
            """,
        ])
}
