// What a table looks like, as its engine says.

import Model

/// A table of the schema. Two stores of one step have the same ones, whatever engine keeps them.
struct TableShape: Sendable, Equatable {
    struct Column: Sendable, Equatable {
        enum Kind: Sendable, Equatable { case integer, text, bytes }

        let name: String
        let kind: Kind
    }

    let name: String
    /// Sorted by name: steps of the schema add them in the order in which they ran.
    let columns: [Column]
    /// The columns of its primary key, in order.
    let key: [String]
    /// The column that the engine counts up; `nil`: none.
    let counted: String?

    var bytes: [String] { columns.filter { $0.kind == .bytes }.map(\.name) }
    var names: String { columns.map(\.name).joined(separator: ", ") }

    /// All tables but the list of steps, which each store has of its own; sorted by name.
    static func all(in transaction: any Transaction, of engine: Engine) throws -> [TableShape] {
        let names = try transaction.rows(engine.tables, []).map { try $0.text(0) }
        return try names.filter { $0 != "migrations" }.sorted().map { name in
            let rows = try transaction.rows(engine.columns, [.text(name)])
            let columns = try rows.map { row in
                Column(name: try row.text(0), kind: try kind(row.text(1), of: name))
            }
            let keyed = try rows.map { (place: try $0.integer(2), name: try $0.text(0)) }.filter { $0.place > 0 }
            let counted = try rows.first { try $0.integer(3) == 1 }?.text(0)
            return TableShape(
                name: name, columns: columns.sorted { $0.name < $1.name },
                key: keyed.sorted { $0.place < $1.place }.map(\.name), counted: counted)
        }
    }

    private static func kind(_ type: String, of table: String) throws(StoreError) -> Column.Kind {
        switch type.lowercased() {
        case "integer", "bigint": .integer
        case "text": .text
        case "blob", "bytea": .bytes
        default: throw StoreError(.corrupt, "\(table) has a column of the type \(type), which no step of ours makes")
        }
    }
}

/// What only one of the engines understands of the work on whole stores.
enum Engine: Sendable {
    case sqlite
    case postgresql

    /// Names of tables.
    fileprivate var tables: String {
        switch self {
        case .sqlite: "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        case .postgresql: "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
        }
    }

    /// Of a table's columns: name, type, place in the primary key (from 1; 0: none), and whether it is counted up.
    fileprivate var columns: String {
        switch self {
        case .sqlite:
            """
            SELECT c.name, c.type, c.pk, c.pk > 0 AND instr(m.sql, 'AUTOINCREMENT') > 0
            FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name = ? ORDER BY c.cid
            """
        case .postgresql:
            """
            SELECT CAST(a.attname AS TEXT), format_type(a.atttypid, NULL),
              coalesce(array_position(CAST(i.indkey AS int2[]), a.attnum) + 1, 0), a.attidentity <> ''
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
            WHERE c.relnamespace = CAST(current_schema() AS regnamespace) AND c.relname = ? ORDER BY a.attnum
            """
        }
    }

    /// How far a table's column is counted up; 0: it never was.
    func counter(of table: String, _ column: String, in transaction: any Transaction) throws -> Int64 {
        switch self {
        case .sqlite:
            return try transaction.row("SELECT seq FROM sqlite_sequence WHERE name = ?", [.text(table)])?.integer(0)
                ?? 0
        case .postgresql:
            let name = try transaction.row("SELECT pg_get_serial_sequence(?, ?)", [.text(table), .text(column)])?.text(
                0)
            guard let name else { throw StoreError(.corrupt, "\(table).\(column) is not counted up") }
            let row = try transaction.row("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM \(name)", [])
            return try row?.integer(0) ?? 0
        }
    }

    func setCounter(of table: String, _ column: String, to count: Int64, in transaction: any Transaction) throws {
        guard count > 0 else { return }
        switch self {
        case .sqlite:
            try transaction.run("DELETE FROM sqlite_sequence WHERE name = ?", [.text(table)])
            try transaction.run(
                "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", [.text(table), .integer(count)])
        case .postgresql:
            _ = try transaction.rows(
                "SELECT setval(CAST(pg_get_serial_sequence(?, ?) AS regclass), ?)",
                [.text(table), .text(column), .integer(count)])
        }
    }

    /// Lets rows come in any order: what they refer to may come later.
    /// - Returns: statements that have the references looked at again, once all is there.
    func looseReferences(in transaction: any Transaction) throws -> [String] {
        switch self {
        case .sqlite:
            try transaction.run("PRAGMA defer_foreign_keys = ON", [])
            return []
        case .postgresql:
            let rows = try transaction.rows(
                """
                SELECT CAST(CAST(conrelid AS regclass) AS TEXT), CAST(conname AS TEXT), pg_get_constraintdef(oid)
                FROM pg_constraint
                WHERE contype = 'f' AND connamespace = CAST(current_schema() AS regnamespace) ORDER BY 1, 2
                """, [])
            return try rows.map { row in
                let (table, name, definition) = (try row.text(0), try row.text(1), try row.text(2))
                try transaction.run("ALTER TABLE \(table) DROP CONSTRAINT \(name)", [])
                return "ALTER TABLE \(table) ADD CONSTRAINT \(name) \(definition)"
            }
        }
    }
}
