// One prepared statement of SQLite: bind, step, read, reset.

import GRDB
import GRDBSQLite

/// A statement that GRDB prepared and keeps. Valid while its connection is.
struct SQLiteStatementHandle {
    private let pointer: GRDB.SQLiteStatement
    /// SQLite copies what it is given (sqlite3_bind_text: SQLITE_TRANSIENT, which is -1 as a pointer).
    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    init(_ pointer: GRDB.SQLiteStatement) {
        self.pointer = pointer
    }

    /// Binds all values, in order. A statement with another number of places is a defect.
    func bind(_ values: [SQLValue]) throws(StoreError) {
        precondition(
            values.count == Int(sqlite3_bind_parameter_count(pointer)), "a statement has as many values as places")
        for (index, value) in values.enumerated() {
            let place = Int32(index + 1)
            let code =
                switch value {
                case .null: sqlite3_bind_null(pointer, place)
                case .integer(let number): sqlite3_bind_int64(pointer, place, number)
                case .text(let text): bind(text, at: place)
                case .bytes(let bytes): bind(bytes, at: place)
                }
            guard code == SQLITE_OK else { throw error(code) }
        }
    }

    private func bind(_ text: String, at place: Int32) -> Int32 {
        var text = text
        return text.withUTF8 { buffer in
            // An empty text has no address; a null pointer would bind NULL.
            guard let base = buffer.baseAddress else { return sqlite3_bind_text(pointer, place, "", 0, Self.transient) }
            return base.withMemoryRebound(to: CChar.self, capacity: buffer.count) { characters in
                sqlite3_bind_text(pointer, place, characters, Int32(buffer.count), Self.transient)
            }
        }
    }

    private func bind(_ bytes: [UInt8], at place: Int32) -> Int32 {
        if bytes.isEmpty { return sqlite3_bind_zeroblob(pointer, place, 0) }
        return sqlite3_bind_blob(pointer, place, bytes, Int32(bytes.count), Self.transient)
    }

    /// Goes to the next row.
    /// - Returns: whether there is one.
    func step() throws(StoreError) -> Bool {
        switch sqlite3_step(pointer) {
        case SQLITE_ROW: true
        case SQLITE_DONE: false
        default: throw error(sqlite3_extended_errcode(sqlite3_db_handle(pointer)))
        }
    }

    /// The present row.
    var row: Row {
        Row((0..<sqlite3_column_count(pointer)).map(value(at:)))
    }

    private func value(at column: Int32) -> SQLValue {
        switch sqlite3_column_type(pointer, column) {
        case SQLITE_INTEGER: return .integer(sqlite3_column_int64(pointer, column))
        case SQLITE_TEXT:
            guard let start = sqlite3_column_text(pointer, column) else { return .null }
            let count = Int(sqlite3_column_bytes(pointer, column))
            return .text(String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self))
        case SQLITE_BLOB:
            guard let start = sqlite3_column_blob(pointer, column) else { return .bytes([]) }
            return .bytes(
                Array(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(pointer, column)))))
        case SQLITE_FLOAT: return .text(String(sqlite3_column_double(pointer, column)))
        default: return .null
        }
    }

    /// Makes the statement ready for its next use; its error, if any, was told by `step` already.
    func reset() {
        sqlite3_reset(pointer)
        sqlite3_clear_bindings(pointer)
    }

    private func error(_ code: Int32) -> StoreError {
        StoreError(sqlite: code, String(cString: sqlite3_errmsg(sqlite3_db_handle(pointer))))
    }
}
