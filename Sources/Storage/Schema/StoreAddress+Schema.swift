// The schema of a store, looked at or brought up to date without opening the store for work.

package import Model

extension StoreAddress {
    /// Where the store stands. Nothing is written.
    /// - Throws: `newer`; `unavailable` when there is no store or no server.
    package func standing() async throws -> SchemaStanding {
        switch self {
        case .sqlite(let path): try SQLiteStore.standing(path: path)
        case .postgresql(let address):
            try await PostgreSQLMigrator(address, schema: .present, clock: .system).standing()
        }
    }

    /// Brings the schema up to date. Two at once do it once: the second waits for the first.
    /// - Returns: where the store stood before.
    package func migrate(
        clock: WallClock = .system, told: @escaping @Sendable (SchemaNews) -> Void
    ) async throws -> SchemaStanding {
        switch self {
        case .sqlite(let path):
            let store = try SQLiteStore(path: path, clock: clock, told: told)
            await store.close()
            return store.former
        case .postgresql(let address):
            return try await PostgreSQLMigrator(address, schema: .present, clock: clock).migrate(told: told).former
        }
    }
}
