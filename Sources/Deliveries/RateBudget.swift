// How much a destination may still be sent at present: token buckets in memory, one for each account, thread and
// recipient, and pauses that the other side asked for. A restart begins with full buckets.

package import Model
import Synchronization

/// The rates of one destination. A bucket is kept as the time at which its next token would come at an even pace
/// (the generic cell rate algorithm, ITU-T I.371), so an idle one costs nothing and can be forgotten.
package final class RateBudget: Sendable {
    /// How many buckets are kept before the full ones are forgotten.
    static let bucketsMax = 10_000

    /// What a bucket is kept for.
    private struct Key: Hashable {
        let limit: Int
        let name: String
    }

    private struct State {
        /// When the next delivery would go at an even pace; a bucket that is not here is full.
        var paced: [Key: Timestamp] = [:]
        var pausedUntil: Timestamp?
        /// What the other side allows besides, once it was asked.
        var allowed: RateLimit?
    }

    private let limits: [RateLimit]
    private let state = Mutex(State())

    package init(_ limits: [RateLimit] = []) {
        self.limits = limits
    }

    /// The other side allows so many deliveries a minute besides what is declared; `nil`: any number.
    package func allow(perMinute count: Int?) {
        state.withLock { $0.allowed = count.map { RateLimit(.account, count: $0, every: .seconds(60)) } }
    }

    /// Nothing goes out before this time, because the other side said so of the whole account. An earlier end never
    /// shortens a pause.
    package func pause(until time: Timestamp) {
        state.withLock { $0.pausedUntil = max($0.pausedUntil ?? time, time) }
    }

    /// Whether deliveries are counted at all.
    package var isPaced: Bool { state.withLock { !all($0).isEmpty } }

    /// Whether the other side asked that nothing goes out now.
    package func isPaused(at now: Timestamp) -> Bool {
        state.withLock { state in state.pausedUntil.map { now < $0 } ?? false }
    }

    /// The clock was set back by so much: buckets fill and pauses end as they would have.
    func bringForward(by step: Duration) {
        state.withLock { state in
            state.paced = state.paced.mapValues { $0 - step }
            state.pausedUntil = state.pausedUntil.map { $0 - step }
        }
    }

    /// How many deliveries the account has room for now, and when there is room again if there is none.
    func room(at now: Timestamp) -> (count: Int, next: Timestamp?) {
        state.withLock { state in
            if let end = state.pausedUntil, now < end { return (0, end) }
            var count = Int.max
            var next: Timestamp?
            for (index, limit) in all(state).enumerated() where limit.scope == .account {
                let due = Self.due(limit, state.paced[Key(limit: index, name: "")])
                guard let due, now < due else {
                    let spare = due.map { Int(((now - $0) / limit.interval).rounded(.down)) + 1 } ?? limit.burst
                    count = min(count, spare, limit.burst)
                    continue
                }
                count = 0
                next = max(next ?? due, due)
            }
            return (count, next)
        }
    }

    /// Takes a token of every bucket that a delivery is counted in, or none.
    /// - Parameter names: which thread and which recipient it goes to; a scope that is not named is not counted.
    /// - Returns: `nil` when the delivery may go, else when to ask again.
    package func take(_ names: [RateScope: String], at now: Timestamp) -> Timestamp? {
        state.withLock { state in
            if let end = state.pausedUntil, now < end { return end }
            var keys: [(key: Key, limit: RateLimit)] = []
            for (index, limit) in all(state).enumerated() {
                guard let name = limit.scope == .account ? "" : names[limit.scope] else { continue }
                keys.append((Key(limit: index, name: name), limit))
            }
            let waits = keys.compactMap { Self.due($0.limit, state.paced[$0.key]) }.filter { now < $0 }
            if let wait = waits.max() { return wait }
            for (key, limit) in keys {
                state.paced[key] = max(state.paced[key] ?? now, now) + limit.interval
            }
            if state.paced.count > Self.bucketsMax { state.paced = state.paced.filter { now < $0.value } }
            return nil
        }
    }

    private func all(_ state: State) -> [RateLimit] { limits + [state.allowed].compactMap(\.self) }

    /// When the next token is there; `nil`: the bucket is full.
    private static func due(_ limit: RateLimit, _ paced: Timestamp?) -> Timestamp? {
        paced.map { $0 - limit.interval * (limit.burst - 1) }
    }
}
