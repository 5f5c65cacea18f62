// "Something changed": the courier sleeps until a commit wakes it, not on a timer.

import Synchronization

/// Signals that commits raise and services wait for. Each signal is counted, so that one raised between a look at the
/// store and the wait is not missed.
package final class StoreSignals: Sendable {
    private struct Waiter {
        let id: UInt64
        let signal: StoreSignal
        let continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var counts: [StoreSignal: UInt64] = [:]
        var waiters: [Waiter] = []
        var nextID: UInt64 = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// How often `signal` was raised; take it before looking at the store.
    package func count(of signal: StoreSignal) -> UInt64 {
        state.withLock { $0.counts[signal, default: 0] }
    }

    /// Wakes whoever waits for `signal`.
    package func raise(_ signal: StoreSignal) {
        let woken = state.withLock { state in
            state.counts[signal, default: 0] += 1
            guard !state.waiters.isEmpty else { return [Waiter]() }
            let woken = state.waiters.filter { $0.signal == signal }
            state.waiters.removeAll { $0.signal == signal }
            return woken
        }
        for waiter in woken { waiter.continuation.resume() }
    }

    /// Returns when `signal` was raised since `seen`, when `limit` has passed, or when the task is cancelled.
    package func wait(for signal: StoreSignal, after seen: UInt64, atMost limit: Duration) async {
        await withTaskGroup { group in
            group.addTask { await self.wait(for: signal, after: seen) }
            // Cancellation ends the sleep early, which is all that is wanted.
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }

    private func wait(for signal: StoreSignal, after seen: UInt64) async {
        let id = state.withLock { state in
            state.nextID += 1
            return state.nextID
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    if state.counts[signal, default: 0] != seen || Task.isCancelled { return true }
                    state.waiters.append(Waiter(id: id, signal: signal, continuation: continuation))
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let cancelled = state.withLock { state in
                let found = state.waiters.first { $0.id == id }
                state.waiters.removeAll { $0.id == id }
                return found
            }
            cancelled?.continuation.resume()
        }
    }
}
