// Gathered commits: units that wait while the disk syncs share the next sync.

import Dispatch
import GRDB
import Synchronization

/// A unit of work with its answer, whatever its type.
struct Unit: Sendable {
    /// Runs the unit; returns what must be called once the commit is durable. Throws what the unit threw.
    let run: @Sendable (any Transaction) throws -> @Sendable () -> Void
    let fail: @Sendable (any Error) -> Void

    init<Value: Sendable>(
        _ body: @escaping @Sendable (any Transaction) throws -> Value,
        _ continuation: CheckedContinuation<Value, any Error>
    ) {
        run = { transaction in
            let value = try body(transaction)
            return { continuation.resume(returning: value) }
        }
        fail = { continuation.resume(throwing: $0) }
    }
}

/// The single writer of an SQLite store.
///
/// Each round takes the units that wait, runs each in a savepoint of its own so that a bad one fails alone, commits
/// once, and answers all. While one round is syncing, the next one gathers.
final class CommitWriter: Sendable {
    private struct Inbox {
        var units: [Unit] = []
        var isRunning = false
        var isClosed = false
    }

    private let inbox = Mutex(Inbox())
    private let queue = DispatchQueue(label: "samtal.store.writer", qos: .userInitiated)
    private let database: any DatabaseWriter
    private let signals: StoreSignals

    init(database: any DatabaseWriter, signals: StoreSignals) {
        self.database = database
        self.signals = signals
    }

    /// Hands in a unit; it is answered after its commit.
    func submit(_ unit: Unit) {
        enum Step { case start, wait, refuse }
        let step = inbox.withLock { inbox -> Step in
            if inbox.isClosed { return .refuse }
            inbox.units.append(unit)
            if inbox.isRunning { return .wait }
            inbox.isRunning = true
            return .start
        }
        switch step {
        case .start: queue.async { self.work() }
        case .wait: break
        case .refuse: unit.fail(StoreError(.unavailable, "the store is closed"))
        }
    }

    /// Refuses further units and returns when those handed in are answered.
    func close() async {
        inbox.withLock { $0.isClosed = true }
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume() }
        }
    }

    private func work() {
        while let units = next() { commit(units) }
    }

    private func next() -> [Unit]? {
        inbox.withLock { inbox in
            if inbox.units.isEmpty {
                inbox.isRunning = false
                return nil
            }
            let units = Array(inbox.units.prefix(SQLiteStore.unitsPerCommitMax))
            inbox.units.removeFirst(units.count)
            return units
        }
    }

    private func commit(_ units: [Unit]) {
        var waiting = units[...]
        var done: [(unit: Unit, answer: @Sendable () -> Void)] = []
        var raised: Set<StoreSignal> = []
        var tally = Tally()
        do {
            try database.writeWithoutTransaction { database in
                do {
                    try database.beginTransaction(.immediate)
                    while let unit = waiting.popFirst() {
                        let transaction = SQLiteTransaction(database)
                        guard let answer = try Self.run(unit, in: transaction, of: database) else { continue }
                        done.append((unit, answer))
                        raised.formUnion(transaction.raised)
                        tally.add(transaction.tally)
                    }
                    try SQLiteTransaction(database).add(tally)
                    try database.commit()
                } catch {
                    if database.isInsideTransaction { try database.rollback() }
                    throw error
                }
            }
        } catch {
            let error = StoreError(error)
            for unit in done.map(\.unit) + waiting { unit.fail(error) }
            return
        }
        for signal in raised { signals.raise(signal) }
        for (_, answer) in done { answer() }
    }

    /// Runs one unit in its savepoint. A unit that throws is answered at once and undone; `nil` then.
    /// - Throws: when the whole transaction is lost with it.
    private static func run(
        _ unit: Unit, in transaction: SQLiteTransaction, of database: Database
    ) throws -> (@Sendable () -> Void)? {
        try transaction.run("SAVEPOINT unit", [])
        do {
            let answer = try unit.run(transaction)
            try transaction.run("RELEASE unit", [])
            return answer
        } catch {
            unit.fail(error)
            // SQLite itself rolls everything back on a full disk or an I/O error.
            guard database.isInsideTransaction else { throw error }
            try transaction.run("ROLLBACK TO unit", [])
            try transaction.run("RELEASE unit", [])
            return nil
        }
    }
}
