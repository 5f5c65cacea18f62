// The few words in which the engines' SQL differs.

/// How an engine spells what portable SQL cannot.
package struct Dialect: Sendable {
    /// Replacements for `{word}` in the schema.
    let words: [String: String]

    /// SQLite 3.40: STRICT tables, clustered ones for small rows.
    package static let sqlite = Dialect(words: [
        "int": "INTEGER", "json": "TEXT", "bytes": "BLOB", "table": "STRICT", "clustered": "STRICT, WITHOUT ROWID",
        "sequence": "INTEGER PRIMARY KEY AUTOINCREMENT",
    ])

    /// `sql` in this engine's words.
    func spell(_ sql: String) -> String {
        words.reduce(sql) { $0.replacing("{\($1.key)}", with: $1.value) }
    }
}
