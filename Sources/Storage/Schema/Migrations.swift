// The steps of the schema, in order. A step that was released is never changed; the next one mends it.

/// One step of the schema.
package struct Migration: Sendable {
    /// An index on a table that may be large: it is built while others write to the table.
    package struct Index: Sendable {
        package let name: String
        /// Table and columns, as they stand after `ON`.
        package let definition: String

        package init(name: String, definition: String) {
            (self.name, self.definition) = (name, definition)
        }
    }

    package let number: Int64
    package let name: String
    /// The step that a samtal must know at least to work on a store with this one; by default this one itself. A
    /// smaller number promises that whoever stops there writes nothing wrong and reads everything that it looks for:
    /// tables, columns that may be left out, indexes that refuse nothing.
    package let needs: Int64
    /// Statements in a dialect's words, run in one transaction.
    let statements: [String]
    /// What the step makes in place of statements.
    let index: Index?

    package init(number: Int64, name: String, needs: Int64? = nil, statements: [String]) {
        (self.number, self.name, self.needs) = (number, name, needs ?? number)
        (self.statements, index) = (statements, nil)
    }

    /// A step that makes one index, and nothing else: where it is built beside others it is no transaction.
    package init(number: Int64, name: String, needs: Int64, index: Index) {
        (self.number, self.name, self.needs) = (number, name, needs)
        (statements, self.index) = ([], index)
    }

    /// What an engine is told, in its own words.
    package func sql(in dialect: Dialect) -> [String] {
        guard let index else { return statements.map(dialect.spell) }
        return [dialect.indexCreation + " \(index.name) ON \(index.definition)"]
    }
}

/// The steps that this samtal knows.
package enum Migrations {
    package static let all = [
        Migration.first, .credentials, .cursors, .partContext, .steps, .priority, .shortcuts, .files, .threads,
        .connectorVersions, .enqueued, .retention, .statusTimes, .replays, .feeds, .slots, .leases,
        .waiting, .mailboxes, .ticketsByConversation, .needs,
    ]

    /// The newest of them.
    package static var newest: Int64 { all.last?.number ?? 0 }
}
