// How much a destination may still be sent at present: token buckets in the store, one for each account, thread and
// recipient, and pauses that the other side asked for. They hold for all nodes together, and over a restart.

package import Model
package import Storage
import Synchronization

/// The rates of one destination. A bucket is kept as the time at which its next token would come at an even pace
/// (the generic cell rate algorithm, ITU-T I.371), so an idle one costs nothing and can be forgotten.
///
/// The store decides. What is remembered here of the account's buckets tells how many lanes are worth claiming.
package final class RateBudget: Sendable {
    private struct State {
        /// What was last seen of the account's buckets; one that is not here is full.
        var seen: [String: Timestamp] = [:]
        var pausedUntil: Timestamp?
        /// The pause that the store knows.
        var toldUntil: Timestamp?
        /// What the other side allows besides, once it was asked.
        var allowed: RateLimit?
    }

    private let endpoint: Endpoint
    private let limits: [RateLimit]
    private let state = Mutex(State())

    package init(of endpoint: Endpoint, _ limits: [RateLimit] = []) {
        self.endpoint = endpoint
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

    /// When a pause ends that goes on; `nil`: there is none.
    func pauseEnd(at now: Timestamp) -> Timestamp? {
        state.withLock { state in state.pausedUntil.flatMap { now < $0 ? $0 : nil } }
    }

    /// The end of a pause of which the other nodes do not know.
    var untoldPause: Timestamp? {
        state.withLock { state in
            state.pausedUntil.flatMap { end in state.toldUntil.map { $0 < end } ?? true ? end : nil }
        }
    }

    /// The other nodes know of a pause until then.
    func told(_ end: Timestamp?) {
        guard let end else { return }
        state.withLock { $0.toldUntil = max($0.toldUntil ?? end, end) }
    }

    /// What was seen may not be so: the transaction was not committed.
    func forget() {
        state.withLock { $0.seen = [:] }
    }

    /// The clock was set back by so much: buckets fill and pauses end as they would have.
    func bringForward(by step: Duration) {
        state.withLock { state in
            state.seen = state.seen.mapValues { $0 - step }
            state.pausedUntil = state.pausedUntil.map { $0 - step }
            state.toldUntil = state.toldUntil.map { $0 - step }
        }
    }

    /// How many deliveries the account has room for now, as far as this node knows, and when there is room again if
    /// there is none.
    func room(at now: Timestamp) -> (count: Int, next: Timestamp?) {
        state.withLock { state in
            if let end = state.pausedUntil, now < end { return (0, end) }
            var count = Int.max
            var next: Timestamp?
            for limit in all(state) where limit.scope == .account {
                let due = Self.due(limit, state.seen[limit.bucket("")])
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

    /// Takes a token of every bucket that a delivery is counted in, or none. Nobody else takes one of this endpoint
    /// until the transaction ends; who takes of several endpoints takes them sorted.
    /// - Parameter names: which thread and which recipient it goes to; a scope that is not named is not counted.
    /// - Returns: `nil` when the delivery may go, else when to ask again.
    package func take(
        _ names: [RateScope: String], at now: Timestamp, in transaction: any Transaction
    ) throws -> Timestamp? {
        if let end = pauseEnd(at: now) { return end }
        let buckets = state.withLock { all($0) }.compactMap { limit -> (name: String, limit: RateLimit)? in
            guard let name = limit.scope == .account ? "" : names[limit.scope] else { return nil }
            return (limit.bucket(name), limit)
        }
        guard !buckets.isEmpty else { return nil }
        try transaction.lock([.rates(endpoint.description)])
        let paced = try transaction.rates(of: endpoint, buckets.map(\.name))
        let waits = buckets.compactMap { Self.due($0.limit, paced[$0.name]) }.filter { now < $0 }
        if let wait = waits.max() {
            see(paced, buckets)
            return wait
        }
        var next: [String: Timestamp] = [:]
        for (name, limit) in buckets { next[name] = max(paced[name] ?? now, now) + limit.interval }
        try transaction.saveRates(next, of: endpoint)
        see(next, buckets)
        return nil
    }

    private func see(_ times: [String: Timestamp], _ buckets: [(name: String, limit: RateLimit)]) {
        state.withLock { state in
            for (name, limit) in buckets where limit.scope == .account { state.seen[name] = times[name] }
        }
    }

    private func all(_ state: State) -> [RateLimit] { limits + [state.allowed].compactMap(\.self) }

    /// When the next token is there; `nil`: the bucket is full.
    private static func due(_ limit: RateLimit, _ paced: Timestamp?) -> Timestamp? {
        paced.map { $0 - limit.interval * (limit.burst - 1) }
    }
}

extension RateLimit {
    /// What a bucket of this limit is called in the store: changed limits begin with full ones.
    fileprivate func bucket(_ name: String) -> String {
        "\(scope.rawValue) \(count)/\(every.wholeMilliseconds) \(name)"
    }
}
