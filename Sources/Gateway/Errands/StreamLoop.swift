// One stream of one endpoint: the connection is kept, and made again whenever it ends.

import Connectors
import Logging
import Model
import Storage

/// Keeps a stream's connection.
struct StreamLoop: Errand {
    /// The wait after a connection that the other side ended in peace.
    static let waitMin = Duration.seconds(1)

    let taker: any PollTaker
    let stream: String
    let clock: WallClock
    let pace: Pace
    private let logger: Logger
    /// What it holds while it runs; `nil`: nobody else could run it.
    private var claim: LeaseClaim?
    private var isLost = false
    private var failures = 0

    init(taker: any PollTaker, stream: String, clock: WallClock, pace: Pace, logger: Logger) {
        self.taker = taker
        self.stream = stream
        self.clock = clock
        self.pace = pace
        var logger = logger
        logger[metadataKey: "endpoint"] = "\(taker.endpoint)"
        logger[metadataKey: "stream"] = "\(stream)"
        self.logger = logger
    }

    var lease: String? { "stream \(taker.endpoint)/\(stream)" }

    /// Runs until it is cancelled, or its lease is another node's.
    mutating func run(under claim: LeaseClaim?) async {
        self.claim = claim
        while !Task.isCancelled {
            logger.info("connecting to a stream")
            let wait = await connect()
            if isLost { return }
            guard (try? await pace.sleep(wait)) != nil else { return }
        }
    }

    /// Keeps one connection for as long as it lasts.
    /// - Returns: how long to wait before the next one.
    private mutating func connect() async -> Duration {
        do {
            let (taker, stream, claim) = (taker, stream, claim)
            var quarantined = 0
            let state = try await taker.state(of: stream, item: nil)
            let report = try await taker.connector.stream(stream, from: state) { batch in
                quarantined += try await taker.takeAll(batch, of: stream, item: nil, under: claim)
            }
            for complaint in report.complaints.sorted() {
                logger.warning("a stream's program fails", metadata: ["problem": "\(complaint)"])
            }
            if quarantined > 0 { logger.warning("events are in quarantine", metadata: ["count": "\(quarantined)"]) }
            // What broke off after it had brought something is no lasting failure.
            if report.taken > 0 { failures = 0 }
            guard let failure = report.failure else {
                failures = 0
                return max(Backoff.spread(Self.waitMin, pace), report.retry ?? .zero)
            }
            return failed(failure.outcome, failure.reason, asked: max(failure.wait ?? .zero, report.retry ?? .zero))
        } catch let error as StoreError where error.code == .leaseLost {
            isLost = true
            logger.notice("a stream is another node's now; what it brought last was not kept")
            return .zero
        } catch {
            return failed(.transient, "\(error)", asked: .zero)
        }
    }

    private mutating func failed(_ outcome: OutcomeClass, _ reason: String, asked: Duration) -> Duration {
        // A connection that was cancelled says nothing about the other side.
        guard !Task.isCancelled else { return .zero }
        failures += 1
        let wait = Backoff.wait(after: failures, outcome, asked: asked, pace)
        logger.warning(
            "a stream has ended",
            metadata: [
                "outcome": "\(outcome.rawValue)", "reason": "\(reason)", "failures": "\(failures)",
                "next_try": "\(clock.now + wait)",
            ])
        return wait
    }
}
