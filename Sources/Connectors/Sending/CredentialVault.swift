// One credential of one endpoint: fetched once however many wait for it, saved before it is used.

import Model
import Signing
import Transports

/// Holds the token of one auth.
actor CredentialVault {
    /// A token is replaced so long before it ends.
    static let margin = Duration.seconds(60)

    let name: String
    private let source: GrantSource
    private let host: ConnectorHost
    private let secrets: GrantedSecrets
    private var grant: Grant?
    private var wasRead = false
    private var isFetching = false
    private var waiters: [CheckedContinuation<Result<Grant, SendMistake>, Never>] = []

    init(_ source: GrantSource, host: ConnectorHost, secrets: GrantedSecrets) {
        name = source.name
        self.source = source
        self.host = host
        self.secrets = secrets
    }

    /// The token to use now.
    /// - Parameter stale: a token that the other side did not take any more; `nil`: none.
    func current(replacing stale: String? = nil) async throws(SendMistake) -> Grant {
        if let grant = usable(stale) { return grant }
        if isFetching {
            return try await withCheckedContinuation { waiters.append($0) }.get()
        }
        isFetching = true
        let result = await renewed(stale)
        isFetching = false
        let waiting = waiters
        waiters = []
        for waiter in waiting { waiter.resume(returning: result) }
        return try result.get()
    }

    private func usable(_ stale: String?) -> Grant? {
        guard let grant, grant.token != stale else { return nil }
        if let expires = grant.expires, expires - Self.margin <= host.clock.now { return nil }
        return grant
    }

    private func renewed(_ stale: String?) async -> Result<Grant, SendMistake> {
        do {
            if !wasRead {
                grant = Grant(saved: try await host.credentials.credential(name), identity: source.identity)
                wasRead = true
                if let grant { learn(grant) }
                if let grant = usable(stale) { return .success(grant) }
            }
            let new = try await source.fetch(
                after: grant, through: host.transport, now: host.clock.now, redactor: secrets.redactor)
            learn(new)
            try await host.credentials.save(new.saved(identity: source.identity), as: name)
            grant = new
            return .success(new)
        } catch let mistake as SendMistake {
            return .failure(mistake)
        } catch {
            return .failure(SendMistake(reason: "auth \(name): the token could not be kept", outcome: .transient))
        }
    }

    private func learn(_ grant: Grant) {
        secrets.learn(grant.token, as: "\(name) token")
        if let refresh = grant.refresh { secrets.learn(refresh, as: "\(name) refresh") }
    }
}
