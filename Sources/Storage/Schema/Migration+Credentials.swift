// Step 2 of the schema: what endpoints were granted and must not lose.

extension Migration {
    /// Tokens that replace one another, by endpoint.
    static let credentials = Migration(
        number: 2, name: "credentials",
        statements: [
            """
            CREATE TABLE credentials (
              endpoint TEXT NOT NULL, name TEXT NOT NULL,
              state {json} NOT NULL,
              saved_at {int} NOT NULL,
              PRIMARY KEY (endpoint, name)) {clustered}
            """
        ])
}
