// A transaction on PostgreSQL.

import Model

/// One unit's view of the database. Lives only inside the unit's closure.
final class PostgreSQLTransaction: Transaction {
    /// Into how many rows each account is divided.
    private static let slots: Int64 = 64

    private let connection: PostgreSQLConnection
    private(set) var raised: Set<StoreSignal> = []
    private(set) var tally = Tally()
    /// The same as ``failure``, with what follows from it for the connection.
    private(set) var fault: PostgreSQLFailure?

    let dialect: Dialect

    init(_ connection: PostgreSQLConnection, _ mode: UnitMode) {
        self.connection = connection
        dialect = mode == .write ? .postgresql : .postgresql.reading
    }

    var slot: Int64 { Int64(connection.backend) % Self.slots }

    var failure: StoreError? { fault.map { StoreError($0) } }

    @discardableResult
    func run(_ sql: String, _ values: [SQLValue]) throws(StoreError) -> Int {
        try result(of: sql, values).count
    }

    func rows(_ sql: String, _ values: [SQLValue]) throws(StoreError) -> [Row] {
        try result(of: sql, values).rows()
    }

    private func result(of sql: String, _ values: [SQLValue]) throws(StoreError) -> PostgreSQLResult {
        do {
            return try connection.run(sql, values)
        } catch {
            fault = fault ?? error
            throw StoreError(error)
        }
    }

    /// Waits until nobody else holds any of these; held until the transaction ends.
    /// https://www.postgresql.org/docs/15/functions-admin.html#FUNCTIONS-ADVISORY-LOCKS
    @discardableResult
    func lock(_ names: [LockName]) throws(StoreError) -> Bool {
        let keys = Set(names.map(\.key)).sorted()
        guard !keys.isEmpty else { return true }
        // One statement, whose calls are made in order.
        let calls = keys.map { _ in "pg_advisory_xact_lock(?)" }.joined(separator: ", ")
        _ = try rows("SELECT \(calls)", keys.map { .integer($0) })
        return true
    }

    func raise(_ signal: StoreSignal) {
        raised.insert(signal)
    }

    func count(_ counter: Counter, because reason: String?, by amount: Int64, of endpoint: Endpoint) {
        tally.add(amount, to: counter, because: reason, of: endpoint)
    }
}
