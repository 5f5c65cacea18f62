// Step 17: what only one of many nodes may do at a time, and which one does.

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
            """
        ])
}
