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
            if let failure = transaction.failure { throw failure }
            return { continuation.resume(returning: value) }
        }
        fail = { continuation.resume(throwing: $0) }
    }
}

/// The single writer of an SQLite store.
///
/// Each round takes the units that wait, runs them in one physical transaction, commits once, and answers all. While
/// one round is syncing, the next one gathers. A unit that throws fails alone: when it had changed something already,
/// the round is undone and run again with a savepoint for each unit.
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
        do {
            let round = try database.writeWithoutTransaction { database in
                try Self.transaction(of: database) { try Self.runTogether(units, in: database) }
                    ?? Self.transaction(of: database) { try Self.runApart(units, in: database) } ?? Round()
            }
            for signal in round.raised { signals.raise(signal) }
            for answer in round.answers { answer() }
        } catch {
            let error = StoreError(error)
            for unit in units { unit.fail(error) }
        }
    }

    /// What one physical transaction did, to be told once it is durable.
    private struct Round {
        var answers: [@Sendable () -> Void] = []
        var raised: Set<StoreSignal> = []
        var tally = Tally()

        mutating func add(_ transaction: SQLiteTransaction, _ answer: @escaping @Sendable () -> Void) {
            answers.append(answer)
            raised.formUnion(transaction.raised)
            tally.add(transaction.tally)
        }
    }

    /// Runs `body` in a physical transaction and commits it; rolled back when `body` gives `nil` or throws.
    private static func transaction(of database: Database, _ body: () throws -> Round?) throws -> Round? {
        try database.beginTransaction(.immediate)
        do {
            guard let round = try body() else {
                try database.rollback()
                return nil
            }
            try SQLiteTransaction(database).add(round.tally)
            try database.commit()
            return round
        } catch {
            if database.isInsideTransaction { try database.rollback() }
            throw error
        }
    }

    /// Runs the units one after the other with nothing between them: savepoints would copy every page that a unit
    /// touches. A unit that throws before it changed anything fails alone.
    /// - Returns: `nil` when a unit threw after it had changed something: all must be run again, apart.
    private static func runTogether(_ units: [Unit], in database: Database) throws -> Round? {
        var round = Round()
        for unit in units {
            let transaction = SQLiteTransaction(database)
            let before = database.totalChangesCount
            do {
                round.add(transaction, try unit.run(transaction))
            } catch {
                guard database.isInsideTransaction, database.totalChangesCount == before else { return nil }
                round.answers.append { unit.fail(error) }
            }
        }
        return round
    }

    /// Runs each unit in a savepoint of its own: one that throws is undone and fails alone.
    /// - Throws: when the whole transaction is lost: SQLite itself rolls back on a full disk or an I/O error.
    private static func runApart(_ units: [Unit], in database: Database) throws -> Round? {
        var round = Round()
        for unit in units {
            let transaction = SQLiteTransaction(database)
            try transaction.run("SAVEPOINT unit", [])
            do {
                round.add(transaction, try unit.run(transaction))
            } catch {
                guard database.isInsideTransaction else { throw error }
                try transaction.run("ROLLBACK TO unit", [])
                round.answers.append { unit.fail(error) }
            }
            try transaction.run("RELEASE unit", [])
        }
        return round
    }
}
