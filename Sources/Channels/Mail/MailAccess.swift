// How a mailbox logs in: by a password, or by a token that is renewed.

package import Connectors
import Model
package import Transports

/// Gives the log-in of one account.
package actor MailAccess {
    private let identity: MailSettings.Identity
    private let tokens: OAuthTokens?
    /// The token that was given out last.
    private var last: String?
    /// A token that was refused.
    private var stale: String?

    /// - Parameter tokens: for an account that logs in by OAuth 2.0.
    package init(_ identity: MailSettings.Identity, tokens: OAuthTokens?) {
        self.identity = identity
        self.tokens = tokens
    }

    /// The log-in to use now.
    /// - Throws: when no token can be had.
    package func login() async throws(MailFailure) -> MailLogin {
        switch identity {
        case .none: return .none
        case .password(let user, let secret): return .password(user: user, secret: secret)
        case .oauth2(let user, _):
            guard let tokens else { throw MailFailure(.login, "there is nobody who gives tokens") }
            do throws(SendMistake) {
                let token = try await tokens.current(replacing: stale)
                last = token
                return .token(user: user, secret: token)
            } catch {
                throw MailFailure(error.outcome == .auth ? .login : .unavailable, error.reason)
            }
        }
    }

    /// A server refused the last log-in: a token is not used again.
    package func wasRefused() { stale = last }
}
