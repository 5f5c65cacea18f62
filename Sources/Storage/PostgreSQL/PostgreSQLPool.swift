// Which unit runs on which connection.

import Dispatch
import Synchronization

/// What a unit may do.
enum UnitMode: Sendable {
    case write
    /// On a snapshot of one moment.
    case read
}

/// A few workers, each with a connection and a thread. Units wait in the order in which they came, and not for ever.
package final class PostgreSQLPool: Sendable {
    /// For how long a unit waits for a free connection.
    package static let patience = Duration.seconds(10)

    private struct Waiting {
        let unit: Unit
        let mode: UnitMode
        let end: ContinuousClock.Instant
    }

    private struct State {
        var idle: [PostgreSQLWorker] = []
        var waiting: [Waiting] = []
        /// Whether the first of those that wait is looked at when its time is over.
        var isWatched = false
        var isClosed = false
    }

    private let workers: [PostgreSQLWorker]
    private let state: Mutex<State>
    private let patience: Duration
    private let sweeper = DispatchQueue(label: "samtal.store.waiting")

    /// - Parameter committed: called with the signals of each unit after its commit.
    init(
        address: String, size: Int, patience: Duration, committed: @escaping @Sendable (Set<StoreSignal>) -> Void
    ) {
        self.patience = patience
        workers = (0..<max(size, 1)).map { PostgreSQLWorker(address: address, number: $0, committed: committed) }
        state = Mutex(State(idle: workers))
    }

    /// Hands in a unit; it is answered after its commit.
    func submit(_ unit: Unit, _ mode: UnitMode) {
        let isTaken = state.withLock { state -> Bool in
            if state.isClosed { return false }
            if let worker = state.idle.popLast() {
                worker.queue.async { self.work(on: worker, unit, mode) }
            } else {
                state.waiting.append(Waiting(unit: unit, mode: mode, end: .now + patience))
                watch(&state)
            }
            return true
        }
        if !isTaken { unit.fail(Self.isClosed) }
    }

    /// Sees to it that the first of those that wait does not wait too long.
    private func watch(_ state: inout State) {
        guard !state.isWatched, let first = state.waiting.first else { return }
        state.isWatched = true
        let milliseconds = max((first.end - .now) / .milliseconds(1), 0)
        sweeper.asyncAfter(deadline: .now() + .milliseconds(Int(milliseconds.rounded(.up)))) { self.dismiss() }
    }

    /// Fails those that have waited too long.
    private func dismiss() {
        let late = state.withLock { state in
            let late = state.waiting.prefix { $0.end <= .now }
            state.waiting.removeFirst(late.count)
            state.isWatched = false
            watch(&state)
            return late
        }
        for waiting in late {
            waiting.unit.fail(StoreError(.unavailable, "no connection was free within \(patience)"))
        }
    }

    private static let isClosed = StoreError(.unavailable, "the store is closed")

    private func work(on worker: PostgreSQLWorker, _ unit: Unit, _ mode: UnitMode) {
        worker.perform(unit, mode)
        while let (unit, mode) = next(worker) { worker.perform(unit, mode) }
    }

    private func next(_ worker: PostgreSQLWorker) -> (unit: Unit, mode: UnitMode)? {
        state.withLock { state in
            if state.waiting.isEmpty {
                state.idle.append(worker)
                return nil
            }
            let first = state.waiting.removeFirst()
            return (first.unit, first.mode)
        }
    }

    /// Refuses further units and those that wait, and returns when those at work are answered and the connections are
    /// closed.
    func close() async {
        let waiting = state.withLock { state in
            state.isClosed = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for waiting in waiting { waiting.unit.fail(Self.isClosed) }
        for worker in workers { await worker.close() }
    }
}
