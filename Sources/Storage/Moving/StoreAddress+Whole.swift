// Work on a whole store: one transaction on one connection, on the calling thread.

import Foundation
import GRDB
import Model

/// What work on a whole store does to it.
enum WholeUse: Sendable {
    /// Reads it; nobody writes meanwhile.
    case source
    /// Fills it; nobody else reads or writes meanwhile.
    case target
}

extension StoreAddress {
    var kind: Engine {
        switch self {
        case .sqlite: .sqlite
        case .postgresql: .postgresql
        }
    }

    /// Runs `body` in one transaction and commits it; all or nothing, also when the process is killed.
    func whole<Value>(_ use: WholeUse, _ body: (any Transaction) throws -> Value) throws -> Value {
        switch self {
        case .sqlite(let path): return try Self.file(path, body)
        case .postgresql(let address):
            do {
                return try Self.database(address, use, body)
            } catch let failure as PostgreSQLFailure {
                throw StoreError(failure)
            }
        }
    }

    /// The write lock of a file keeps everybody else from writing, whatever is done under it.
    private static func file<Value>(_ path: String, _ body: (any Transaction) throws -> Value) throws -> Value {
        var value: Value?
        do {
            let queue = try DatabaseQueue(path: path, configuration: SQLiteStore.configuration())
            try queue.writeWithoutTransaction { database in
                try database.execute(sql: "PRAGMA synchronous = FULL")
                try database.inTransaction(.immediate) {
                    value = try body(SQLiteTransaction(database))
                    return .commit
                }
            }
        } catch let error as DatabaseError {
            throw StoreError(error)
        }
        guard let value else { throw StoreError(.unavailable, "the transaction was not run") }
        return value
    }

    private static func database<Value>(
        _ address: String, _ use: WholeUse, _ body: (any Transaction) throws -> Value
    ) throws -> Value {
        let connection = try PostgreSQLConnection.patient(address)
        guard !connection.isPooled else {
            throw MoveRefusal("a pooler hides who works on the database: give the server's own address")
        }
        try refuseNodes(on: connection)
        try connection.command("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
        // While one store is read the other one stands idle; who holds a table keeps us waiting a few seconds at most.
        try connection.command("SET LOCAL idle_in_transaction_session_timeout = 0; SET LOCAL lock_timeout = '5s'")
        let transaction = PostgreSQLTransaction(connection, .write)
        do {
            try lock(transaction, use)
            let value = try body(transaction)
            guard try connection.command("COMMIT") == "COMMIT" else {
                throw StoreError(.unavailable, "the transaction was undone in place of its commit")
            }
            return value
        } catch {
            if !connection.isLost { try connection.command("ROLLBACK") }
            throw error
        }
    }

    /// Nodes hold connections under this name; those of a pooler bear it too, for a while after the node has gone. Who
    /// is just leaving gets a moment.
    private static func refuseNodes(on connection: PostgreSQLConnection) throws {
        for _ in 0..<20 {
            let others = try connection.run(
                """
                SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
                  AND application_name IN ('samtal', current_setting('application_name'))
                """, []
            ).rows()
            if others.first?.optionalInteger(0) == 0 { return }
            Thread.sleep(forTimeInterval: 0.1)
        }
        throw MoveRefusal("another samtal works on the database: stop all nodes, and pause a pooler")
    }

    /// Units of nodes that start meanwhile wait.
    private static func lock(_ transaction: PostgreSQLTransaction, _ use: WholeUse) throws {
        let tables = try TableShape.all(in: transaction, of: .postgresql).map(\.name)
        guard !tables.isEmpty else { return }
        let mode =
            switch use {
            case .source: "SHARE"
            case .target: "ACCESS EXCLUSIVE"
            }
        try transaction.run("LOCK TABLE \(tables.joined(separator: ", ")) IN \(mode) MODE", [])
    }
}
