// Step 6 and 8 of the hallway: the service that claims lanes and carries their deliveries.

package import Logging
package import Model
import ServiceLifecycle
package import Storage
import Synchronization

/// Carries deliveries: strictly in order within a lane, lanes never waiting for one another.
///
/// One loop claims, for each destination, as many lanes as it may carry at one time; each lane is then carried by a
/// task of its own, which waits for one of the destination's places before each attempt. The loop sleeps until a commit
/// or a finished lane wakes it, or the next retry is due.
package final class Courier: Service {
    /// For how long a claimed lane is ours, unless the claim is renewed.
    static let lease = Duration.seconds(60)
    /// How long the loop sleeps at most when nothing wakes it.
    static let napMax = Duration.seconds(5)
    /// How long what could not be written waits before it is tried again.
    static let storePatience = Duration.seconds(1)
    /// How many lanes are carried for each place at a destination that lanes may wait for: while the end of one attempt
    /// is being committed, the next attempts are those of other lanes. The more there are the more ends share a commit.
    static let lanesForAPlace = 8

    let store: any Store
    let clock: WallClock
    let schedule: Schedule
    let logger: Logger
    let terms: CourierTerms
    private let state = Mutex(State())

    private struct State {
        var destinations: [Endpoint: Served] = [:]
        /// What is on the way, by claim.
        var carried: [String: Run] = [:]
        /// Until when each claim that is on the way is taken for ours.
        var leaseEnds: [String: Timestamp] = [:]
        var isStopping = false
        /// The latest time that the clock has shown.
        var latest: Timestamp?
    }

    /// A destination with what is remembered of it for as long as it is served.
    private struct Served {
        let destination: any Destination
        let breaker = Breaker()
        let places: Places
        var share = BulkShare()

        /// - Parameter before: what was served under the same name; what is on the way to it counts still.
        init(_ destination: any Destination, after before: Served?) {
            self.destination = destination
            places = before?.places ?? Places(destination.parallel)
            if let before { places.widen(by: destination.parallel - before.destination.parallel) }
        }

        /// How many lanes may be carried at one time. More than there are places only where a lane can be given back
        /// that has waited: nothing is noted of it, and no rate is used up.
        var lanesMax: Int {
            let mayWait = destination.isRepeatable && !destination.budget.isPaced
            return destination.parallel * (mayWait ? Courier.lanesForAPlace : 1)
        }
    }

    /// - Parameter terms: `nil`: no other courier works on the store.
    package init(
        store: any Store, clock: WallClock, schedule: Schedule, terms: CourierTerms? = nil, logger: Logger
    ) {
        self.store = store
        self.clock = clock
        self.schedule = schedule
        self.logger = logger
        self.terms = terms ?? .alone(since: clock.now)
    }

    /// Replaces the destinations: at the start, and after a reload. Attempts on the way end with the old ones. Breakers
    /// begin closed: what was mended is used at once.
    package func serve(_ destinations: [any Destination]) {
        state.withLock { state in
            let before = state.destinations
            state.destinations = Dictionary(
                destinations.map { ($0.endpoint, Served($0, after: before[$0.endpoint])) }
            ) { _, last in last }
        }
        store.signals.raise(.deliveries)
    }

    /// Carries deliveries until a graceful shutdown; attempts on the way are finished first.
    package func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskGroup { keepers in
                keepers.addTask { await self.keepLeases() }
                await self.carryLanes()
                keepers.cancelAll()
            }
        } onGracefulShutdown: {
            self.state.withLock { $0.isStopping = true }
            self.store.signals.raise(.deliveries)
        }
        let (owner, now) = (terms.owner, clock.now)
        try await store.write { transaction in try transaction.releaseLanes(of: owner, at: now) }
    }

    /// Claims and carries until it is told to stop, and returns when the last lane is carried.
    private func carryLanes() async {
        await withDiscardingTaskGroup { group in
            while !isStopping, !Task.isCancelled {
                let seen = store.signals.count(of: .deliveries)
                await followClock()
                let (claimed, nextDue) = await claim()
                for (run, first) in claimed {
                    // Drawn here, so that lanes go in the order in which they were claimed.
                    let turn = run.places.draw()
                    group.addTask(executorPreference: run.destination.executor) {
                        await self.carry(run, from: first, turn)
                    }
                }
                let nap = nextDue.map { max($0 - clock.now, .milliseconds(10)) } ?? Self.napMax
                await store.signals.wait(for: .deliveries, after: seen, atMost: min(nap, Self.napMax))
            }
        }
    }

    /// Renews the claims of lanes on the way, so that a slow attempt keeps its lane.
    private func keepLeases() async {
        while (try? await Task.sleep(for: terms.renewal)) != nil {
            do {
                try await renewLeases()
            } catch {
                logger.error("leases can not be renewed", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Renews all that are not young, at once but for those that somebody works on; these one by one.
    func renewLeases() async throws {
        let now = clock.now
        let young = now + terms.sure - terms.renewal / 2
        let claims = state.withLock { $0.leaseEnds.filter { $0.value < young }.map(\.key) }
        guard !claims.isEmpty else { return }
        let renewed = try await store.write { try $0.renewLeases(of: claims, until: now + Self.lease) }
        noteLeases(renewed, at: now)
        for claim in claims where !renewed.contains(claim) { _ = try await renewLease(claim) }
    }

    /// - Returns: whether the claim still holds its lane.
    func renewLease(_ claim: String) async throws -> Bool {
        let now = clock.now
        let renewed = try await store.write { try $0.renewLeases(of: [claim], until: now + Self.lease, waits: true) }
        noteLeases(renewed, at: now)
        return renewed.contains(claim)
    }

    /// These leases were renewed then.
    func noteLeases(_ claims: Set<String>, at now: Timestamp) {
        state.withLock { state in
            for claim in claims where state.carried[claim] != nil { state.leaseEnds[claim] = now + terms.sure }
        }
    }

    /// Until when a claim is taken for ours.
    func leaseEnd(of claim: String) -> Timestamp? { state.withLock { $0.leaseEnds[claim] } }

    var isStopping: Bool { state.withLock { $0.isStopping } }

    /// Whether a lane's destination is served as it was when the lane was claimed.
    func isServed(_ run: Run) -> Bool {
        state.withLock { $0.destinations[run.destination.endpoint]?.breaker === run.breaker }
    }

    /// One lane with what carries it.
    struct Run: Sendable {
        let lane: ClaimedLane
        let destination: any Destination
        let breaker: Breaker
        let places: Places
    }

    /// A delivery whose turn it is, with its attempt.
    struct Ready: Sendable {
        let delivery: Delivery
        let attempt: Attempt
    }

    /// What may be claimed for one destination.
    struct Room: Sendable {
        let destination: any Destination
        let breaker: Breaker
        let places: Places
        let limit: ClaimLimit
    }

    /// Where lanes may be claimed now, beside those on the way, within the rates and as the breakers let.
    /// - Returns: also when there is room again where there is none now, if that is known.
    func rooms(at now: Timestamp) -> (rooms: [Room], next: Timestamp?) {
        state.withLock { state in
            var (rooms, next): ([Room], Timestamp?) = ([], nil)
            for served in state.destinations.values {
                let destination = served.destination
                guard destination.leave?.isGiven ?? true else { continue }
                let carried = state.carried.values.filter { $0.destination.endpoint == destination.endpoint }
                let (rate, probe) = (destination.budget.room(at: now), served.breaker.room(at: now))
                let lanes = min(served.lanesMax - carried.count, rate.count, probe.count)
                guard lanes > 0 else {
                    let later = [rate.next, probe.next].compactMap(\.self).max()
                    next = [next, later].compactMap(\.self).min()
                    continue
                }
                let bulk = BulkShare.lanes(of: destination.parallel) - carried.count { $0.lane.urgency == .bulk }
                let limit = ClaimLimit(
                    lanes, places: destination.parallel - carried.count, bulk: max(bulk, 0),
                    bulkAfter: served.share.bulkAfter, carried: Set(carried.map(\.lane.claim)))
                rooms.append(
                    Room(destination: destination, breaker: served.breaker, places: served.places, limit: limit))
            }
            // In one order on all nodes: a claim holds the rates of one destination while it asks for the next one's.
            rooms.sort { $0.destination.endpoint.description < $1.destination.endpoint.description }
            return (rooms, next)
        }
    }

    /// The latest time that the clock has shown in this run, if any.
    var latest: Timestamp? { state.withLock { $0.latest } }

    /// The clock shows this now. When it was set back, what is remembered of the destinations moves with it.
    /// - Parameter step: by how much it was set back.
    func clockShows(_ now: Timestamp, back step: Duration?) {
        state.withLock { state in
            state.latest = now
            guard let step else { return }
            for served in state.destinations.values {
                served.breaker.bringForward(by: step)
                served.destination.budget.bringForward(by: step)
            }
        }
    }

    /// Lanes are carried from now on; they were claimed then.
    func began(_ runs: [Run], at claimed: Timestamp) {
        state.withLock { state in
            for run in runs {
                state.carried[run.lane.claim] = run
                state.leaseEnds[run.lane.claim] = claimed + terms.sure
                state.destinations[run.destination.endpoint]?.share.count(run.lane.urgency)
            }
        }
    }

    /// How each destination stands, sorted by name.
    package var conditions: [(endpoint: Endpoint, condition: DestinationCondition)] {
        state.withLock { state in
            state.destinations.map { ($0, $1.destination.leave?.condition ?? $1.breaker.condition) }
                .sorted { $0.0.description < $1.0.description }
        }
    }

    /// A lane is carried no more: there is room for another.
    func finished(_ run: Run) {
        run.breaker.withdraw(run.lane.claim)
        state.withLock { state in
            state.carried[run.lane.claim] = nil
            state.leaseEnds[run.lane.claim] = nil
        }
        store.signals.raise(.deliveries)
    }
}
