// Carrying one lane: attempt, record, next.

import Logging
import Model
import Storage

extension Courier {
    /// How many deliveries one lane may have carried in a row before others get their turn.
    static let deliveriesInARowMax = 32

    /// Carries a lane until it is empty, must wait, or has had its turn.
    /// - Parameter turn: drawn for its first delivery.
    func carry(_ run: Run, from first: Ready, _ turn: Places.Turn) async {
        var (head, turn): (Ready?, Places.Turn) = (first, turn)
        let most = run.lane.urgency == .bulk ? BulkShare.deliveriesInARowMax : Self.deliveriesInARowMax
        var count = 0
        while let ready = head {
            count += 1
            await run.places.come(turn)
            if mayStillGo(run), await stillHolds(run) {
                head = await carry(ready, of: run, mayGoOn: count < most)
            } else {
                run.places.leave()
                await putBack(run)
                head = nil
            }
            if head != nil { turn = run.places.draw() }
        }
        finished(run)
    }

    /// Gives back a lane that has waited for a place in vain. When that cannot be written, its lease runs out.
    private func putBack(_ run: Run) async {
        let now = clock.now
        do {
            try await store.write { transaction in
                try transaction.release(run.lane.id, claim: run.lane.claim, dueAt: now)
            }
        } catch {
            logger.error("a lane can not be given back", metadata: ["error": "\(error)"])
        }
    }

    /// Whether the lane is ours, asked before an attempt when that is not sure: the process stood still since it
    /// was claimed, and another courier may carry it by now. What stands still during the attempt itself nobody can
    /// call back.
    private func stillHolds(_ run: Run) async -> Bool {
        guard let end = leaseEnd(of: run.lane.claim), end <= clock.now else { return true }
        do {
            if try await renewLease(run.lane.claim) { return true }
            logger.notice("a lease ran out before an attempt", metadata: ["lane": "\(run.lane.id)"])
        } catch {
            logger.error("a lease that ran out can not be renewed", metadata: ["error": "\(error)"])
        }
        return false
    }

    /// Makes one attempt, leaves the place, and records it.
    /// - Returns: the lane's next delivery, if it is to be carried now.
    private func carry(_ ready: Ready, of run: Run, mayGoOn: Bool) async -> Ready? {
        let (delivery, startedAt) = (ready.delivery, clock.now)
        let result = await ready.attempt()
        let spread = Double.random(in: -1...1)
        let change = run.breaker.note(
            result, in: run.lane.id, claim: run.lane.claim, at: clock.now, spread: spread)
        log(change, of: run.destination.endpoint)
        if let pause = result.pause {
            let end = clock.now + pause
            run.destination.budget.pause(until: end)
            logger.notice(
                "an allowance is nearly used up; the destination is left alone for a while",
                metadata: ["destination": "\(run.destination.endpoint)", "until": "\(end.rfc3339)"])
        }
        let goesOn = mayGoOn && !isStopping
        let record = SettledAttempt(
            delivery: delivery, result: result, startedAt: startedAt, endedAt: clock.now,
            verdict: verdict(on: delivery, result, of: run))
        // Who comes next knows what this attempt has shown.
        run.places.leave()
        return await settle(record, of: run, goesOn: goesOn)
    }

    /// Records an attempt. While the store is out of reach (a full disk) it tries again: what the other side said is
    /// not forgotten, and the delivery is not sent a second time.
    private func settle(_ record: SettledAttempt, of run: Run, goesOn: Bool) async -> Ready? {
        var isFirst = true
        while true {
            do {
                let pause = run.destination.budget.untoldPause
                let next = try await store.write { [self] transaction in
                    let next = try conclude(record, of: run, goesOn: goesOn, in: transaction)
                    if let pause { try transaction.pause(run.destination.endpoint, until: pause) }
                    return next
                }
                run.destination.budget.told(pause)
                log(record)
                return next
            } catch {
                run.destination.budget.forget()
                if isFirst {
                    logger.error(
                        "an attempt can not be recorded",
                        metadata: ["delivery": "\(record.delivery.id)", "error": "\(error)"])
                }
                isFirst = false
                // Else the lease runs out and the delivery is attempted again; the other side knows it by its key.
                guard (error as? StoreError)?.code == .unavailable, !isStopping,
                    (try? await Task.sleep(for: Self.storePatience)) != nil
                else { return nil }
            }
        }
    }

    private func verdict(
        on delivery: Delivery, _ result: AttemptResult, of run: Run
    ) -> SettledAttempt.Verdict {
        let reason = result.reason ?? result.outcome.rawValue
        switch result.outcome {
        case .ok, .duplicate:
            return .delivered
        case .throttled:
            // It does not count as a failure, but it does not go on for ever either.
            let since = delivery.attempts == 0 ? clock.now : run.breaker.since(delivery.tryingSince)
            guard clock.now <= since + schedule.total else {
                return .failed(reason: "throttled for longer than the schedule lasts: \(reason)")
            }
            let told = result.wait ?? schedule.delays.first ?? .seconds(5)
            let asked = min(max(told, Schedule.throttleMin), Schedule.waitMax)
            let wait = asked * (1 + Schedule.jitter * Double.random(in: 0...1))
            if result.holdsAccount { run.destination.budget.pause(until: clock.now + wait) }
            return .again(at: clock.now + wait, countsAsFailure: false)
        case .transient, .auth, .authRefresh:
            // While the destination is left alone a failure uses up nothing of the delivery's schedule.
            let isHeld = run.breaker.isOpen && !result.isOurs
            let spread = Double.random(in: -1...1)
            let wait = schedule.wait(after: isHeld ? 1 : delivery.failures + 1, asked: result.wait, spread: spread)
            guard let wait else {
                return .failed(reason: "given up after \(delivery.failures + 1) failures: \(reason)")
            }
            return .again(at: clock.now + wait, countsAsFailure: !isHeld)
        case .permanent where result.holdsAccount:
            // It waits with all the others until the destination is served anew.
            return .again(at: clock.now, countsAsFailure: false)
        case .permanent, .windowClosed, .recipientUnreachable, .unknownOutcome:
            return .failed(reason: reason)
        }
    }

