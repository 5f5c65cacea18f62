// Whether a destination works at all: one that does not is left alone, but for one attempt at a time that shows when it
// works again. Kept in memory, like rates: a restart and a reload begin anew.

package import Model
import Synchronization

/// The breaker of one destination.
///
/// It opens after `troublesMax` attempts in a row that failed for the destination's own reasons, in `lanesMin` lanes or
/// more: one conversation that the other side chokes on never opens it. While it is open one delivery at a time is
/// attempted, the first after `probeFirst` and then at twice the wait, up to `probeMax`. Any answer closes it.
final class Breaker: Sendable {
    /// How many attempts in a row fail before it opens.
    static let troublesMax = 5
    /// In how many lanes at least.
    static let lanesMin = 3
    /// The wait before the first probe; a restart on the other side is over after some seconds.
    static let probeFirst = Duration.seconds(5)
    /// The longest own wait between probes: for so long at most a destination that works again is not noticed.
    static let probeMax = Duration.seconds(300)

    private struct State {
        var troubles = 0
        var lanes: Set<LaneID> = []
        var opening: Opening?
        /// When it was last closed after it had been open.
        var closedAt: Timestamp?
        var goneSince: Timestamp?

        /// Counts a trouble, or sets the next probe when one failed.
        mutating func trouble(
            in lane: LaneID, claim: String, asked: Duration, at now: Timestamp, factor: Double
        ) -> Change? {
            if var opening {
                // What began before it opened tells nothing new.
                guard opening.probe == claim else { return nil }
                opening.wait = min(opening.wait * 2, Breaker.probeMax)
                opening.nextProbe = now + max(opening.wait * factor, asked)
                opening.probe = nil
                self.opening = opening
                return .staysOpen(until: opening.nextProbe)
            }
            troubles += 1
            if lanes.count < Breaker.lanesMin { lanes.insert(lane) }
            guard troubles >= Breaker.troublesMax, lanes.count >= Breaker.lanesMin else { return nil }
            let next = now + max(Breaker.probeFirst * factor, asked)
            opening = Breaker.Opening(since: now, wait: Breaker.probeFirst, nextProbe: next)
            return .opened(until: next)
        }
    }

    private struct Opening {
        let since: Timestamp
        var wait: Duration
        var nextProbe: Timestamp
        /// The claim of the lane whose delivery is the probe on the way.
        var probe: String?
    }

    private let state = Mutex(State())

    /// How many lanes may be claimed now, and when there is room again if there is none; `nil` then: when the probe on
    /// the way has come to an end, or never.
    func room(at now: Timestamp) -> (count: Int, next: Timestamp?) {
        state.withLock { state in
            if state.goneSince != nil { return (0, nil) }
            guard let opening = state.opening else { return (Int.max, nil) }
            if opening.probe != nil { return (0, nil) }
            return now < opening.nextProbe ? (0, opening.nextProbe) : (1, nil)
        }
    }

    /// Whether the next delivery of a claimed lane may be attempted; it is the probe then, if the breaker is open.
    func admits(_ claim: String, at now: Timestamp) -> Bool {
        state.withLock { state in
            guard state.goneSince == nil else { return false }
            guard let opening = state.opening else { return true }
            guard opening.probe == claim || (opening.probe == nil && opening.nextProbe <= now) else { return false }
            state.opening?.probe = claim
            return true
        }
    }

    /// A claim that ends without having shown anything leaves its place to another.
    func withdraw(_ claim: String) {
        state.withLock { state in
            if state.opening?.probe == claim { state.opening?.probe = nil }
        }
    }

    /// The same for whatever probe there is: its claim was never committed.
    func withdrawProbe() {
        state.withLock { $0.opening?.probe = nil }
    }

