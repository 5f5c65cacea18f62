// Step 4 of the schema: what a network told of a part that went out, for the part that answers it.

extension Migration {
    static let partContext = Migration(
        number: 4, name: "context of parts",
        statements: [
            // What `result.context` gave of the answer; NULL: nothing.
            "ALTER TABLE parts ADD COLUMN context {json}"
        ])
}
