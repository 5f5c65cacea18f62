// Step 6 and 8 of the hallway: the service that claims lanes and carries their deliveries.

package import Logging
package import Model
import ServiceLifecycle
package import Storage
import Synchronization

/// Carries deliveries: strictly in order within a lane, lanes never waiting for one another.
///
/// One loop claims, for each destination, as many lanes as it may carry at one time; each lane is then carried by a
/// task of its own. The loop sleeps until a commit or a finished lane wakes it, or the next retry is due.
package final class Courier: Service {
    /// For how long a claimed lane is ours, unless the claim is renewed.
    static let lease = Duration.seconds(60)
    /// How often the claims are renewed while lanes are carried.
    static let renewal = Duration.seconds(20)
    /// How long the loop sleeps at most when nothing wakes it.
    static let napMax = Duration.seconds(5)

    let store: any Store
    let clock: WallClock
    let schedule: Schedule
    let logger: Logger
    /// Who holds the leases: unique to this run of the process.
    let owner: String
    private let state = Mutex(State())

    private struct State {
        var destinations: [Endpoint: any Destination] = [:]
        /// What is on the way, by claim.
        var carried: [String: Endpoint] = [:]
        var isStopping = false
    }

    package init(store: any Store, clock: WallClock, schedule: Schedule, logger: Logger) {
        self.store = store
        self.clock = clock
        self.schedule = schedule
        self.logger = logger
        owner = LaneID(at: clock.now).text
    }

    /// Replaces the destinations: at the start, and after a reload. Attempts on the way end with the old ones.
    package func serve(_ destinations: [any Destination]) {
        state.withLock { state in
            state.destinations = Dictionary(destinations.map { ($0.endpoint, $0) }) { _, last in last }
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
        let (owner, now) = (owner, clock.now)
        try await store.write { transaction in try transaction.releaseLanes(of: owner, at: now) }
    }

    /// Claims and carries until it is told to stop, and returns when the last lane is carried.
    private func carryLanes() async {
        await withDiscardingTaskGroup { group in
            while !isStopping, !Task.isCancelled {
                let seen = store.signals.count(of: .deliveries)
                let (runs, nextDue) = await claim()
                for run in runs { group.addTask { await self.carry(run) } }
                let nap = nextDue.map { max($0 - clock.now, .milliseconds(10)) } ?? Self.napMax
                await store.signals.wait(for: .deliveries, after: seen, atMost: min(nap, Self.napMax))
            }
        }
    }

    /// Renews the claims of lanes on the way, so that a slow attempt keeps its lane.
    private func keepLeases() async {
        while (try? await Task.sleep(for: Self.renewal)) != nil {
            let (claims, until) = (state.withLock { Array($0.carried.keys) }, clock.now + Self.lease)
            guard !claims.isEmpty else { continue }
            do {
                try await store.write { transaction in try transaction.renewLeases(of: claims, until: until) }
            } catch {
                logger.error("leases can not be renewed", metadata: ["error": "\(error)"])
            }
        }
    }

    var isStopping: Bool { state.withLock { $0.isStopping } }

    /// One lane with what carries it.
    struct Run: Sendable {
        let lane: ClaimedLane
        let destination: any Destination
    }

    /// Claims as many due lanes as there is room for, beside the lanes on the way and within the rates.
    /// - Returns: the lanes, and when the next one is due that nobody holds.
    private func claim() async -> (runs: [Run], nextDue: Timestamp?) {
        let (owner, now) = (owner, clock.now)
        var pauses: [Timestamp] = []
        let room = state.withLock { state in
            state.destinations.values.compactMap { destination -> (any Destination, Int)? in
                let free = destination.parallel - state.carried.values.count { $0 == destination.endpoint }
                let (count, next) = destination.budget.room(at: now)
                if let next { pauses.append(next) }
                return min(free, count) > 0 ? (destination, min(free, count)) : nil
            }
        }
        do {
            let (runs, nextDue) = try await store.write { [self] transaction in
                var runs: [Run] = []
                for (destination, free) in room {
                    let lanes = try transaction.claimLanes(
                        of: destination.endpoint, owner: owner, limit: free, lease: Self.lease, now: now)
                    for lane in lanes {
                        let run = Run(lane: lane, destination: destination)
                        if try begins(lane.head, of: run, at: now, in: transaction) { runs.append(run) }
                    }
                }
                let endpoints = room.map { $0.0.endpoint }
                return (runs, try transaction.nextDue(of: endpoints, after: now))
            }
            state.withLock { state in
                for run in runs { state.carried[run.lane.claim] = run.destination.endpoint }
            }
            return (runs, (pauses + [nextDue].compactMap(\.self)).min())
        } catch {
            logger.error("lanes can not be claimed", metadata: ["error": "\(error)"])
            return ([], clock.now + .seconds(1))
        }
    }

    /// Lets a delivery of a claimed lane go out within the rates, or gives the lane back until it may.
    func begins(
        _ delivery: Delivery, of run: Run, at now: Timestamp, in transaction: any Transaction
    ) throws -> Bool {
        let destination = run.destination
        let names = try destination.rateNames(of: delivery, in: transaction)
        if let time = destination.budget.take(names, at: now) {
            try transaction.release(delivery.lane, claim: run.lane.claim, dueAt: time)
            return false
        }
        if !destination.isRepeatable { try transaction.markSending(delivery.id) }
        return true
    }

    /// A lane is carried no more: there is room for another.
    func finished(_ run: Run) {
        state.withLock { state in _ = state.carried.removeValue(forKey: run.lane.claim) }
        store.signals.raise(.deliveries)
    }
}
