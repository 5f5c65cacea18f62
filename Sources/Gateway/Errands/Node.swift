// One process among those that serve a store: the leases that it holds, and the time that all of them go by.

package import Deliveries
import Foundation
package import Logging
package import Model
package import Storage
import Synchronization

/// This run of this process, as others see it.
///
/// Where a store has one node only, leases are the same rows; they do not run out and are given back at the next start.
package final class Node: Sendable {
    /// Under which words the nodes themselves hold leases: who has one is alive.
    static let prefix = "node "
    /// How long ago a node must have ended for its lease to be forgotten.
    static let memory = Duration.seconds(86_400)
    /// For how long something waits for a lease that somebody else needs for a moment only.
    static let patience = Duration.seconds(90)
    /// How often it looks.
    static let look = Duration.milliseconds(200)
    /// By how much the server's clock may differ before ours follows it.
    static let clockTolerance = Duration.milliseconds(250)

    /// The machine's name and chance: no other node has it, and no other run of this one.
    package let name: String
    let times: LeaseTimes
    let store: any Store
    let logger: Logger
    /// This machine's.
    private let own: WallClock
    /// Whether the server of the store tells the time.
    private let followsServer: Bool
    private let state = Mutex(State())

    private struct State {
        var claims: [String: LeaseClaim] = [:]
        /// Leases that are being taken now.
        var wanted: Set<String> = []
        /// When the last renewal began that got through.
        var renewedAt: Timestamp?
        /// When the server's clock was read, and what it showed.
        var serverRead: (time: Timestamp, at: ContinuousClock.Instant)?
        var living = 1
        /// At how many looks in a row a lease was free.
        var looks: [String: Int] = [:]
        /// The nodes whose own leases had run out at the last look.
        var late: Set<String> = []
    }

    /// - Parameters:
    ///   - clock: the machine's.
    ///   - followsServer: whether the time is that of the store's server, where it has one. Commands beside a gateway
    ///     have the machine's.
    package init(
        _ store: any Store, times: LeaseTimes = LeaseTimes(), clock: WallClock = .system,
        followsServer: Bool = false, logger: Logger
    ) {
        self.store = store
        self.times = times
        self.logger = logger
        self.followsServer = followsServer
        own = clock
        name = "\(Self.hostName)-\(String(UInt64.random(in: .min ... .max), radix: 36))"
    }

    private static var hostName: String {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
            guard let start = buffer.baseAddress, gethostname(start, buffer.count) == 0 else { return "node" }
            let name = String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            return name.filter { $0.isASCII && ($0.isLetter || $0.isNumber || "-.".contains($0)) }
        }
    }

    /// How the courier of this node holds its lanes; `nil`: there is no other courier. Others take them when this node
    /// did not renew its own lease for a term and two turns, so for two turns they are ours beyond doubt.
    package var courierTerms: CourierTerms? {
        store.isShared ? CourierTerms(owner: name, renewal: times.turn, sure: times.turn * 2) : nil
    }

    /// The time that all nodes of the store go by: that of its server, where it has one, counted on from when it was
    /// last read. Whoever sets this machine's clock changes nothing of it.
    package var clock: WallClock {
        WallClock { [self] in
            guard let read = state.withLock({ $0.serverRead }) else { return own.now }
            return read.time + read.at.duration(to: .now)
        }
    }

    /// Looks at the server's clock; to be called before anything asks for the time.
    /// - Throws: ``StoreError``
    package func readClock() async throws {
        _ = try await store.read { [self] in try time(in: $0) }
    }

    /// The time by which leases run out.
    private func time(in transaction: any Transaction) throws(StoreError) -> Timestamp {
        guard followsServer, let server = try transaction.serverTime() else { return own.now }
        state.withLock { state in
            let now = ContinuousClock.now
            let change = state.serverRead.map { server - ($0.time + $0.at.duration(to: now)) }
            let steady = (.zero - Self.clockTolerance)...Self.clockTolerance
            if let change, steady.contains(change) { return }
            state.serverRead = (server, now)
        }
        return server
    }

    // MARK: - Leases

    /// What this node holds, by the lease's name.
    var claims: [String: LeaseClaim] { state.withLock { $0.claims } }

    /// How many nodes serve the store, as far as this one knows.
    package var living: Int { state.withLock { $0.living } }

    /// Whether what this node holds has run out for want of a renewal.
    func isOverdue() -> Bool {
        guard store.isShared, let renewedAt = state.withLock({ $0.renewedAt }) else { return false }
        return clock.now >= renewedAt + times.term
    }

    /// Waits until a lease is free, and takes it; whoever does gives it back.
    /// - Throws: ``StoreError``; `unavailable` when it is held for longer than ``patience``, by another node or by
    ///   something else in this one.
    func claim(_ name: String) async throws -> LeaseClaim {
        let end = ContinuousClock.now + Self.patience
        while true {
            // Without turns nothing is renewed: it is held for as long as anybody would wait.
            let term = state.withLock { $0.renewedAt } == nil ? Self.patience : times.term
            if let claim = try await acquire([name], for: term).first { return claim }
            guard ContinuousClock.now < end else { throw StoreError(.unavailable, "the lease \(name) is held") }
            try await Task.sleep(for: Self.look)
        }
    }

    /// Takes those that are free.
    /// - Parameter term: `nil`: until they are given back.
    private func acquire(_ names: [String], for term: Duration?) async throws -> [LeaseClaim] {
        let free = state.withLock { state in
            let free = names.filter { state.claims[$0] == nil && !state.wanted.contains($0) }
            state.wanted.formUnion(free)
            return free
        }
        defer { state.withLock { $0.wanted.subtract(free) } }
        guard !free.isEmpty else { return [] }
        let taken = try await store.write { [self] transaction in
            let now = try time(in: transaction)
            return try free.sorted().compactMap {
                try transaction.acquireLease($0, by: name, until: term.map { now + $0 }, now: now)
            }
        }
        state.withLock { state in
            for claim in taken {
                state.claims[claim.name] = claim
                state.looks[claim.name] = nil
            }
        }
        return taken
    }

    /// How long what is renewed at each turn is held; `nil`: nobody else could take it.
    private var term: Duration? { store.isShared ? times.term : nil }

    /// Gives leases back, so that others need not wait for their end. A store that is away lets them run out.
    func release(_ claims: [LeaseClaim]) async {
        guard !claims.isEmpty else { return }
        state.withLock { state in
            for claim in claims where state.claims[claim.name] == claim { state.claims[claim.name] = nil }
        }
        do {
            try await store.write { transaction in
                for claim in claims.sorted(by: { $0.name < $1.name }) { try transaction.releaseLease(claim) }
            }
        } catch {
            logger.warning("leases can not be given back; they run out", metadata: ["error": "\(error)"])
        }
    }

    /// Gives all back: nothing is done under them any more.
    package func leave() async { await release(Array(claims.values)) }

    /// Holds nothing any more, whatever the store says: it was not to be reached for as long as leases last.
    func forget() { state.withLock { $0.claims = [:] } }

    // MARK: - Turns

    /// Renews what this node holds, and takes what is free of what it wants, so that each node has its share.
    /// - Throws: ``StoreError``
    func turn(wanting names: Set<String>) async throws {
        if store.isShared { try await renew() }
        _ = try await acquire([Self.prefix + name], for: term)
        let (leases, now) = try await store.read { [self] in (try $0.leases(), try time(in: $0)) }
        try await share(names, leases, at: now)
        try await bury(leases, at: now)
        try await forgetNodes(leases, at: now)
    }

    private func renew() async throws {
        let (begun, claims) = (clock.now, Set(claims.values))
        let kept = try await store.write { [self] transaction in
            let now = try time(in: transaction)
            return try transaction.renewLeases(claims, until: now + times.term)
        }
        state.withLock { state in
            state.renewedAt = begun
            for lost in claims.subtracting(kept) where state.claims[lost.name] == lost {
                state.claims[lost.name] = nil
            }
        }
        for lost in claims.subtracting(kept) {
            logger.notice("a lease is another node's now", metadata: ["lease": "\(lost.name)"])
        }
    }

    /// Takes this node's share of what is free. What was given back is taken at once, what ran out at the second look:
    /// after an outage of the store its holder may be about to renew it. What nobody takes, though it is somebody's
    /// share, is taken a look later. When nodes come to it, what is more than the share is given back.
    private func share(_ names: Set<String>, _ leases: [Lease], at now: Timestamp) async throws {
        let standing = Dictionary(leases.map { ($0.name, $0) }) { first, _ in first }
        let others = leases.count { lease in
            guard let holder = lease.holder, holder != name, !lease.isFree(at: now) else { return false }
            return lease.name == Self.prefix + holder
        }
        let held = claims
        // What is ours in the store and not here: nobody was told of the commit that made it so.
        let free = names.filter { lease in
            held[lease] == nil && (standing[lease].map { $0.isFree(at: now) || $0.holder == name } ?? true)
        }
        let (mine, looks, hasGrown) = state.withLock { state in
            defer { state.living = others + 1 }
            state.looks = Dictionary(uniqueKeysWithValues: free.map { ($0, (state.looks[$0] ?? 0) + 1) })
            return (state.claims.filter { names.contains($0.key) }, state.looks, others + 1 > state.living)
        }
        let share = (names.count + others) / (others + 1)
        if hasGrown, mine.count > share {
            let surplus = mine.values.shuffled().prefix(mine.count - share)
            logger.info("leases are given to other nodes", metadata: ["count": "\(surplus.count)"])
            await release(Array(surplus))
            return
        }
        func isDue(_ name: String, later: Int) -> Bool {
            looks[name, default: 0] > later + (standing[name]?.holder == nil ? 0 : 1)
        }
        let due = free.filter { isDue($0, later: 0) && mine[$0] == nil }.shuffled()
        let room = max(share - mine.count, 0)
        let taken = try await acquire(
            due.prefix(room) + due.dropFirst(room).filter { isDue($0, later: 1) }, for: term)
        for claim in taken {
            logger.info("a lease is ours", metadata: ["lease": "\(claim.name)", "token": "\(claim.token)"])
        }
    }

    /// Frees the lanes of nodes that have ended: of whom the own lease has run out at two looks.
    private func bury(_ leases: [Lease], at now: Timestamp) async throws {
        let late = Set(
            leases.filter { $0.name.hasPrefix(Self.prefix) && $0.holder != nil && $0.isFree(at: now) }.map(\.name))
        let dead = state.withLock { state in
            defer { state.late = late }
            return late.intersection(state.late)
        }
        for lease in dead.sorted() {
            guard let claim = try await acquire([lease], for: times.term).first else { continue }
            let node = String(lease.dropFirst(Self.prefix.count))
            let lanes = try await store.read { try $0.lanes(of: node) }
            for (lane, claim) in lanes {
                let now = clock.now
                try await store.write { transaction in
                    try transaction.release(lane, claim: claim, dueAt: now)
                    transaction.raise(.deliveries)
                }
            }
            await release([claim])
            logger.notice("a node has ended", metadata: ["node": "\(node)", "lanes": "\(lanes.count)"])
        }
    }

    /// What ended long ago, or in peace, is not kept: its name never comes again.
    private func forgetNodes(_ leases: [Lease], at now: Timestamp) async throws {
        let old = now - Self.memory
        let spent = leases.contains { lease in
            lease.name.hasPrefix(Self.prefix) && (lease.holder == nil || lease.expiresAt.map { $0 < old } ?? false)
        }
        if spent { try await store.write { try $0.forgetLeases(named: Self.prefix, endedBefore: old) } }
    }
}
