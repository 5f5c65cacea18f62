// Step 12: what came in long ago is taken out of the journal; its line stays.

extension Migration {
    static let retention = Migration(
        number: 12, name: "envelopes that were emptied",
        statements: ["ALTER TABLE envelopes ADD COLUMN emptied_at {int}"])
}
