// Authorised requests: tokens are fetched when a request needs them, and replaced once when they are stale.

import Model
import Transports

/// A request with its credential in it.
struct AuthorisedRequest: Sendable {
    let request: HTTPRequest
    /// The token that it bears; `nil`: none that can be replaced.
    let token: String?
}

extension Connector {
    /// What the auths hold that programs and templates may use; fetches a token where there is none yet.
    func grants() async throws(SendMistake) -> Grants {
        var grants = Grants()
        for (name, vault) in vaults.sorted(by: { $0.key < $1.key }) where sender?.needed.contains(name) ?? false {
            grants.byName[name] = try await vault.current()
        }
        return grants
    }

    /// Makes the HTTP request that a rendered one asks for.
    /// - Parameter stale: a token that the other side did not take any more; it is replaced first.
    func authorised(
        _ rendered: RenderedRequest, key: String, now: Timestamp, replacing stale: String? = nil
    ) async throws(SendMistake) -> AuthorisedRequest {
        do {
            return try await make(rendered, key: key, now: now, replacing: stale)
        } catch let mistake as SendMistake {
            throw mistake
        } catch {
            throw SendMistake(reason: sender?.redactor.redacted("\(error)") ?? "\(error)")
        }
    }

    /// - Throws: ``SendMistake`` for a token that cannot be had, ``MappingError`` for a request that cannot be.
    func make(
        _ rendered: RenderedRequest, key: String, now: Timestamp, replacing stale: String?
    ) async throws -> AuthorisedRequest {
        guard let sender else { throw SendMistake(reason: "the connector makes no requests") }
        var token: String?
        var grants = Grants()
        if let name = sender.authName(of: rendered), let vault = vaults[name] {
            let grant = try await vault.current(replacing: stale)
            token = grant.token
            grants.byName[name] = grant
        }
        for (name, grant) in try await self.grants().byName { grants.byName[name] = grant }
        let request = try sender.request(rendered, key: key, now: now, grants: grants)
        return AuthorisedRequest(request: request, token: token)
    }

    /// Sends a rendered request; a stale token is replaced once and the request repeated once.
    /// - Returns: the last answer and what it means. Class `auth_refresh` never comes out of it.
    func exchange(
        _ rendered: RenderedRequest, key: String
    ) async throws(SendMistake) -> (request: HTTPRequest, view: HTTPOutcomeView, verdict: Verdict) {
        var made = try await authorised(rendered, key: key, now: host.clock.now)
        var isRepeated = false
        while true {
            let view = HTTPOutcomeView(await host.transport.send(made.request))
            let verdict = await judge(view, of: rendered.method, now: host.clock.now)
            guard verdict.outcome == .authRefresh else { return (made.request, view, verdict) }
            guard !isRepeated, let token = made.token else { return (made.request, view, verdict.asAuth) }
            isRepeated = true
            made = try await authorised(rendered, key: key, now: host.clock.now, replacing: token)
        }
    }
}
