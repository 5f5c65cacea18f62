// Why there was no whole answer, and the one thing the courier must know of it: whether the request had left.

/// A request that got no whole answer.
package struct TransportFailure: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: String, Sendable, CaseIterable {
        /// No whole answer in time.
        case timeout
        /// The host has no address.
        case dns
        /// Nobody answers at the address.
        case connect
        /// No trusted encrypted connection.
        case tls
        /// The exchange broke off, the answer was no HTTP, or the sender gave up.
        case reset
        /// Not tried: the address guard, the scheme or the request's form forbids it.
        case refused
        /// The answer was larger than allowed.
        case tooLarge = "too_large"
    }

    package let kind: Kind
    /// Whether bytes of the request may have left. Then the other side may have acted on it, and the answer is lost.
    package let sent: Bool
    /// One line with the method and the redacted URL; safe to log and to show.
    package let message: String

    package init(kind: Kind, sent: Bool, message: String) {
        self.kind = kind
        self.sent = sent
        self.message = message
    }

    package var description: String { message }
}
