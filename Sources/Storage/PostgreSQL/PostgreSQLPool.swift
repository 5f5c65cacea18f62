// Which unit runs on which connection.

import Dispatch
import Synchronization

/// What a unit may do.
enum UnitMode: Sendable {
    case write
    /// On a snapshot of one moment.
    case read
}

/// A few workers, each with a connection and a thread. Units wait in the order in which they came.
final class PostgreSQLPool: Sendable {
    private struct State {
        var idle: [PostgreSQLWorker] = []
        var waiting: [(unit: Unit, mode: UnitMode)] = []
        var isClosed = false
    }

    private let workers: [PostgreSQLWorker]
    private let state: Mutex<State>

    /// - Parameter committed: called with the signals of each unit after its commit.
    init(address: String, size: Int, committed: @escaping @Sendable (Set<StoreSignal>) -> Void) {
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
                state.waiting.append((unit, mode))
            }
            return true
        }
        if !isTaken { unit.fail(Self.isClosed) }
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
            return state.waiting.removeFirst()
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
        for (unit, _) in waiting { unit.fail(Self.isClosed) }
        for worker in workers { await worker.close() }
    }
}
