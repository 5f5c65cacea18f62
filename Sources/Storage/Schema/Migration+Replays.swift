// Step 13: events that are sent again.

extension Migration {
    static let replays = Migration(
        number: 14, name: "events sent again",
        statements: [
            // The delivery that this one repeats, whose id it goes out under; NULL: it repeats none.
            "ALTER TABLE deliveries ADD COLUMN original_id TEXT REFERENCES deliveries (id)",
            "CREATE INDEX deliveries_original ON deliveries (original_id) WHERE original_id IS NOT NULL",
        ])
}
