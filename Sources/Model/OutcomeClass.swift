// Step 6 and 8 of the hallway: what an answer from the other side means.

/// The class of an answer to a request of ours; a connector's `errors` name them.
package enum OutcomeClass: String, Sendable, CaseIterable {
    /// Done.
    case ok
    /// Done before; counts as done.
    case duplicate
    /// Try again on the usual schedule.
    case transient
    /// Too fast: try again after the wait.
    case throttled
    /// The credential is stale: refresh it and try once more.
    case authRefresh = "auth_refresh"
    /// The credential is dead: no attempt can work until a person mends it.
    case auth
    /// The network lets nobody write to this person now.
    case windowClosed = "window_closed"
    /// This person cannot be reached here: blocked us, left, unknown number.
    case recipientUnreachable = "recipient_unreachable"
    /// It will never work like this.
    case permanent
    /// The request went out and no answer came: it may or may not be done.
    case unknownOutcome = "unknown_outcome"
}
