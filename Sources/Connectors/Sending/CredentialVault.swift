// One credential of one endpoint: fetched once however many wait for it, on all nodes together, and saved before it is
// used.

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
        grant.flatMap { Self.isGood($0, stale, at: host.clock.now) ? $0 : nil }
    }

    private static func isGood(_ grant: Grant, _ stale: String?, at now: Timestamp) -> Bool {
        grant.token != stale && grant.expires.map { now < $0 - margin } ?? true
    }

    /// A token that another node renewed is taken as it is; else it is renewed here, by one at a time.
    private func renewed(_ stale: String?) async -> Result<Grant, SendMistake> {
        let (name, source, host, secrets) = (name, source, host, secrets)
        do {
            let saved = try await host.credentials.credential(name)
            if let known = Self.read(saved, source, secrets), Self.isGood(known, stale, at: host.clock.now) {
                grant = known
                return .success(known)
            }
            let new = try await host.credentials.replacing(name) { saved in
                let known = Self.read(saved, source, secrets)
                if let known, Self.isGood(known, stale, at: host.clock.now) { return (known, nil) }
                let new = try await source.fetch(
                    after: known, through: host.transport, now: host.clock.now, redactor: secrets.redactor)
                Self.learn(new, name, secrets)
                return (new, new.saved(identity: source.identity))
            }
            grant = new
            return .success(new)
        } catch let mistake as SendMistake {
            return .failure(mistake)
        } catch {
            return .failure(SendMistake(reason: "auth \(name): the token could not be kept", outcome: .transient))
        }
    }

    private static func read(_ saved: JSON?, _ source: GrantSource, _ secrets: GrantedSecrets) -> Grant? {
        let grant = Grant(saved: saved, identity: source.identity)
        if let grant { learn(grant, source.name, secrets) }
        return grant
    }

    private static func learn(_ grant: Grant, _ name: String, _ secrets: GrantedSecrets) {
        secrets.learn(grant.token, as: "\(name) token")
        if let refresh = grant.refresh { secrets.learn(refresh, as: "\(name) refresh") }
    }
}
