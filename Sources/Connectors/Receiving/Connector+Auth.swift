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
        let files = try await files(of: rendered)
        let request = try sender.request(rendered, key: key, now: now, grants: grants, files: files)
        return AuthorisedRequest(request: request, token: token)
    }

    /// Asks, and asks once more with a fresh token when the first one was stale.
    /// - Parameter ask: makes one request and judges its answer.
    /// - Returns: the last reply. A fresh token that is not taken either is class `auth`.
    func asking<Reply>(
        _ order: Order, clock: WallClock, ask: (HTTPRequest) async -> (reply: Reply, verdict: Verdict)
    ) async throws(SendMistake) -> (reply: Reply, verdict: Verdict) {
        let first = await ask(order.made.request)
        guard first.verdict.outcome == .authRefresh, let token = order.made.token else { return first }
        let again = try await authorised(order.rendered, key: order.key, now: clock.now, replacing: token)
        let second = await ask(again.request)
        return (second.reply, second.verdict.withoutRefresh)
    }

    /// Sends a rendered request; a stale token is replaced once and the request repeated once.
    /// - Returns: the last answer and what it means. Class `auth_refresh` never comes out of it.
    func exchange(
        _ rendered: RenderedRequest, key: String
    ) async throws(SendMistake) -> (view: HTTPOutcomeView, verdict: Verdict) {
        let made = try await authorised(rendered, key: key, now: host.clock.now)
        let order = Order(rendered: rendered, key: key, made: made)
        let (view, verdict) = try await asking(order, clock: host.clock) { request in
            let view = HTTPOutcomeView(await host.transport.send(request))
            return (view, await judge(view, of: rendered.method, now: host.clock.now))
        }
        return (view, verdict.withoutRefresh)
    }
}
