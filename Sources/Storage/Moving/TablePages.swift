// A table, page by page in the order of its key: what is in memory stays small, whatever the table's size.

import Model

/// Reads all rows of a table.
struct TablePages {
    private let table: TableShape
    private let transaction: any Transaction

    init(_ table: TableShape, in transaction: any Transaction) {
        (self.table, self.transaction) = (table, transaction)
    }

    /// Gives one page after the other, its values in the order of the table's columns.
    func forEach(_ body: ([[SQLValue]]) throws -> Void) throws {
        let places = table.key.compactMap { name in table.columns.firstIndex { $0.name == name } }
        guard !places.isEmpty, places.count == table.key.count else {
            throw StoreError(.corrupt, "\(table.name) has no primary key")
        }
        var last: [SQLValue] = []
        while true {
            let limit = try rows(after: last)
            guard limit > 0 else { return }
            let page = try transaction.rows(
                "SELECT \(table.names) FROM \(table.name)\(after(last)) LIMIT \(limit)", last
            ).map(\.all)
            guard let row = page.last else { return }
            try body(page)
            last = places.map { row[$0] }
        }
    }

    /// Where the next page begins: both engines compare keys alike, texts byte by byte.
    private func after(_ last: [SQLValue]) -> String {
        let key = table.key.joined(separator: ", ")
        if last.isEmpty { return " ORDER BY \(key)" }
        let marks = last.map { _ in "?" }.joined(separator: ", ")
        return " WHERE (\(key)) > (\(marks)) ORDER BY \(key)"
    }

    /// How many rows the next page may have: where a table holds files, as many as come to some megabytes, and one at
    /// least.
    private func rows(after last: [SQLValue]) throws -> Int {
        guard !table.bytes.isEmpty else { return StoreMove.rowsMax }
        let size = table.bytes.map { "length(\($0))" }.joined(separator: " + ")
        let sizes = try transaction.rows(
            "SELECT \(size) FROM \(table.name)\(after(last)) LIMIT \(StoreMove.rowsMax)", last
        ).map { $0.optionalInteger(0) ?? 0 }
        var (count, sum) = (0, Int64(0))
        for size in sizes {
            sum += size
            if count > 0, sum > StoreMove.bytesMax { break }
            count += 1
        }
        return count
    }
}

/// Counts rows and adds up their digests, so that their order does not matter.
struct RowSum {
    private(set) var count: Int64 = 0
    private var lanes: [UInt64] = [0, 0, 0, 0]
    private let hash: ([UInt8]) -> [UInt8]

    init(_ hash: @escaping ([UInt8]) -> [UInt8]) {
        self.hash = hash
    }

    /// The sum modulo 2^64 of each eight bytes.
    var digest: [UInt8] { lanes.flatMap(Self.bytes) }

    mutating func add(_ row: [SQLValue]) {
        count += 1
        let digest = hash(row.flatMap(Self.canonical))
        for lane in lanes.indices {
            let word = digest.dropFirst(8 * lane).prefix(8).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            lanes[lane] &+= word
        }
    }

    /// A value with its kind and its length before it: no two rows have the same bytes.
    private static func canonical(_ value: SQLValue) -> [UInt8] {
        switch value {
        case .null: [0]
        case .integer(let number): [1] + bytes(UInt64(bitPattern: number))
        case .text(let text): [2] + bytes(UInt64(text.utf8.count)) + Array(text.utf8)
        case .bytes(let value): [3] + bytes(UInt64(value.count)) + value
        }
    }

    private static func bytes(_ word: UInt64) -> [UInt8] {
        (0..<8).reversed().map { UInt8(truncatingIfNeeded: word >> (8 * $0)) }
    }
}
