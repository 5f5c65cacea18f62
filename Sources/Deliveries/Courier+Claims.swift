// Which lanes are carried next, and whether a delivery may go now.

import Logging
import Model
import Storage

extension Courier {
    /// Claims as many due lanes as there is room for.
    /// - Returns: the lanes, each with its first delivery, and when the next one is due that nobody holds.
    func claim() async -> (claimed: [(run: Run, first: Ready)], nextDue: Timestamp?) {
        let (owner, now) = (terms.owner, clock.now)
        let (rooms, next) = rooms(at: now)
        do {
            let (claimed, nextDue) = try await store.write { [self] transaction in
                var (claimed, heldBack): ([(run: Run, first: Ready)], Timestamp?) = ([], nil)
                let pauses = try transaction.pauses(of: rooms.map(\.destination.endpoint), at: now)
                // An engine may run a unit again: what the first run took for a probe was never claimed.
                for room in rooms { room.breaker.withdrawProbe() }
                for room in rooms {
                    if let end = pauses[room.destination.endpoint] {
                        // Another node was told so.
                        room.destination.budget.pause(until: end)
                        room.destination.budget.told(end)
                        heldBack = min(heldBack ?? end, end)
                        continue
                    }
                    let lanes = try transaction.claimLanes(
                        of: room.destination.endpoint, owner: owner, limit: room.limit, lease: Self.lease, now: now)
                    for lane in lanes {
                        let run = Run(
                            lane: lane, destination: room.destination, breaker: room.breaker, places: room.places)
                        if let first = try begun(lane.head, of: run, at: now, in: transaction) {
                            claimed.append((run, first))
                        } else {
                            // There may be room for another lane, or none any more: look again.
                            heldBack = now
                        }
                    }
                }
                let endpoints = rooms.map(\.destination.endpoint).filter { pauses[$0] == nil }
                let nextDue = try transaction.nextDue(of: endpoints, after: now)
                return (claimed, [heldBack, nextDue].compactMap(\.self).min())
            }
            began(claimed.map(\.run), at: now)
            return (claimed, [next, nextDue].compactMap(\.self).min())
        } catch {
            for room in rooms {
                room.breaker.withdrawProbe()
                room.destination.budget.forget()
            }
            logger.error("lanes can not be claimed", metadata: ["error": "\(error)"])
            return ([], clock.now + .seconds(1))
        }
    }

    /// Lets a delivery of a claimed lane go out, or gives the lane back until its destination works and its rates let
    /// it: that is no attempt, and marks nothing as begun.
    /// - Returns: `nil` when the lane is given back.
    func begun(
        _ delivery: Delivery, of run: Run, at now: Timestamp, in transaction: any Transaction
    ) throws -> Ready? {
        let destination = run.destination
        guard destination.leave?.isGiven ?? true, run.breaker.admits(run.lane.claim, at: now) else {
            try transaction.release(delivery.lane, claim: run.lane.claim, dueAt: now)
            return nil
        }
        let names = try destination.rateNames(of: delivery, in: transaction)
        if let time = try destination.budget.take(names, at: now, in: transaction) {
            run.breaker.withdraw(run.lane.claim)
            try transaction.release(delivery.lane, claim: run.lane.claim, dueAt: time)
            return nil
        }
        if !destination.isRepeatable { try transaction.markSending(delivery.id) }
        return Ready(delivery: delivery, attempt: try destination.ready(delivery, in: transaction))
    }

    /// Whether an attempt may still be made whose lane has waited for a place: not after a reload, whose destination is
    /// another. What is noted as begun is attempted.
    func mayStillGo(_ run: Run) -> Bool {
        let destination = run.destination
        guard destination.isRepeatable else { return true }
        let now = clock.now
        return !isStopping && isServed(run) && destination.leave?.isGiven ?? true
            && destination.budget.pauseEnd(at: now) == nil && run.breaker.admits(run.lane.claim, at: now)
    }
}
