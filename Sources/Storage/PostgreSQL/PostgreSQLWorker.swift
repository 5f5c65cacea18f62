// One connection at work: begin, run, commit, and what to do when that fails.

import Dispatch
import Foundation
import Model
import Synchronization

/// Runs units on its connection, one after the other, and makes the connection anew when it is lost.
final class PostgreSQLWorker: Sendable {
    /// How often a unit is run again because another transaction came between.
    static let repetitionsMax = 10
    /// How often a unit is run again that a constraint refused: the next run sees who was first.
    static let collisionsMax = 2
    /// For how long a unit waits for a server that is not there; a restart takes some seconds.
    static let patience = Duration.seconds(10)
    /// For how long the server is asked what became of a commit: longer than it waits for a session that is gone.
    static let patienceForCommit = Duration.seconds(20)

    private static let begin = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
    /// Behind a pooler what belongs to the session is said for each transaction.
    private static let pooledBegin =
        begin + """
            ; SET LOCAL idle_in_transaction_session_timeout = '15s';
            SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'
            """

    /// Its thread: libpq waits for the server's answers.
    let queue: DispatchQueue
    private let address: String
    private let connection = Mutex<PostgreSQLConnection?>(nil)
    private let committed: @Sendable (Set<StoreSignal>) -> Void

    init(address: String, number: Int, committed: @escaping @Sendable (Set<StoreSignal>) -> Void) {
        self.address = address
        self.committed = committed
        queue = DispatchQueue(label: "samtal.store.\(number)", qos: .userInitiated)
    }

    /// Runs a unit until it is committed, or must fail, and answers it. Called on ``queue``.
    func perform(_ unit: Unit, _ mode: UnitMode) {
        connection.withLock { connection in
            let end = ContinuousClock.now + Self.patience
            var (repetitions, collisions) = (0, 0)
            while true {
                do {
                    let done = try run(unit, mode, on: &connection)
                    committed(done.raised)
                    return done.answer()
                } catch let failure as PostgreSQLFailure {
                    if failure.kind == .lost { connection = nil }
                    repetitions += 1
                    if failure.kind == .conflict { collisions += 1 }
                    let isWorthIt =
                        switch failure.kind {
                        case .lost: ContinuousClock.now < end
                        case .again: repetitions <= Self.repetitionsMax
                        case .conflict: collisions <= Self.collisionsMax
                        case .refused, .unavailable, .wrong: false
                        }
                    guard isWorthIt else { return unit.fail(StoreError(failure)) }
                    Self.rest(repetitions)
                } catch {
                    return unit.fail(error)
                }
            }
        }
    }

    /// Waits before another try, longer each time and never alike on two nodes. The thread is the worker's own.
    static func rest(_ repetitions: Int) {
        let most = min(0.01 * Double(1 << min(repetitions, 6)), 0.5)
        Thread.sleep(forTimeInterval: Double.random(in: most / 2...most))
    }

    private struct Done {
        let answer: @Sendable () -> Void
        var raised: Set<StoreSignal> = []
    }

    /// Runs a unit once in a transaction.
    /// - Throws: ``PostgreSQLFailure`` of the server, or what the unit threw; nothing was changed then.
    private func run(_ unit: Unit, _ mode: UnitMode, on connection: inout PostgreSQLConnection?) throws -> Done {
        let current = try connection ?? PostgreSQLConnection(address)
        connection = current
        switch mode {
        case .write: try current.command(current.isPooled ? Self.pooledBegin : Self.begin)
        case .read: try current.command("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        }
        let transaction = PostgreSQLTransaction(current, mode)
        do {
            let answer = try unit.run(transaction)
            let done = Done(answer: answer, raised: transaction.raised)
            guard mode == .write else {
                try current.command("COMMIT")
                return done
            }
            let tally = transaction.tally
            try transaction.add(tally)
            try commit(transaction, on: &connection)
            return done
        } catch {
            if connection?.isLost == false { try connection?.command("ROLLBACK") }
            throw transaction.fault ?? error
        }
    }

    /// Commits; when the connection is lost meanwhile, asks on another one what became of it.
    /// https://www.postgresql.org/docs/15/functions-info.html#FUNCTIONS-PG-SNAPSHOT
    private func commit(
        _ transaction: PostgreSQLTransaction, on connection: inout PostgreSQLConnection?
    ) throws {
        let number = try transaction.row("SELECT CAST(pg_current_xact_id_if_assigned() AS TEXT)", [])?.optionalText(0)
        do {
            guard try connection?.command("COMMIT") == "COMMIT" else {
                throw PostgreSQLFailure(.wrong, "the transaction was undone in place of its commit")
            }
        } catch let failure as PostgreSQLFailure where failure.kind == .lost {
            connection = nil
            guard let number, try wasCommitted(number, on: &connection) else { throw failure }
        }
    }

    private func wasCommitted(_ number: String, on connection: inout PostgreSQLConnection?) throws -> Bool {
        let end = ContinuousClock.now + Self.patienceForCommit
        var tries = 0
        while ContinuousClock.now < end {
            do {
                let current = try connection ?? PostgreSQLConnection(address)
                connection = current
                let rows = try current.run("SELECT pg_xact_status(CAST(? AS xid8))", [.text(number)]).rows()
                switch rows.first?.optionalText(0) {
                case "committed": return true
                case "aborted": return false
                // The server has not noticed yet that we are gone.
                default: break
                }
            } catch let failure as PostgreSQLFailure {
                // "In the future" (22023): the server fell before it wrote anything with this number, and will give it
                // to another transaction. Whoever went on asking would hear of that one.
                if failure.kind == .refused { return false }
                // Not there, or not yet the server that knows.
                connection = nil
            }
            tries += 1
            Self.rest(tries)
        }
        throw StoreError(.unavailable, "the connection was lost during a commit, and the server can not be asked")
    }

    func close() async {
        await withCheckedContinuation { continuation in
            queue.async {
                self.connection.withLock { $0 = nil }
                continuation.resume()
            }
        }
    }
}
