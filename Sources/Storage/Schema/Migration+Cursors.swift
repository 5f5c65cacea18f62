// Step 3: where each poll stands.

extension Migration {
    static let cursors = Migration(
        number: 3, name: "cursors",
        statements: [
            """
            CREATE TABLE cursors (
              endpoint TEXT NOT NULL,
              poll TEXT NOT NULL,
              item TEXT NOT NULL,
              state {json} NOT NULL,
              moved_at {int} NOT NULL,
              PRIMARY KEY (endpoint, poll, item)) {table}
            """
        ])
}
