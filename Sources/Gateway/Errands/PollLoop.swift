// One poll of one endpoint, for as long as its installation is at work: the texts of `each` one after the other, each
// with a schedule of its own.

import Connectors
import Logging
import Model
import Storage

/// Runs one poll when it is due.
struct PollLoop: Errand {
    let taker: any PollTaker
    let poll: String
    let clock: WallClock
    let pace: Pace
    let logger: Logger
    /// What it holds while it runs; `nil`: nobody else could run it.
    private var claim: LeaseClaim?
    private var isLost = false
    private var lines: [String?: Line] = [:]

    /// Where one text of `each` stands.
    private struct Line {
        var due: Timestamp
        var failures = 0
    }

    init(taker: any PollTaker, poll: String, clock: WallClock, pace: Pace, logger: Logger) {
        self.taker = taker
        self.poll = poll
        self.clock = clock
        self.pace = pace
        var logger = logger
        logger[metadataKey: "endpoint"] = "\(taker.endpoint)"
        logger[metadataKey: "poll"] = "\(poll)"
        self.logger = logger
    }

    private var every: Duration { taker.connector.pollInterval(poll) ?? Backoff.longest }

    var lease: String? { "poll \(taker.endpoint)/\(poll)" }

    /// Runs until it is cancelled, or its lease is another node's.
    mutating func run(under claim: LeaseClaim?) async {
        self.claim = claim
        logger.info("polling", metadata: ["every": "\(every)"])
        while !Task.isCancelled {
            let due = await turn()
            if isLost { return }
            let nap = min(max(due - clock.now, .milliseconds(10)), Backoff.napMax)
            guard (try? await pace.sleep(nap)) != nil else { return }
        }
    }

    /// Runs what is due, once.
    /// - Returns: when something is due again.
    mutating func turn() async -> Timestamp {
        let items: [String?]
        do throws(PollMistake) {
            items = try await taker.connector.pollItems(poll)
        } catch {
            logger.error("a poll cannot begin", metadata: ["reason": "\(error.reason)"])
            return clock.now + Backoff.longest
        }
        lines = lines.filter { items.contains($0.key) }
        // All are there before the first one runs: it may hold up the others.
        for item in items where lines[item] == nil { lines[item] = Line(due: clock.now) }
        for item in items where !Task.isCancelled && !isLost {
            guard let line = lines[item], line.due <= clock.now else { continue }
            lines[item] = await after(line, of: item)
        }
        return lines.values.map(\.due).min() ?? clock.now + every
    }

    /// Makes one run.
    private mutating func after(_ line: Line, of item: String?) async -> Line {
        var line = line
        do {
            let (taker, poll, claim) = (taker, poll, claim)
            var quarantined = 0
            let state = try await taker.state(of: poll, item: item)
            let report = try await taker.connector.poll(poll, item: item, from: state) { batch in
                quarantined += try await taker.takeAll(batch, of: poll, item: item, under: claim)
            }
            note(report, quarantined: quarantined, item)
            if let failure = report.failure {
                return failed(line, (failure.outcome, failure.reason), wait: failure.wait, item)
            }
            if line.failures > 0 { logger.notice("a poll has recovered", metadata: metadata(item)) }
            line.failures = 0
            let usual = report.hasMore ? .seconds(1) : Backoff.spread(every, pace)
            line.due = clock.now + max(usual, report.pause ?? .zero)
            return line
        } catch let error as StoreError where error.code == .leaseLost {
            isLost = true
            logger.notice("a poll is another node's now; what was fetched was not kept", metadata: metadata(item))
            return line
        } catch {
            return failed(line, (.transient, "\(error)"), wait: nil, item)
        }
    }

    private mutating func failed(
        _ line: Line, _ failure: (outcome: OutcomeClass, reason: String), wait: Duration?, _ item: String?
    ) -> Line {
        // A run that was cancelled says nothing about the other side.
        guard !Task.isCancelled else { return line }
        var line = line
        line.failures += 1
        line.due = clock.now + Backoff.wait(after: line.failures, failure.outcome, asked: wait, pace)
        var metadata = metadata(item)
        metadata["outcome"] = "\(failure.outcome.rawValue)"
        metadata["reason"] = "\(failure.reason)"
        metadata["failures"] = "\(line.failures)"
        metadata["next_try"] = "\(line.due)"
        logger.warning("a poll is failing", metadata: metadata)
        if failure.outcome == .throttled {
            // The other side counts all requests of the account, not those of one text.
            for (other, value) in lines where value.due < line.due { lines[other]?.due = line.due }
        }
        return line
    }

    private func note(_ report: PollReport, quarantined: Int, _ item: String?) {
        var metadata = metadata(item)
        for complaint in report.complaints {
            metadata["problem"] = "\(complaint)"
            logger.warning("a poll's program fails", metadata: metadata)
        }
        metadata["problem"] = nil
        metadata["pages"] = "\(report.pages)"
        metadata["taken"] = "\(report.taken)"
        if report.hasGap { logger.warning("a poll has a gap: more pages than it may ask for", metadata: metadata) }
        metadata["quarantined"] = "\(quarantined)"
        logger.log(level: quarantined > 0 ? .warning : .debug, "polled", metadata: metadata)
    }

    /// The texts of `each` come out of the settings that are no secrets.
    private func metadata(_ item: String?) -> Logger.Metadata {
        item.map { ["item": "\($0)"] } ?? [:]
    }
}
