// Step 13: when a conversation was last opened or closed, so that word of before does not undo it.

extension Migration {
    static let statusTimes = Migration(
        number: 13, name: "when a status was set",
        // NULL: not since this step; then it is the time of closing, or of opening.
        statements: ["ALTER TABLE conversations ADD COLUMN status_at {int}"])
}
