// The leave of one destination: asked for at the start, and once a day, for who agreed once may change their mind.

import Connectors
import Deliveries
import Logging
import Model

/// Keeps a leave to send.
struct LeaveLoop: Errand {
    /// For how long leave is taken for given before it is asked for again.
    static let lifetime = Duration.seconds(86_400)

    let connector: Connector
    let leave: SendingLeave
    let clock: WallClock
    let pace: Pace
    private let logger: Logger
    private var failures = 0

    init(
        _ connector: Connector, of destination: any Destination, leave: SendingLeave, clock: WallClock, pace: Pace,
        logger: Logger
    ) {
        self.connector = connector
        self.leave = leave
        self.clock = clock
        self.pace = pace
        var logger = logger
        logger[metadataKey: "destination"] = "\(destination.endpoint)"
        self.logger = logger
    }

    /// Each node asks for itself: leave lies in its memory.
    var lease: String? { nil }

    /// Runs until it is cancelled.
    mutating func run(under claim: LeaseClaim?) async {
        var due = clock.now
        while !Task.isCancelled {
            if due <= clock.now { due = await turn() }
            let nap = min(max(due - clock.now, .milliseconds(10)), Backoff.napMax)
            guard (try? await pace.sleep(nap)) != nil else { return }
        }
    }

    /// Asks once.
    /// - Returns: when to ask again.
    mutating func turn() async -> Timestamp {
        switch await connector.askForLeave() {
        case .given(let rate):
            if !leave.isGiven {
                logger.notice("leave to send", metadata: ["per_minute": "\(rate.map { String($0) } ?? "*")"])
            }
            failures = 0
            leave.give(perMinute: rate)
            return clock.now + Self.lifetime
        case .refused(let reason):
            return withhold(reason, .permanent, asked: nil)
        case .unknown(let failure):
            // A turn that was cancelled says nothing about the other side.
            guard !Task.isCancelled else { return clock.now }
            return withhold("no leave to send: \(failure.reason)", failure.outcome, asked: failure.wait)
        }
    }

    /// Leave that was given stays when nobody answers: the breaker sees to that.
    private mutating func withhold(_ reason: String, _ outcome: OutcomeClass, asked: Duration?) -> Timestamp {
        failures += 1
        let next = clock.now + Backoff.wait(after: failures, outcome, asked: asked, pace)
        let isRefused = outcome == .permanent
        if isRefused || !leave.isGiven { leave.withhold(because: reason, at: clock.now, next: next) }
        logger.warning(
            "no leave to send; what is for it waits", metadata: ["reason": "\(reason)", "next_try": "\(next)"])
        return next
    }
}
