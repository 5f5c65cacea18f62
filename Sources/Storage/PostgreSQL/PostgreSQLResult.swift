// What a statement gave, in the binary form of its types.

import CPostgres

/// The rows of one statement. They live as long as this does.
final class PostgreSQLResult {
    private let pointer: OpaquePointer

    init(_ pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        PQclear(pointer)
    }

    /// How many rows were changed, or found.
    var count: Int { Int(String(cString: PQcmdTuples(pointer))) ?? 0 }

    /// - Throws: `corrupt` for a column of a type that the schema does not have.
    func rows() throws(StoreError) -> [Row] {
        let columns = (0..<PQnfields(pointer)).map { PQftype(pointer, $0) }
        var rows: [Row] = []
        for row in 0..<PQntuples(pointer) {
            var values: [SQLValue] = []
            for (column, type) in columns.enumerated() {
                values.append(try value(row, Int32(column), type))
            }
            rows.append(Row(values))
        }
        return rows
    }

    private func value(_ row: Int32, _ column: Int32, _ type: Oid) throws(StoreError) -> SQLValue {
        guard PQgetisnull(pointer, row, column) == 0 else { return .null }
        let bytes = UnsafeRawBufferPointer(
            start: PQgetvalue(pointer, row, column), count: Int(PQgetlength(pointer, row, column)))
        switch Kind(rawValue: type) {
        case .boolean: return .integer(bytes.first == 0 ? 0 : 1)
        case .int2, .int4, .int8: return .integer(Self.integer(bytes))
        case .text, .varchar, .name, .unknown: return .text(String(decoding: bytes, as: UTF8.self))
        case .bytes: return .bytes(Array(bytes))
        case .void: return .null
        case nil: throw StoreError(.corrupt, "column \(column) is of the type \(type), which no query of ours gives")
        }
    }

    /// A signed number of 2, 4 or 8 bytes, the highest byte first.
    private static func integer(_ bytes: UnsafeRawBufferPointer) -> Int64 {
        let isNegative = (bytes.first ?? 0) >= 0x80
        return bytes.reduce(isNegative ? -1 : 0) { $0 << 8 | Int64($1) }
    }

    /// Numbers of the types that queries give: `SELECT oid, typname FROM pg_type`.
    private enum Kind: Oid {
        case boolean = 16
        case bytes = 17
        case name = 19
        case int8 = 20
        case int2 = 21
        case int4 = 23
        case text = 25
        case unknown = 705
        case varchar = 1043
        case void = 2278
    }
}
