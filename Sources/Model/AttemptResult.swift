// What became of one attempt to send: a value, not an exception. Connectors make it, the courier records it.

/// The result of one attempt.
package struct AttemptResult: Sendable {
    package var outcome: OutcomeClass
    /// How long the other side asks to wait; `nil`: it does not say.
    package var wait: Duration?
    /// Whether what the answer says holds for everything that goes to the endpoint: the wait of an attempt that was
    /// too fast; or that it is never to be sent anything again, when it is permanent.
    package var holdsAccount = false
    /// How long all to the endpoint should wait, because an answer told that an allowance is nearly used up, whatever
    /// the outcome; `nil`: not at all.
    package var pause: Duration?
    /// Whether it is not done for a reason of ours that says nothing of the other side: a file that is not here yet, a
    /// store that can not be read.
    package var isOurs = false
    /// Why it is not done, without secrets; `nil` when it is done.
    package var reason: String?
    /// The other side's id of what we sent. Also told by an attempt that failed later.
    package var id: String?
    /// Kept with what we sent.
    package var context: JSON?
    /// The CRM's ticket. Also told by an attempt that failed later.
    package var ticket: Ticket?
    /// How many requests of this delivery are done so far, earlier attempts included; the next attempt begins there.
    package var done: Int
    /// What its steps have saved so far; the next attempt gets it back. `nil`: nothing to keep.
    package var saved: JSON?
    /// The requests that this attempt made, in order.
    package var exchanges: [Exchange]

    package init(_ outcome: OutcomeClass, reason: String? = nil, done: Int) {
        self.outcome = outcome
        self.reason = reason
        self.done = done
        exchanges = []
    }
}
