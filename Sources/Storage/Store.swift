// The store as the rooms above see it: units of work in, results out.

/// A place that keeps everything. Units are synchronous closures: nothing is ever awaited inside a transaction.
package protocol Store: Sendable {
    /// Runs `unit` in a transaction and answers after it is durable. A unit that throws changes nothing.
    /// Units may be run more than once by an engine that must retry them, so they have no effect outside the store.
    /// - Throws: what the unit threw, or ``StoreError`` when the store could not commit.
    func write<Value: Sendable>(_ unit: @escaping @Sendable (any Transaction) throws -> Value) async throws -> Value

    /// Runs `unit` on a consistent snapshot; it must not write.
    func read<Value: Sendable>(_ unit: @escaping @Sendable (any Transaction) throws -> Value) async throws -> Value

    /// Whether other nodes work on it too.
    var isShared: Bool { get }

    /// Whether a pooler gives each transaction another session: what other nodes commit wakes nobody here then.
    var isPooled: Bool { get }

    /// Wakes those that wait for something in the store.
    var signals: StoreSignals { get }

    /// Ends all work and releases files and connections. Units still waiting fail with `unavailable`.
    func close() async
}

extension Store {
    /// Runs `unit` in a transaction and undoes it: its answer tells what it would have done.
    package func rehearse<Value: Sendable>(
        _ unit: @escaping @Sendable (any Transaction) throws -> Value
    ) async throws -> Value {
        do {
            return try await write { transaction -> Value in throw Rehearsal(value: try unit(transaction)) }
        } catch let rehearsal as Rehearsal<Value> {
            return rehearsal.value
        }
    }
}

/// Carries an answer out of a transaction that is undone.
private struct Rehearsal<Value: Sendable>: Error {
    let value: Value
}
