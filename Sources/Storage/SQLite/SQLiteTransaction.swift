// A transaction on SQLite, through GRDB's cached statements. Values are bound and columns are read with SQLite's own
// calls: the single writer runs some ten statements a message, and GRDB's general way costs more than SQLite's work.

import GRDB
import GRDBSQLite
import Model

/// One unit's view of the database. Lives only inside the unit's closure.
final class SQLiteTransaction: Transaction {
    private let database: Database
    private(set) var raised: Set<StoreSignal> = []
    private(set) var tally = Tally()
    private(set) var failure: StoreError?

    init(_ database: Database) {
        self.database = database
    }

    var dialect: Dialect { .sqlite }
    var slot: Int64 { 0 }

    /// There is one writer.
    func lock(_ names: [LockName]) -> Bool { false }

    @discardableResult
    func run(_ sql: String, _ values: [SQLValue]) throws(StoreError) -> Int {
        try withStatement(sql, values) { (statement) throws(StoreError) in
            while try statement.step() {}
            return database.changesCount
        }
    }

    func rows(_ sql: String, _ values: [SQLValue]) throws(StoreError) -> [Row] {
        try withStatement(sql, values) { (statement) throws(StoreError) in
            var rows: [Row] = []
            while try statement.step() { rows.append(statement.row) }
            return rows
        }
    }

    /// Runs `body` with the cached statement of this text, its values bound, and resets it afterwards.
    private func withStatement<Value>(
        _ sql: String, _ values: [SQLValue], _ body: (SQLiteStatementHandle) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        let cached: Statement
        do {
            cached = try database.cachedStatement(sql: sql)
        } catch {
            let error = StoreError(error)
            failure = failure ?? error
            throw error
        }
        let statement = SQLiteStatementHandle(cached.sqliteStatement)
        defer { statement.reset() }
        do {
            try statement.bind(values)
            return try body(statement)
        } catch {
            failure = failure ?? error
            throw error
        }
    }

    func raise(_ signal: StoreSignal) {
        raised.insert(signal)
    }

    func count(_ counter: Counter, because reason: String?, by amount: Int64, of endpoint: Endpoint) {
        tally.add(amount, to: counter, because: reason, of: endpoint)
    }
}

extension StoreError {
    /// What an error of GRDB or SQLite means to us. The values of the statement are left out.
    init(_ error: any Error) {
        if let error = error as? StoreError {
            self = error
        } else if let error = error as? DatabaseError {
            self.init(sqlite: error.extendedResultCode.rawValue, error.message ?? "")
        } else {
            self.init(.unavailable, "\(error)")
        }
    }

    /// What a result code of SQLite means to us.
    init(sqlite code: Int32, _ message: String) {
        let text = "SQLite \(code): \(message)"
        switch code & 0xFF {
        case SQLITE_CONSTRAINT: self.init(.conflict, text)
        case SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_MISMATCH: self.init(.corrupt, text)
        default: self.init(.unavailable, text)
        }
    }
}
