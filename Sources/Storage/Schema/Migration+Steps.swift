// Step 5: what the steps of a delivery have saved, so that its next attempt goes on where the last one ended.

extension Migration {
    static let steps = Migration(
        number: 5, name: "steps of a delivery", statements: ["ALTER TABLE deliveries ADD COLUMN saved {json}"])
}
