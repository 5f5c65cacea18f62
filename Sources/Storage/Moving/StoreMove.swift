// A store goes to another engine: all of it, looked at again on the other side, or nothing.

import Dispatch
package import Model

/// Why a store is not moved. Nothing was changed.
package struct MoveRefusal: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }
}

/// A table that was moved.
package struct MovedTable: Sendable {
    package let name: String
    package let rows: Int64
    /// Of all rows, whatever their order; the same on both sides.
    package let digest: [UInt8]
}

/// What a move has done.
package struct MoveReport: Sendable {
    package let tables: [MovedTable]
    /// Texts that held U+0000 and now hold U+FFFD in its place, by table and column.
    package let replaced: [String: Int64]
}

/// Copies one store into another, empty one.
///
/// The target's side is one transaction: it is committed when counts and digests of every table are the same on both
/// sides, and a move that is broken off leaves the target as empty as it was. The source is not written to.
package struct StoreMove: Sendable {
    /// Rows of one statement, and what their bytes may come to.
    static let rowsMax = 200
    static let bytesMax: Int64 = 4 << 20

    private let source: StoreAddress
    private let target: StoreAddress
    private let replacesNUL: Bool
    private let hash: @Sendable ([UInt8]) -> [UInt8]
    private let queue = DispatchQueue(label: "samtal.store.move")

    /// - Parameters:
    ///   - replacesNUL: whether U+0000 in a text may become U+FFFD where the target can not hold it, as it would have
    ///     if it had come in there.
    ///   - hash: of a row; 32 bytes.
    package init(
        from source: StoreAddress, to target: StoreAddress, replacesNUL: Bool,
        hash: @escaping @Sendable ([UInt8]) -> [UInt8]
    ) {
        (self.source, self.target, self.replacesNUL, self.hash) = (source, target, replacesNUL, hash)
    }

    /// Moves. No gateway may serve either store.
    /// - Parameter told: how many rows are copied or looked at again, of how many.
    /// - Throws: ``MoveRefusal``; ``StoreError``. The target is empty then.
    package func run(
        clock: WallClock = .system, told: @escaping @Sendable (_ done: Int64, _ total: Int64) -> Void
    ) async throws -> MoveReport {
        let standing = try await source.standing()
        guard standing.missing.isEmpty, !standing.isAhead else {
            throw MoveRefusal(
                "the source is at step \(standing.step), this samtal knows \(standing.newest): run samtal migrate first"
            )
        }
        _ = try await target.migrate(clock: clock) { _ in }
        return try await withCheckedThrowingContinuation { continuation in
            queue.async {
                continuation.resume(with: Result { try self.move(told) })
            }
        }
    }

    private func move(_ told: (Int64, Int64) -> Void) throws -> MoveReport {
        try source.whole(.source) { from in
            let tables = try TableShape.all(in: from, of: source.kind)
            let replaced = try unholdable(in: tables, from)
            return try target.whole(.target) { to in
                guard try TableShape.all(in: to, of: target.kind) == tables else {
                    throw MoveRefusal("the two stores do not have the same tables: somebody has changed one by hand")
                }
                try refuseRows(in: tables, to)
                return MoveReport(tables: try fill(tables, from, to, told), replaced: replaced)
            }
        }
    }

    private func refuseRows(in tables: [TableShape], _ to: any Transaction) throws {
        for table in tables where try to.rows("SELECT 1 FROM \(table.name) LIMIT 1", []).isEmpty == false {
            throw MoveRefusal("the target is not empty: it has rows in \(table.name)")
        }
    }

    /// Texts that the target can not hold, by table and column.
    private func unholdable(in tables: [TableShape], _ from: any Transaction) throws -> [String: Int64] {
        guard source.kind == .sqlite, target.kind == .postgresql else { return [:] }
        var found: [String: Int64] = [:]
        for table in tables {
            for column in table.columns where column.kind == .text {
                let count =
                    try from.row(
                        "SELECT count(*) FROM \(table.name) WHERE instr(\(column.name), char(0)) > 0", [])?.integer(0)
                    ?? 0
                if count > 0 { found["\(table.name).\(column.name)"] = count }
            }
        }
        guard replacesNUL || found.isEmpty else {
            let places = found.sorted { $0.key < $1.key }.map { "\($0.key) (\($0.value))" }.joined(separator: ", ")
            throw MoveRefusal(
                "PostgreSQL holds no U+0000 in a text, and the source has it in \(places): "
                    + "--replace-nul makes it U+FFFD")
        }
        return found
    }

    private func fill(
        _ tables: [TableShape], _ from: any Transaction, _ to: any Transaction, _ told: (Int64, Int64) -> Void
    ) throws -> [MovedTable] {
        // Copied, and looked at again.
        let rows = try tables.map { try from.row("SELECT count(*) FROM \($0.name)", [])?.integer(0) ?? 0 }
        let total = 2 * rows.reduce(0, +)
        var done: Int64 = 0
        func tell(_ more: Int) {
            done += Int64(more)
            told(done, total)
        }
        let references = try target.kind.looseReferences(in: to)
        var sums: [RowSum] = []
        for table in tables {
            var sum = RowSum(hash)
            try TablePages(table, in: from).forEach { page in
                let page = replacesNUL ? page.map { $0.map(\.withoutNUL) } : page
                try Self.insert(page, into: table, to)
                for row in page { sum.add(row) }
                tell(page.count)
            }
            sums.append(sum)
        }
        for statement in references { try to.run(statement, []) }
        if target.kind == .sqlite, let orphan = try to.row("PRAGMA foreign_key_check", []) {
            throw MoveRefusal("a row of \(try orphan.text(0)) refers to one that is not there")
        }
        return try zip(tables, sums).map { table, sum in
            var again = RowSum(hash)
            try TablePages(table, in: to).forEach { page in
                for row in page { again.add(row) }
                tell(page.count)
            }
            guard again.count == sum.count, again.digest == sum.digest else {
                throw MoveRefusal(
                    "\(table.name) is not the same on both sides: \(sum.count) rows, \(again.count) there")
            }
            try moveCounter(of: table, from, to)
            return MovedTable(name: table.name, rows: sum.count, digest: sum.digest)
        }
    }

    private func moveCounter(of table: TableShape, _ from: any Transaction, _ to: any Transaction) throws {
        guard let column = table.counted else { return }
        let count = try source.kind.counter(of: table.name, column, in: from)
        try target.kind.setCounter(of: table.name, column, to: count, in: to)
    }

    private static func insert(_ page: [[SQLValue]], into table: TableShape, _ to: any Transaction) throws {
        let row = "(" + Array(repeating: "?", count: table.columns.count).joined(separator: ", ") + ")"
        let rows = Array(repeating: row, count: page.count).joined(separator: ", ")
        let count = try to.run("INSERT INTO \(table.name) (\(table.names)) VALUES \(rows)", Array(page.joined()))
        guard count == page.count else {
            throw StoreError(.corrupt, "\(table.name) took \(count) of \(page.count) rows")
        }
    }
}

extension SQLValue {
    /// The same, with U+FFFD for U+0000.
    fileprivate var withoutNUL: SQLValue {
        guard case .text(let text) = self, text.utf8.contains(0) else { return self }
        return .text(text.replacing("\0", with: "\u{FFFD}"))
    }
}
