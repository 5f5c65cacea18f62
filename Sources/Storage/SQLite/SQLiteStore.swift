// The embedded engine: one file, one writer that gathers waiting units into one physical transaction.

import Foundation
import GRDB
package import Model

/// A store in one SQLite file (WAL, every commit synced to the disk) or, for tests, in memory.
package final class SQLiteStore: Store {
    /// How many units one physical transaction takes at most: bounds the time that a unit waits for its answer.
    static let unitsPerCommitMax = 256
    /// After how many pages of the write-ahead log they are moved to the file; 4 KiB each. More is faster and makes
    /// the log larger.
    static let checkpointPages = 8192
    /// How long a statement waits for another process's lock, in seconds.
    static let busySeconds: TimeInterval = 5

    package let signals = StoreSignals()
    /// Where the schema stood before this was opened.
    let former: SchemaStanding
    private let database: any DatabaseWriter
    private let writer: CommitWriter

    /// Opens or makes the store in the file at `path`, and brings its schema up to date, in one transaction.
    package convenience init(
        path: String, schema: Schema = .present, clock: WallClock = .system,
        told: (SchemaNews) -> Void = { _ in }
    ) throws(StoreError) {
        do {
            let directory = URL(fileURLWithPath: path).deletingLastPathComponent()
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            let pool = try DatabasePool(path: path, configuration: Self.configuration())
            // GRDB sets NORMAL when it turns to WAL, after the configuration had its say: no commit would be synced.
            try pool.writeWithoutTransaction { try $0.execute(sql: "PRAGMA synchronous = FULL") }
            try self.init(database: pool, schema: schema, clock: clock, told: told)
        } catch {
            throw StoreError(error)
        }
    }

    /// A store in memory, gone when it is released.
    package convenience init(inMemory clock: WallClock) throws(StoreError) {
        do {
            try self.init(
                database: DatabaseQueue(configuration: Self.configuration()), schema: .present, clock: clock,
                told: { _ in })
        } catch {
            throw StoreError(error)
        }
    }

    private init(
        database: any DatabaseWriter, schema: Schema, clock: WallClock, told: (SchemaNews) -> Void
    ) throws {
        self.database = database
        writer = CommitWriter(database: database, signals: signals)
        let time = clock.now.milliseconds
        former = try database.write { database in
            let transaction = SQLiteTransaction(database)
            let standing = try schema.standing(in: transaction)
            for step in standing.missing {
                for statement in step.sql(in: .sqlite) { try transaction.run(statement, []) }
                try schema.note(step, in: transaction, at: time)
            }
            return standing
        }
        if former.isAhead { told(.isAhead(step: former.step)) }
        for step in former.missing { told(.done(step)) }
    }

    /// Where the schema of a file stands. Nothing is written to it.
    /// - Throws: `newer`; `unavailable` when there is no such file.
    static func standing(path: String) throws(StoreError) -> SchemaStanding {
        do {
            var configuration = Self.configuration()
            configuration.readonly = true
            return try DatabaseQueue(path: path, configuration: configuration).read { database in
                try Schema.present.standing(in: SQLiteTransaction(database))
            }
        } catch {
            throw StoreError(error)
        }
    }

    static func configuration() -> Configuration {
        var configuration = Configuration()
        configuration.label = "samtal.store"
        configuration.busyMode = .timeout(busySeconds)
        configuration.publicStatementArguments = false
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA cache_size = -65536")
            try database.execute(sql: "PRAGMA temp_store = MEMORY")
            try database.execute(sql: "PRAGMA wal_autocheckpoint = \(checkpointPages)")
        }
        return configuration
    }

    package var isShared: Bool { false }
    package var isPooled: Bool { false }

    package func write<Value: Sendable>(
        _ unit: @escaping @Sendable (any Transaction) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            writer.submit(Unit(unit, continuation))
        }
    }

    package func read<Value: Sendable>(
        _ unit: @escaping @Sendable (any Transaction) throws -> Value
    ) async throws -> Value {
        do {
            return try await database.read { try unit(SQLiteTransaction($0)) }
        } catch let error as DatabaseError {
            throw StoreError(error)
        }
    }

    package func close() async {
        await writer.close()
        try? database.close()
    }
}
