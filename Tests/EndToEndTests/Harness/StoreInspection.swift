// The store as it lies on the disk, opened beside the gateway or after it.

import Storage

/// Questions to a store's file.
struct StoreInspection: Sendable {
    let path: String

    init(path: String) {
        self.path = path
    }

    init(_ house: House) {
        self.init(path: house.storePath)
    }

    /// What is wrong with the file, by SQLite's own checks; empty when nothing is.
    func damage() async throws -> [String] {
        try await read { transaction in
            let integrity = try transaction.rows("PRAGMA integrity_check", []).map { try $0.text(0) }
            let orphans = try transaction.rows("PRAGMA foreign_key_check", []).map { try $0.text(0) }
            return integrity.filter { $0 != "ok" } + orphans.map { "an orphan in \($0)" }
        }
    }

    /// A count, or any other number.
    func number(_ sql: String) async throws -> Int {
        try await read { transaction in try Int(transaction.row(sql, [])?.integer(0) ?? -1) }
    }

    private func read<Value: Sendable>(
        _ unit: @escaping @Sendable (any Transaction) throws -> Value
    ) async throws -> Value {
        let store = try SQLiteStore(path: path)
        let value = try await store.read(unit)
        await store.close()
        return value
    }
}