    /// Notes what an attempt shows.
    /// - Parameter spread: a random number between -1 and 1.
    /// - Returns: what the breaker does now, if that is news.
    func note(
        _ result: AttemptResult, in lane: LaneID, claim: String, at now: Timestamp, spread: Double
    ) -> Change? {
        state.withLock { state -> Change? in
            switch result.sign {
            case .nothing:
                return nil
            case .gone:
                defer { state.goneSince = state.goneSince ?? now }
                return state.goneSince == nil ? .gone : nil
            case .answer:
                (state.troubles, state.lanes) = (0, [])
                guard let opening = state.opening else { return nil }
                (state.opening, state.closedAt) = (nil, now)
                return .closed(after: now - opening.since)
            case .trouble:
                let asked = min(result.wait ?? .zero, Schedule.waitMax)
                return state.trouble(
                    in: lane, claim: claim, asked: asked, at: now, factor: 1 + Schedule.jitter * spread)
            }
        }
    }

    /// The clock was set back by so much: what is remembered as a time stays as long ago, or as far ahead, as it was.
    func bringForward(by step: Duration) {
        state.withLock { state in
            state.closedAt = state.closedAt.map { $0 - step }
            state.goneSince = state.goneSince.map { $0 - step }
            state.opening = state.opening.map { opening in
                Opening(
                    since: opening.since - step, wait: opening.wait, nextProbe: opening.nextProbe - step,
                    probe: opening.probe)
            }
        }
    }

    /// Whether deliveries are held back: what fails then says nothing about the delivery.
    var isOpen: Bool { state.withLock { $0.opening != nil } }

    /// Since when something is tried, the time not counted in which the destination was left alone.
    func since(_ time: Timestamp) -> Timestamp {
        state.withLock { max(time, $0.closedAt ?? time) }
    }

    var condition: DestinationCondition {
        state.withLock { state in
            if let since = state.goneSince { return DestinationCondition(state: .gone, since: since) }
            guard let opening = state.opening else { return DestinationCondition(state: .open, since: state.closedAt) }
            return DestinationCondition(state: .leftAlone, since: opening.since, nextAttempt: opening.nextProbe)
        }
    }

    /// What the breaker does from now on.
    enum Change: Equatable {
        case opened(until: Timestamp)
        case staysOpen(until: Timestamp)
        case closed(after: Duration)
        case gone
    }
}

/// How a destination stands, as operators see it.
package struct DestinationCondition: Sendable, Hashable {
    package enum State: String, Sendable, CaseIterable {
        /// Deliveries go out.
        case open
        /// It does not work: one attempt at a time shows when it does again.
        case leftAlone = "left_alone"
        /// It wants nothing any more: nothing is attempted before a reload or a restart.
        case gone
        /// It has not agreed to be sent to; everything waits.
        case noLeave = "no_leave"
        /// Nothing is sent to it: it asks for its events.
        case pulled
    }

    package let state: State
    /// `nil`: since the start or the last reload.
    package let since: Timestamp?
    /// Of a destination that is left alone: when the next attempt may be made; without leave: when it is asked again.
    package var nextAttempt: Timestamp?
    /// Why there is no leave.
    package let reason: String?

    package init(state: State, since: Timestamp?, nextAttempt: Timestamp? = nil, reason: String? = nil) {
        self.state = state
        self.since = since
        self.nextAttempt = nextAttempt
        self.reason = reason
    }
}

extension AttemptResult {
    /// What an attempt shows of the destination as a whole.
    fileprivate enum Sign {
        /// The other side is there.
        case answer
        case trouble
        case gone
        case nothing
    }

    fileprivate var sign: Sign {
        switch outcome {
        case .ok, .duplicate, .throttled: .answer
        case .transient, .auth, .authRefresh: isOurs ? .nothing : .trouble
        // One that samtal did not live to see the end of made no request now.
        case .unknownOutcome: exchanges.isEmpty ? .nothing : .trouble
        case .permanent where holdsAccount: .gone
        // Without an answer it is a mistake of the connector or an address that is forbidden.
        case .permanent, .windowClosed, .recipientUnreachable: exchanges.last?.status == nil ? .nothing : .answer
        }
    }
}
