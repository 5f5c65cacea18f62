// How many attempts are on the way to one destination.

import Synchronization

/// The places at a destination: so many attempts are made at one time. Who finds none free waits, first come, first
/// served. Whoever draws a turn waits for it once and leaves once.
final class Places: Sendable {
    /// A place in the queue.
    struct Turn: Sendable {
        fileprivate let number: UInt64
    }

    private struct Waiting {
        let number: UInt64
        /// `nil`: it has drawn its turn and does not sleep yet.
        var sleeper: CheckedContinuation<Void, Never>?
    }

    private struct State {
        /// Below zero when more are on the way than may be, since the number was lowered.
        var free: Int
        var drawn: UInt64 = 0
        /// In order; nobody waits while a place is free.
        var waiting: [Waiting] = []

        /// Gives the free places to those who wait.
        /// - Returns: who has to be woken.
        mutating func callUp() -> [CheckedContinuation<Void, Never>] {
            let count = min(max(free, 0), waiting.count)
            let called = waiting.prefix(count)
            free -= count
            waiting.removeFirst(count)
            return called.compactMap(\.sleeper)
        }
    }

    private let state: Mutex<State>

    init(_ count: Int) {
        state = Mutex(State(free: count))
    }

    /// Takes a free place, or one in the queue.
    func draw() -> Turn {
        state.withLock { state in
            state.drawn += 1
            if state.free > 0 {
                state.free -= 1
            } else {
                state.waiting.append(Waiting(number: state.drawn))
            }
            return Turn(number: state.drawn)
        }
    }

    /// Returns when it is this turn's: it has a place then.
    func come(_ turn: Turn) async {
        await withCheckedContinuation { continuation in
            let hasPlace = state.withLock { state in
                guard let index = state.waiting.firstIndex(where: { $0.number == turn.number }) else { return true }
                state.waiting[index].sleeper = continuation
                return false
            }
            if hasPlace { continuation.resume() }
        }
    }

    /// Leaves a place to the next.
    func leave() { widen(by: 1) }

    /// There are so many places more, or fewer: then nobody is called until enough have left.
    func widen(by count: Int) {
        let woken = state.withLock { state in
            state.free += count
            return state.callUp()
        }
        for sleeper in woken { sleeper.resume() }
    }
}
