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
    private let pool: PostgreSQLPool
    private let exchange: SignalExchange

    /// Connects, and brings the schema up to date.
    /// - Parameter address: `postgresql://…`, with all that libpq reads there (TLS, password files, several hosts).
    /// - Throws: `unavailable` when no server answers; `newer`.
    package init(
        _ address: String, connections: Int = connectionsDefault, clock: WallClock = .system
    ) async throws {
        exchange = SignalExchange(address: address, signals: signals)
        pool = PostgreSQLPool(address: address, size: connections) { [exchange, signals] raised in
            for signal in raised { signals.raise(signal) }
            exchange.tell(raised)
        }
        let time = clock.now.milliseconds
        do {
            try await write { transaction in
                try transaction.lock([.schema])
                let encoding = try transaction.row("SELECT current_setting('server_encoding')", [])?.text(0)
                guard encoding == "UTF8" else {
                    throw StoreError(.unavailable, "the database is not in UTF8: CREATE DATABASE … ENCODING 'UTF8'")
                }
                try Migrations.apply(in: transaction, dialect: .postgresql, at: time)
            }
        } catch {
            await close()
            throw error
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
