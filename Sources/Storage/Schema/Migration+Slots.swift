// The running account in several rows: units that commit side by side do not wait for one another's row.

extension Migration {
    static let slots = Migration(
        number: 16, name: "accounts by slot",
        statements: [
            """
            CREATE TABLE balances_by_slot (
              endpoint TEXT NOT NULL, counter TEXT NOT NULL, slot {int} NOT NULL, count {int} NOT NULL,
              PRIMARY KEY (endpoint, counter, slot)) {clustered}
            """,
            """
            INSERT INTO balances_by_slot (endpoint, counter, slot, count)
            SELECT endpoint, counter, 0, count FROM balances
            """,
            "DROP TABLE balances",
            "ALTER TABLE balances_by_slot RENAME TO balances",
        ])
}
