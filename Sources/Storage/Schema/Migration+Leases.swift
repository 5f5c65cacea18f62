// Step 17: what many nodes have to share: what only one of them may do at a time, and how much they may send
// together.

extension Migration {
    static let leases = Migration(
        number: 17, name: "leases",
        statements: [
            // Rows stay when nobody holds them: their token never comes again. `expires_at` NULL: held until released.
            """
            CREATE TABLE leases (
              name TEXT NOT NULL PRIMARY KEY,
              holder TEXT,
              token {int} NOT NULL CHECK (token > 0),
              expires_at {int}) {clustered}
            """,
            // What a destination was sent of late, and until when it is left alone. Row `pause`: the end; other rows:
            // when the next would go at an even pace.
            """
            CREATE TABLE rates (
              endpoint TEXT NOT NULL,
              name TEXT NOT NULL,
              at {int} NOT NULL,
              PRIMARY KEY (endpoint, name)) {clustered}
            """,
        ])
}
