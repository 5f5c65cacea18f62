// How far a store's schema is, and how it gets further (decision 33).

/// The schema that a samtal knows: its steps, in order.
package struct Schema: Sendable {
    package static let present = Schema(Migrations.all)

    private let steps: [Migration]

    package init(_ steps: [Migration]) {
        self.steps = steps
    }

    private var newest: Int64 { steps.last?.number ?? 0 }

    /// Where a store stands. Reads only; a store without tables is at step 0.
    /// - Throws: `newer` when the store has a step that needs more than this schema.
    package func standing(in transaction: any Transaction) throws(StoreError) -> SchemaStanding {
        guard try transaction.rows(transaction.dialect.namesTable, ["migrations"]).isEmpty == false else {
            return SchemaStanding(step: 0, newest: newest, missing: steps)
        }
        let step = try transaction.row("SELECT coalesce(max(number), 0) FROM migrations", [])?.integer(0) ?? 0
        if step > newest {
            let needed = try transaction.row("SELECT max(coalesce(needs, number)) FROM migrations", [])?.integer(0)
            guard let needed, needed <= newest else {
                throw StoreError(
                    .newer, "its schema is at step \(step), this samtal knows \(newest): use the newer samtal again")
            }
        }
        return SchemaStanding(step: step, newest: newest, missing: steps.filter { $0.number > step })
    }

    /// Notes in a store that a step was done.
    func note(_ step: Migration, in transaction: any Transaction, at time: Int64) throws(StoreError) {
        if step.number == steps.first?.number {
            try transaction.run(
                transaction.dialect.spell(
                    """
                    CREATE TABLE IF NOT EXISTS migrations (
                      number {int} NOT NULL PRIMARY KEY, name TEXT NOT NULL, applied_at {int} NOT NULL) {table}
                    """), [])
        }
        try transaction.run(
            "INSERT INTO migrations (number, name, applied_at) VALUES (?, ?, ?)",
            [.integer(step.number), .text(step.name), .integer(time)])
        if step.needs < step.number {
            try transaction.run(
                "UPDATE migrations SET needs = ? WHERE number = ?", [.integer(step.needs), .integer(step.number)])
        }
    }
}

/// How far a store's schema is.
package struct SchemaStanding: Sendable {
    /// The newest step of the store; 0: it is empty.
    package let step: Int64
    /// The newest step that this samtal knows. The store may be further, and still be good for it.
    package let newest: Int64
    /// What the store lacks, in order.
    package let missing: [Migration]

    package var isAhead: Bool { step > newest }
}

/// What happens while a schema is brought up to date.
package enum SchemaNews: Sendable {
    /// A step is committed.
    case done(Migration)
    /// Another samtal is at it; this one waits until it is done.
    case waitsForAnother
    /// Transactions hold a table that the step must have for a moment; it is tried again.
    case isHeldUp(Migration)
    /// The store is further than this samtal, which may work on it all the same.
    case isAhead(step: Int64)
}
