// Step 9: the legs of a thread, also those that have ended.

extension Migration {
    static let threads = Migration(
        number: 9, name: "legs by thread",
        statements: ["CREATE INDEX legs_thread ON legs (channel, thread)"])
}
