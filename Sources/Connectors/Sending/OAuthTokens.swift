// Tokens of OAuth 2.0 for what is no connector: a mailbox logs in with them. The same code as for connectors: one fetch
// however many wait, on all nodes together, and saved before it is used.

package import Model

/// What a token is asked for with (RFC 6749).
package struct OAuthClient: Sendable, Hashable {
    package enum Grant: String, Sendable, CaseIterable {
        /// Section 6.
        case refreshToken = "refresh_token"
        /// Section 4.4.
        case clientCredentials = "client_credentials"
    }

    package let grant: Grant
    package let tokenURL: String
    package let id: String
    package let secret: String?
    /// The first one; those that replace it are kept in the store.
    package let refreshToken: String?
    package let scope: String?

    package init(
        grant: Grant, tokenURL: String, id: String, secret: String?, refreshToken: String?, scope: String?
    ) {
        self.grant = grant
        self.tokenURL = tokenURL
        self.id = id
        self.secret = secret
        self.refreshToken = refreshToken
        self.scope = scope
    }
}

/// Gives tokens.
package struct OAuthTokens: Sendable {
    private let vault: CredentialVault

    /// - Parameter name: of the credential, among those of its endpoint.
    /// - Throws: what does not fit together.
    package init(
        _ name: String, _ client: OAuthClient, host: ConnectorHost, machine: JQMachine
    ) throws(SettingProblems) {
        let given = [
            "token_url": client.tokenURL, "client_id": client.id, "client_secret": client.secret,
            "refresh_token": client.refreshToken, "scope": client.scope,
        ].compactMapValues { $0 }
        let settings = given.mapValues { [$0] }
        let members: [(name: String, text: String)] =
            [("grant", client.grant.rawValue)] + given.keys.sorted().map { ($0, "{settings.\($0)}") }
        let source = try GrantSource(
            name, Self.declaration(members), file: "oauth2", settings: settings, machine: machine)
        let secrets = GrantedSecrets(settings.filter { ["client_secret", "refresh_token"].contains($0.key) })
        vault = CredentialVault(source, host: host, secrets: secrets)
    }

    private static func declaration(
        _ members: [(name: String, text: String)]
    ) throws(SettingProblems) -> GrantDeclaration {
        do throws(ConfigurationProblems) {
            return try GrantDeclaration(oauth: members)
        } catch {
            throw SettingProblems(error.list.map { SettingProblem(setting: nil, message: $0.message) })
        }
    }

    /// The token to use now.
    /// - Parameter stale: one that the other side did not take any more; `nil`: none.
    /// - Throws: ``SendMistake``, without secrets.
    package func current(replacing stale: String? = nil) async throws(SendMistake) -> String {
        try await vault.current(replacing: stale).token
    }
}
