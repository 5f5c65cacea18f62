// Where a store is, and which engine keeps it.

/// The address of a store. An address of PostgreSQL may hold a password: it is never logged.
package enum StoreAddress: Sendable, Hashable {
    /// A file, by its path.
    case sqlite(String)
    /// `postgresql://…`, as libpq reads it: https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-CONNSTRING
    case postgresql(String)

    /// Opens the store, and brings its schema up to date.
    package func open() async throws -> any Store {
        switch self {
        case .sqlite(let path): try SQLiteStore(path: path)
        case .postgresql(let address): try await PostgreSQLStore(address)
        }
    }
}
