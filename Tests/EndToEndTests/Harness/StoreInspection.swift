// The store as it is, opened beside the gateway or after it.

import Storage

/// Questions to a store.
struct StoreInspection: Sendable {
    let address: StoreAddress

    init(_ address: StoreAddress) {
        self.address = address
    }

    init(path: String) {
        self.init(.sqlite(path))
    }

    init(_ house: House) {
        self.init(house.store)
    }

    /// What is wrong with it, by SQLite's own checks; empty when nothing is. PostgreSQL checks itself.
    func damage() async throws -> [String] {
        guard case .sqlite = address else { return [] }
        return try await read { transaction in
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
        let store = try await address.open()
        let value = try await store.read(unit)
        await store.close()
        return value
    }
}
