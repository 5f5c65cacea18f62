// A mail on its way out, and what became of it for each of those it goes to.

package import Model

/// A mail with its envelope.
package struct SMTPMail: Sendable {
    /// The envelope's sender; empty: none, so that nothing comes back (RFC 5321 section 4.5.5).
    package var sender: String
    package var recipients: [String]
    /// RFC 5322. Line breaks of any kind become CRLF.
    package var bytes: [UInt8]

    package init(sender: String, recipients: [String], bytes: [UInt8]) {
        self.sender = sender
        self.recipients = recipients
        self.bytes = bytes
    }
}

/// What a server said of one recipient, or why it said nothing.
package struct SMTPResult: Sendable, Hashable {
    package let recipient: String
    /// `ok`: the server has taken the mail for this recipient. `unknownOutcome`: it may have.
    package var outcome: OutcomeClass
    /// The answer that decided; `nil`: there was none.
    package var reply: SMTPReply?
    /// Why it is not done, for people; `nil` when it is.
    package var reason: String?
}

/// One result for each recipient, in their order.
package struct SMTPReport: Sendable, Hashable {
    package var results: [SMTPResult]
    /// The server's words when it took the mail; they often hold its id in the queue.
    package var accepted: String?

    /// Those who are to be tried again.
    package var left: [String] {
        results.filter { [.transient, .throttled, .authRefresh, .auth].contains($0.outcome) }.map(\.recipient)
    }

    /// As one attempt: done when it is done for all. What may be done already comes first, for it is never blindly done
    /// again; then what is to be tried again, then what has failed for good. `saved` keeps who has it.
    package var attempt: AttemptResult {
        let order: [OutcomeClass] = [
            .unknownOutcome, .auth, .authRefresh, .throttled, .transient, .permanent, .recipientUnreachable,
        ]
        let worst = order.lazy.compactMap { outcome in results.first { $0.outcome == outcome } }.first
        var attempt = AttemptResult(worst?.outcome ?? .ok, reason: worst?.reason, done: 0)
        let done = results.filter { $0.outcome == .ok }.map(\.recipient)
        if worst != nil, !done.isEmpty { attempt.saved = ["accepted": .array(done.map { .string($0) })] }
        return attempt
    }
}
