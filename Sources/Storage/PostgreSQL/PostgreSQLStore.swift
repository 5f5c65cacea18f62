// The engine for many nodes: each unit is a transaction of its own on one of a few connections.

import Dispatch
package import Model
import Synchronization

/// A store in a PostgreSQL database, which any number of nodes share.
///
/// Units run side by side, each on a connection and a thread of its own; those that find none free wait in the order in
/// which they came. A unit that another transaction came between is run again, as is one whose connection was lost
/// before its commit; when it was lost during the commit, the server is asked what became of it.
package final class PostgreSQLStore: Store {
    /// How many connections a node holds for units; one more listens.
    package static let connectionsDefault = 8

    package let signals = StoreSignals()
    package let isPooled: Bool
    private let pool: PostgreSQLPool
    private let exchange: SignalExchange

    /// Connects, and brings the schema up to date.
    /// - Parameters:
    ///   - address: `postgresql://…`, with all that libpq reads there (TLS, password files, several hosts).
    ///   - patience: for how long a unit waits for a free connection.
    /// - Throws: `unavailable` when no server answers; `newer`.
    package init(
        _ address: String, connections: Int = connectionsDefault, patience: Duration = PostgreSQLPool.patience,
        schema: Schema = .present, clock: WallClock = .system, told: @escaping @Sendable (SchemaNews) -> Void = { _ in }
    ) async throws {
        let migrator = PostgreSQLMigrator(address, schema: schema, clock: clock)
        (_, isPooled) = try await migrator.migrate(told: told)
        exchange = SignalExchange(address: address, signals: signals)
        pool = PostgreSQLPool(address: address, size: connections, patience: patience) { [exchange, signals] raised in
            for signal in raised { signals.raise(signal) }
            exchange.tell(raised)
        }
        exchange.open()
    }

    package var isShared: Bool { true }

    package func write<Value: Sendable>(
        _ unit: @escaping @Sendable (any Transaction) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            pool.submit(Unit(unit, continuation), .write)
        }
    }

    package func read<Value: Sendable>(
        _ unit: @escaping @Sendable (any Transaction) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            pool.submit(Unit(unit, continuation), .read)
        }
    }

    package func close() async {
        await pool.close()
        exchange.close()
    }
}
