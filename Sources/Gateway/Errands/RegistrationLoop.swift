// One registration of one endpoint: made at the start, and again when it would run out. Made twice it does no harm, so
// it needs a lease and no fence.

import Connectors
import Logging
import Model

/// Keeps a registration good.
struct RegistrationLoop: Errand {
    let connector: Connector
    let lease: String?
    let registration: String
    let clock: WallClock
    let pace: Pace
    private let logger: Logger
    private var failures = 0

    init(
        _ connector: Connector, of endpoint: Endpoint, registration: String, clock: WallClock, pace: Pace,
        logger: Logger
    ) {
        self.connector = connector
        lease = "register \(endpoint)/\(registration)"
        self.registration = registration
        self.clock = clock
        self.pace = pace
        var logger = logger
        logger[metadataKey: "endpoint"] = "\(endpoint)"
        logger[metadataKey: "registration"] = "\(registration)"
        self.logger = logger
    }

    /// Runs until it is cancelled, or until the registration is good for ever.
    mutating func run(under claim: LeaseClaim?) async {
        while !Task.isCancelled, let due = await turn() {
            let nap = min(max(due - clock.now, .milliseconds(10)), Backoff.napMax)
            guard (try? await pace.sleep(nap)) != nil else { return }
        }
    }

    /// Looks at the registration once, and makes it when it is not good any more.
    /// - Returns: when to look again; `nil`: never.
    mutating func turn() async -> Timestamp? {
        switch await connector.register(registration) {
        case .current(let until):
            failures = 0
            return until
        case .made(let until):
            failures = 0
            logger.notice("registered", metadata: until.map { ["until": "\($0)"] } ?? [:])
            return until
        case .failed(let failure):
            // A turn that was cancelled says nothing about the other side.
            guard !Task.isCancelled else { return clock.now }
            failures += 1
            let next = clock.now + Backoff.wait(after: failures, failure.outcome, asked: failure.wait, pace)
            logger.warning(
                "not registered",
                metadata: [
                    "outcome": "\(failure.outcome.rawValue)", "reason": "\(failure.reason)",
                    "failures": "\(failures)", "next_try": "\(next)",
                ])
            return next
        }
    }
}
