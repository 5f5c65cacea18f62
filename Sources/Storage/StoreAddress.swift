// Where a store is, and which engine keeps it.

/// The address of a store. An address of PostgreSQL may hold a password: it is never logged.
package enum StoreAddress: Sendable, Hashable {
    /// A file, by its path.
    case sqlite(String)
    /// `postgresql://…`, as libpq reads it: https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-CONNSTRING
    case postgresql(String)

    /// `sqlite:` and a path, `postgresql://…`, or a path alone.
    package init(_ text: String) {
        if text.hasPrefix("postgresql://") {
            self = .postgresql(text)
        } else {
            self = .sqlite(text.hasPrefix("sqlite:") ? String(text.dropFirst("sqlite:".count)) : text)
        }
    }

    /// The name of the engine.
    package var engine: String {
        switch self {
        case .sqlite: "SQLite"
        case .postgresql: "PostgreSQL"
        }
    }

    package var dialect: Dialect {
        switch self {
        case .sqlite: .sqlite
        case .postgresql: .postgresql
        }
    }

    /// Opens the store, and brings its schema up to date.
    package func open(told: @escaping @Sendable (SchemaNews) -> Void = { _ in }) async throws -> any Store {
        switch self {
        case .sqlite(let path): try SQLiteStore(path: path, told: told)
        case .postgresql(let address): try await PostgreSQLStore(address, told: told)
        }
    }
}
