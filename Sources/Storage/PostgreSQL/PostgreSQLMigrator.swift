// The schema of a database is brought up to date while nodes of the former version write to it (decision 33).

import Dispatch
import Foundation
import Model

/// Runs the steps that a database lacks, each in a transaction of its own. No step waits for a table longer than a
/// moment, since everybody else would wait behind it; an index is built beside those who write.
struct PostgreSQLMigrator: Sendable {
    /// For how long a step waits for a table: units that come meanwhile wait behind it.
    private static let lockSeconds = 1
    /// How often it is tried again: with the pauses between, some three minutes.
    private static let triesMax = 120

    private let address: String
    private let schema: Schema
    private let clock: WallClock
    private let queue = DispatchQueue(label: "samtal.store.schema")

    init(_ address: String, schema: Schema, clock: WallClock) {
        (self.address, self.schema, self.clock) = (address, schema, clock)
    }

    /// Where the database stands. Nothing is written.
    func standing() async throws -> SchemaStanding {
        try await onThread { try standing(on: PostgreSQLConnection.patient(address)) }
    }

    /// Runs what is missing.
    /// - Returns: where the database stood before, and whether a pooler is between.
    func migrate(
        told: @escaping @Sendable (SchemaNews) -> Void
    ) async throws -> (former: SchemaStanding, isPooled: Bool) {
        try await onThread {
            let connection = try PostgreSQLConnection.patient(address)
            try checkEncoding(on: connection)
            let seen = try standing(on: connection)
            if seen.isAhead { told(.isAhead(step: seen.step)) }
            guard !seen.missing.isEmpty else { return (seen, connection.isPooled) }
            let holder = try hold(told)
            let former = try standing(on: connection)
            for step in former.missing {
                try run(step, on: connection, told)
                told(.done(step))
            }
            try holder.command("COMMIT")
            return (former, connection.isPooled)
        }
    }

    private func onThread<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async {
                do {
                    continuation.resume(returning: try body())
                } catch let failure as PostgreSQLFailure {
                    continuation.resume(throwing: StoreError(failure))
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
    }

    private func checkEncoding(on connection: PostgreSQLConnection) throws {
        let rows = try connection.run("SELECT current_setting('server_encoding')", []).rows()
        guard try rows.first?.text(0) == "UTF8" else {
            throw StoreError(.unavailable, "the database is not in UTF8: CREATE DATABASE … ENCODING 'UTF8'")
        }
    }

    private func standing(on connection: PostgreSQLConnection) throws -> SchemaStanding {
        try connection.command("BEGIN READ ONLY")
        let standing = try schema.standing(in: PostgreSQLTransaction(connection, .read))
        try connection.command("COMMIT")
        return standing
    }

    /// Waits until nobody else changes the schema.
    ///
    /// The lock belongs to a transaction, so that it holds behind a pooler too, and it is asked for again and again: a
    /// session that waits within a statement would hold a snapshot, and an index that is built beside others waits for
    /// those to end.
    /// - Returns: the connection that has the lock until it is committed or gone.
    private func hold(_ told: (SchemaNews) -> Void) throws -> PostgreSQLConnection {
        let connection = try PostgreSQLConnection.patient(address)
        var isTold = false
        while true {
            try connection.command("BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0")
            // As a plain command: the portal of a statement with values would keep its snapshot.
            let isTaken = "SELECT 1 WHERE pg_try_advisory_xact_lock(\(LockName.schema.key))"
            if try connection.command(isTaken) == "SELECT 1" { return connection }
            try connection.command("ROLLBACK")
            if !isTold { told(.waitsForAnother) }
            isTold = true
            Thread.sleep(forTimeInterval: Double.random(in: 0.05...0.15))
        }
    }

    private func run(_ step: Migration, on connection: PostgreSQLConnection, _ told: (SchemaNews) -> Void) throws {
        var tries = 1
        while true {
            do {
                try build(step, on: connection)
                return try commit(step, on: connection)
            } catch let failure as PostgreSQLFailure where failure.kind == .again && tries < Self.triesMax {
                tries += 1
                told(.isHeldUp(step))
                // Who had to wait behind this comes first.
                Thread.sleep(forTimeInterval: Double.random(in: 0.2...0.8))
            }
        }
    }

    /// Builds the step's index, if it has one. What an interrupted run left of it is worth nothing.
    /// https://www.postgresql.org/docs/15/sql-createindex.html#SQL-CREATEINDEX-CONCURRENTLY
    private func build(_ step: Migration, on connection: PostgreSQLConnection) throws {
        guard let index = step.index else { return }
        try connection.command("DROP INDEX CONCURRENTLY IF EXISTS \(index.name)")
        for statement in step.sql(in: .postgresql) { try connection.command(statement) }
    }

    private func commit(_ step: Migration, on connection: PostgreSQLConnection) throws {
        try connection.command("BEGIN; SET LOCAL lock_timeout = '\(Self.lockSeconds)s'")
        let transaction = PostgreSQLTransaction(connection, .write)
        do {
            if step.index == nil {
                for statement in step.sql(in: .postgresql) { try transaction.run(statement, []) }
            }
            try schema.note(step, in: transaction, at: clock.now.milliseconds)
            guard try connection.command("COMMIT") == "COMMIT" else {
                throw PostgreSQLFailure(.wrong, "the step was undone in place of its commit")
            }
        } catch {
            if !connection.isLost { try connection.command("ROLLBACK") }
            throw transaction.fault ?? error
        }
    }
}