    /// Records an attempt, does what its end means, and goes on with the lane: one transaction.
    private func conclude(
        _ record: SettledAttempt, of run: Run, goesOn: Bool, in transaction: any Transaction
    ) throws -> Ready? {
        let delivery = record.delivery
        // In the order in which others lock them: what the network calls the message, then the conversation.
        if delivery.kind == .reply, let id = record.result.id {
            try transaction.lock([.message(channel: delivery.destination.name, externalID: id)])
        }
        try transaction.lock([.conversation(delivery.conversation)])
        guard try transaction.holds(delivery.lane, claim: run.lane.claim) else {
            logger.warning("a lease ran out during an attempt", metadata: ["delivery": "\(delivery.id)"])
            return nil
        }
        try transaction.insertAttempt(record.attempt(by: run.destination), of: delivery.id)
        try transaction.updateDelivery(record.update)
        try run.destination.settle(record, in: transaction)
        if case .again(let time, _) = record.verdict {
            try transaction.release(delivery.lane, claim: run.lane.claim, dueAt: time)
            return nil
        }
        guard goesOn else {
            try transaction.release(delivery.lane, claim: run.lane.claim, dueAt: record.endedAt)
            return nil
        }
        let now = clock.now
        // The next attempt begins with a lease that lasts.
        if let end = leaseEnd(of: run.lane.claim), end < now + terms.sure - terms.renewal {
            try transaction.renewLeases(of: [run.lane.claim], until: now + Self.lease, waits: true)
            noteLeases([run.lane.claim], at: now)
        }
        guard let next = try transaction.advance(delivery.lane, claim: run.lane.claim, now: now) else { return nil }
        return try begun(next, of: run, at: now, in: transaction)
    }

    private func log(_ change: Breaker.Change?, of endpoint: Endpoint) {
        guard let change else { return }
        var metadata: Logger.Metadata = ["destination": "\(endpoint)"]
        switch change {
        case .opened(let next):
            metadata["next_attempt"] = "\(next.rfc3339)"
            logger.warning("a destination does not work and is left alone", metadata: metadata)
        case .staysOpen(let next):
            metadata["next_attempt"] = "\(next.rfc3339)"
            logger.info("a destination still does not work", metadata: metadata)
        case .closed(let time):
            metadata["seconds"] = "\(time.components.seconds)"
            logger.notice("a destination works again", metadata: metadata)
        case .gone:
            logger.error("a destination wants nothing any more; all waits until a reload", metadata: metadata)
        }
    }

    private func log(_ record: SettledAttempt) {
        // Made only for a level that is written.
        var metadata: Logger.Metadata {
            [
                "delivery": "\(record.delivery.id)", "destination": "\(record.delivery.destination)",
                "correlation": "\(record.delivery.correlation)", "outcome": "\(record.result.outcome.rawValue)",
                "attempt": "\(record.delivery.attempts + 1)",
            ]
        }
        switch record.verdict {
        case .delivered: logger.debug("delivered", metadata: metadata)
        case .again where [.auth, .authRefresh].contains(record.result.outcome):
            logger.warning("a credential was refused; the attempt will be made again", metadata: metadata)
        case .again: logger.info("an attempt failed and will be made again", metadata: metadata)
        case .failed: logger.warning("a delivery failed and waits for a person", metadata: metadata)
        }
    }
}

extension SettledAttempt {
    func attempt(by destination: any Destination) -> AttemptRecord {
        AttemptRecord(
            number: Int64(delivery.attempts + 1), startedAt: startedAt, outcome: result.outcome.rawValue,
            reason: result.reason, exchanges: .array(result.exchanges.map(\.json)),
            connector: destination.connectorVersion)
    }

    /// How a delivery waits. What an attempt left open that nobody saw the end of stays open: this one may have ended
    /// before it could find out.
    private var stateBetween: DeliveryState { delivery.state == .sending ? .sending : .snoozed }

    var update: DeliveryUpdate {
        switch verdict {
        case .delivered:
            DeliveryUpdate(
                id: delivery.id, state: .delivered, progress: result.done, endedAt: endedAt,
                outcome: result.outcome.rawValue, externalID: result.id)
        case .again(let time, let countsAsFailure):
            DeliveryUpdate(
                id: delivery.id, state: stateBetween, isFailure: countsAsFailure, progress: result.done,
                saved: result.saved, dueAt: time, tryingSince: delivery.attempts == 0 ? startedAt : nil,
                outcome: result.outcome.rawValue, reason: result.reason, externalID: result.id)
        case .failed(let reason):
            DeliveryUpdate(
                id: delivery.id, state: .failed, isFailure: true, progress: result.done, saved: result.saved,
                endedAt: endedAt, outcome: result.outcome.rawValue, reason: reason, externalID: result.id)
        }
    }
}
