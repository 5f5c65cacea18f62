// Step 7: contexts that are good for one reply, and when a part went out.

extension Migration {
    static let shortcuts = Migration(
        number: 7, name: "contexts for one reply, times of parts",
        statements: [
            "ALTER TABLE legs ADD COLUMN context_once {int} NOT NULL DEFAULT 0 CHECK (context_once IN (0, 1))",
            // When the attempt began that sent it: never later than the network's own time.
            "ALTER TABLE parts ADD COLUMN sent_at {int}",
        ])
}
