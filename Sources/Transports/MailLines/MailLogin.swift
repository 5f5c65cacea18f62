// Who we are to a mail server. Secrets in here are never described.

/// How to log in.
package enum MailLogin: Sendable {
    /// Not at all: a relay that knows us by our address.
    case none
    /// SASL PLAIN, LOGIN, CRAM-MD5 or SCRAM, whichever the server offers, or IMAP's `LOGIN`.
    case password(user: String, secret: String)
    /// An OAuth 2 access token: OAUTHBEARER (RFC 7628) where offered, else its forerunner XOAUTH2. Who owns the refresh
    /// token makes a new one when it is refused: a session never refreshes by itself.
    case token(user: String, secret: String)

    var user: String? {
        switch self {
        case .none: nil
        case .password(let user, _), .token(let user, _): user
        }
    }
}

extension MailLogin: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String {
        switch self {
        case .none: "no log-in"
        case .password: "a password"
        case .token: "a token"
        }
    }

    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
