// Why a mail server did not do what it was asked. Network troubles and refused log-ins are never the same thing.

package import Model

/// A connection that could not be made or kept, or a command that was refused.
package struct MailFailure: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: String, Sendable, CaseIterable {
        /// Not tried: the address guard or the form of the settings forbids it.
        case refused
        /// The host has no address.
        case dns
        /// Nobody answers at the address.
        case connect
        /// No trusted encrypted connection, or no STARTTLS.
        case tls
        /// The server said nothing for too long.
        case timeout
        /// The connection ended.
        case broken
        /// The server says that it cannot now: `BYE`, `[UNAVAILABLE]`, `[INUSE]`, `[SERVERBUG]`, 4yz.
        case unavailable
        /// The server says that we ask too much: `[LIMIT]`, `[THROTTLED]`, too many connections.
        case throttled
        /// The log-in is refused: a person must act, or the token is stale.
        case login
        /// The command is refused, and would be again: no such folder, no right.
        case rejected
        /// What the server says is no answer of the protocol.
        case garbled
        /// Our own task was cancelled. The session is closed.
        case cancelled
    }

    package let kind: Kind
    /// One line for people. May hold words of the server, never a secret of ours.
    package let message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    package var description: String { message }

    /// Whether time may mend it, without a person.
    package var isTransient: Bool {
        switch kind {
        case .refused, .login, .rejected: false
        case .dns, .connect, .tls, .timeout, .broken, .unavailable, .throttled, .garbled, .cancelled: true
        }
    }

    /// What it means for an attempt that had handed over nothing yet.
    package func outcome(of login: MailLogin) -> OutcomeClass {
        switch (kind, login) {
        case (.refused, _), (.rejected, _): .permanent
        case (.login, .token): .authRefresh
        case (.login, _): .auth
        case (.throttled, _): .throttled
        default: .transient
        }
    }
}

extension MailFailure {
    /// Words of a server in a sentence of ours.
    static func quoted(_ text: String) -> String { "\u{201C}\(cleaned(text))\u{201D}" }

    /// Words of a server fit for a log: printable, one line, not too long.
    static func cleaned(_ text: String) -> String {
        var printable = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(200) {
            printable.append(scalar.value < 0x20 || scalar.value == 0x7F ? " " : scalar)
        }
        return String(printable)
    }
}
