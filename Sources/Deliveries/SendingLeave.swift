// Whether an endpoint agrees to be sent to, where it must be asked: CloudEvents HTTP webhooks 1.0.2 section 4.

package import Model
import Synchronization

/// The leave of one destination. Kept in memory: after a start and a reload it is asked for anew.
package final class SendingLeave: Sendable {
    private enum State {
        case given
        /// Since when, why, and when it is asked for again.
        case missing(since: Timestamp, reason: String, next: Timestamp?)
    }

    private let state: Mutex<State>
    private let budget: RateBudget
    private let wake: @Sendable () -> Void

    /// - Parameters:
    ///   - budget: that of the destination; an allowed rate goes there.
    ///   - wake: called when leave is given: what waits may go out.
    package init(since now: Timestamp, budget: RateBudget, wake: @escaping @Sendable () -> Void) {
        state = Mutex(.missing(since: now, reason: "leave was not asked for yet", next: nil))
        self.budget = budget
        self.wake = wake
    }

    /// Nothing is sent while it is not.
    package var isGiven: Bool { state.withLock { if case .given = $0 { true } else { false } } }

    /// - Parameter perMinute: how many deliveries a minute are allowed; `nil`: any number.
    package func give(perMinute: Int?) {
        budget.allow(perMinute: perMinute)
        state.withLock { $0 = .given }
        wake()
    }

    /// What waits goes on waiting, and is no dead letter.
    package func withhold(because reason: String, at now: Timestamp, next: Timestamp) {
        state.withLock { state in
            var since = now
            if case .missing(let before, _, _) = state { since = before }
            state = .missing(since: since, reason: reason, next: next)
        }
    }

    /// `nil`: it is given.
    var condition: DestinationCondition? {
        state.withLock { state in
            guard case .missing(let since, let reason, let next) = state else { return nil }
            return DestinationCondition(state: .noLeave, since: since, nextAttempt: next, reason: reason)
        }
    }
}
