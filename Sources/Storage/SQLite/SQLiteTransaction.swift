// A transaction on SQLite, through GRDB's cached statements.

import Foundation
import GRDB
import Model

/// One unit's view of the database. Lives only inside the unit's closure.
final class SQLiteTransaction: Transaction {
    private let database: Database
    private(set) var raised: Set<StoreSignal> = []
    private(set) var tally = Tally()

    init(_ database: Database) {
        self.database = database
    }

    @discardableResult
    func run(_ sql: String, _ values: [SQLValue]) throws(StoreError) -> Int {
        do {
            let statement = try database.cachedStatement(sql: sql)
            try statement.execute(arguments: StatementArguments(values))
            return database.changesCount
        } catch {
            throw StoreError(error)
        }
    }

    func rows(_ sql: String, _ values: [SQLValue]) throws(StoreError) -> [Row] {
        do {
            let statement = try database.cachedStatement(sql: sql)
            let cursor = try GRDB.Row.fetchCursor(statement, arguments: StatementArguments(values))
            var rows: [Row] = []
            while let row = try cursor.next() {
                rows.append(Row(row.databaseValues.map(SQLValue.init(databaseValue:))))
            }
            return rows
        } catch {
            throw StoreError(error)
        }
    }

    func raise(_ signal: StoreSignal) {
        raised.insert(signal)
    }

    func count(_ counter: Counter, by amount: Int64, of endpoint: Endpoint) {
        tally.add(amount, to: counter, of: endpoint)
    }
}

extension SQLValue: DatabaseValueConvertible {
    var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .bytes(let bytes): Data(bytes).databaseValue
        }
    }

    static func fromDatabaseValue(_ value: DatabaseValue) -> SQLValue? { SQLValue(databaseValue: value) }

    init(databaseValue: DatabaseValue) {
        switch databaseValue.storage {
        case .null: self = .null
        case .int64(let number): self = .integer(number)
        case .string(let text): self = .text(text)
        case .blob(let data): self = .bytes(Array(data))
        case .double(let number): self = .text(String(number))
        }
    }
}

extension StoreError {
    /// What an error of GRDB or SQLite means to us. The values of the statement are left out.
    init(_ error: any Error) {
        if let error = error as? StoreError {
            self = error
        } else if let error = error as? DatabaseError {
            let text = "\(error.resultCode.rawValue)/\(error.extendedResultCode.rawValue) \(error.message ?? "")"
            switch error.resultCode {
            case .SQLITE_CONSTRAINT: self.init(.conflict, text)
            case .SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_MISMATCH: self.init(.corrupt, text)
            default: self.init(.unavailable, text)
            }
        } else {
            self.init(.unavailable, "\(error)")
        }
    }
}
