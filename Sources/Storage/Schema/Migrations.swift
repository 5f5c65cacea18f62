// The schema, in numbered steps. A step that was released is never changed; the next one mends it.

/// One step of the schema.
struct Migration: Sendable {
    let number: Int64
    let name: String
    /// Statements in a dialect's words, run in one transaction.
    let statements: [String]
}

/// Brings a store's schema to this version.
package enum Migrations {
    static let all = [
        Migration.first, .credentials, .cursors, .partContext, .steps, .priority, .shortcuts, .files, .threads,
        .connectorVersions, .enqueued, .retention, .statusTimes, .replays, .feeds, .slots, .leases,
        .waiting, .mailboxes,
        .ticketsByConversation,
    ]

    /// The newest step that this samtal knows.
    package static var newest: Int64 { all.last?.number ?? 0 }

    /// Applies the steps that are missing, all in the given transaction.
    /// - Throws: `newer` when the store has steps that this samtal does not know.
    static func apply(in transaction: any Transaction, dialect: Dialect, at time: Int64) throws(StoreError) {
        try transaction.run(
            dialect.spell(
                """
                CREATE TABLE IF NOT EXISTS migrations (
                  number {int} NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at {int} NOT NULL) {table}
                """), [])
        let current = try transaction.row("SELECT coalesce(max(number), 0) FROM migrations", [])?.integer(0) ?? 0
        guard current <= newest else {
            throw StoreError(
                .newer, "its schema is at step \(current), this samtal knows \(newest): use the newer samtal again")
        }
        for migration in all where migration.number > current {
            for statement in migration.statements { try transaction.run(dialect.spell(statement), []) }
            try transaction.run(
                "INSERT INTO migrations (number, name, applied_at) VALUES (?, ?, ?)",
                [.integer(migration.number), .text(migration.name), .integer(time)])
        }
    }
}
