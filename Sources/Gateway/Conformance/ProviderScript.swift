// The other side of a trial: a provider made of the folder's own samples, with one fault. It keeps a log of what was
// asked and what took effect; the verdict is read there and in the store.

import Connectors
import Foundation
import Model
import Synchronization
import Transports

/// What goes wrong at the provider during one trial.
enum ProviderFault: Sendable {
    case none
    /// Nobody hands out tokens: a sample plays what it holds and nothing more.
    case noTokens
    /// These answers come in place of the good one, one after the other; none of the requests takes effect.
    case answers([HTTPResponse])
    /// The request takes effect, or not, and its answer is lost.
    case lost(Loss, takesEffect: Bool)
    /// The token that the connector holds has ended; the token address hands out another one.
    case expired(HTTPResponse)
    /// No credential is taken, and no token handed out, until ``ProviderScript/heal()``.
    case revoked(HTTPResponse)

    enum Loss: Sendable {
        /// Half of the body comes.
        case cut
        /// The connection is reset once the request is there.
        case reset
        /// Nothing comes until the client gives up.
        case silence
    }
}

/// One request as the provider saw it.
struct SeenRequest: Sendable {
    let method: String
    let path: String
    /// The step that the connector was in; `nil`: it has none.
    let step: String?
    /// The value of the idempotency header.
    let key: String?
    let body: [UInt8]
    let isForToken: Bool
    /// Whether the samples hold no such request.
    let isUnknown: Bool
    /// Whether it did what it asks for.
    let tookEffect: Bool

    /// What it did, as far as a repetition would do it again.
    var effect: String { "\(method) \(path)" }
}

/// Plays a sample's exchanges, once.
final class ProviderScript: Sendable {
    /// Tells the provider which step a request belongs to; exists on loopback only.
    static let stepHeader = "x-conformance-step"

    private struct State {
        var exchanges: [SampleExchange]
        var isDone: [Bool]
        /// The body with which an exchange was asked first.
        var bodies: [Int: [UInt8]] = [:]
        var fault: ProviderFault
        var faultsLeft: Int
        /// What took effect, by its exchange, with the step that it belongs to.
        var deeds: [Int: String] = [:]
        /// Whether a look-up was asked for something that no sample shows.
        var isUntold = false
        var staleTokens: Set<String>
        var tokensIssued = 0
        var refusals = 0
        var log: [SeenRequest] = []
    }

    private let promises: ConnectorPromises
    private let credentials: [String: JSON]
    /// Whether the samples hold a token.
    private let hasToken: Bool
    /// Which exchange the fault hits.
    private let target: Int?
    private let others: OtherSamples
    private let state: Mutex<State>

    init(
        _ exchanges: [SampleExchange], others: OtherSamples, fault: ProviderFault, at target: Int?,
        _ circumstances: (promises: ConnectorPromises, credentials: [String: JSON])
    ) {
        (promises, credentials) = circumstances
        self.target = target
        self.others = others
        var faultsLeft = 1
        if case .answers(let answers) = fault { faultsLeft = answers.count }
        let tokens = circumstances.credentials.values.compactMap { $0["token"].string }
        hasToken = !tokens.isEmpty
        state = Mutex(
            State(
                exchanges: exchanges, isDone: exchanges.map { _ in false }, fault: fault, faultsLeft: faultsLeft,
                staleTokens: Set(tokens)))
    }

    var log: [SeenRequest] { state.withLock { $0.log } }
    /// How many tokens were asked for.
    var fetches: Int { log.count(where: \.isForToken) }
    /// How many requests were refused for their credential.
    var refusals: Int { state.withLock { $0.refusals } }
    /// Whether every exchange was asked for.
    var isPlayed: Bool { state.withLock { !$0.isDone.contains(false) } }

    /// Whether the trial shows nothing: a look-up was made whose true answer no sample holds.
    var isUntold: Bool { state.withLock { $0.isUntold } }

    /// The fault is over; a token that has ended stays so.
    func heal() {
        state.withLock { state in
            if case .expired = state.fault { return }
            state.fault = .none
        }
    }

    /// Whether the client should not wait long for this one.
    func willKeepSilent(about method: String, _ host: String, _ target: String) -> Bool {
        state.withLock { state in
            guard case .lost(.silence, _) = state.fault, state.faultsLeft > 0 else { return false }
            let request = LoopbackServer.Request(
                method: method, target: target, headers: [HeaderField("host", host)], body: [])
            return match(request, state) == self.target
        }
    }

    func reply(to request: LoopbackServer.Request) -> LoopbackServer.Reply {
        state.withLock { state in
            if let grant = grant(of: request) { return handOut(grant, request, &state) }
            if let refusal = refusal(of: request, &state) { return refusal }
            guard let index = match(request, state) else {
                let other = others.exchanges.first { $0.isAsked(by: request) }
                note(request, isUnknown: other == nil, tookEffect: other != nil, &state)
                return .answer(other?.answer ?? .notFound)
            }
            let exchange = state.exchanges[index]
            let step = request.header(Self.stepHeader)
            let good = (step.flatMap { truth(about: exchange, $0, &state) } ?? exchange).answer ?? .notFound
            if index == target, state.faultsLeft > 0 {
                state.faultsLeft -= 1
                switch state.fault {
                case .answers(let answers):
                    note(request, tookEffect: false, &state)
                    return .answer(answers[answers.count - 1 - state.faultsLeft])
                case .lost(let loss, let takesEffect):
                    note(request, tookEffect: takesEffect, &state)
                    if takesEffect { did(index, request, &state) }
                    return loss.reply(good)
                case .none, .noTokens, .expired, .revoked: break
                }
            }
            note(request, tookEffect: true, &state)
            did(index, request, &state)
            return .answer(good)
        }
    }

    private func did(_ index: Int, _ request: LoopbackServer.Request, _ state: inout State) {
        state.isDone[index] = true
        state.bodies[index] = state.bodies[index] ?? request.body
        state.deeds[index] = request.header(Self.stepHeader)
    }

    private func note(
        _ request: LoopbackServer.Request, isForToken: Bool = false, isUnknown: Bool = false, tookEffect: Bool,
        _ state: inout State
    ) {
        state.log.append(
            SeenRequest(
                method: request.method, path: request.path, step: request.header(Self.stepHeader),
                key: promises.idempotencyHeader.flatMap { request.header($0) }, body: request.body,
                isForToken: isForToken,
                isUnknown: isUnknown, tookEffect: tookEffect))
    }

    // MARK: - Which exchange

    /// The exchange that a request belongs to: the one that it is most like, of equals the first that is still to come.
    private func match(_ request: LoopbackServer.Request, _ state: State) -> Int? {
        var best: (index: Int, likeness: Int)?
        for (index, exchange) in state.exchanges.enumerated() where exchange.method == request.method {
            guard exchange.host == request.host else { continue }
            var likeness = exchange.path == request.path ? 16 : 0
            // A path may hold the delivery's own id.
            let isLike = exchange.path.segments == request.path.segments
            guard likeness > 0 || isLike && !others.exchanges.contains(where: { $0.isAsked(by: request) }) else {
                continue
            }
            if exchange.target == request.target { likeness += 4 }
            if exchange.isAsked(with: request.body) || state.bodies[index] == request.body { likeness += 4 }
            if !state.isDone[index] { likeness += 2 }
            if likeness > best?.likeness ?? -1 { best = (index, likeness) }
        }
        return best?.index
    }

    /// What the look-up `step` must show by now: a deed whose step says `if_lost: STEP` is to be found.
    /// - Returns: `nil`: nothing was done that it could find.
    private func truth(about lookUp: SampleExchange, _ step: String, _ state: inout State) -> SampleExchange? {
        let deeds = state.deeds.filter { promises.steps[$0.value]?.ifLost == step }.keys.sorted()
        guard let last = deeds.last else { return nil }
        let found = others.answer(to: lookUp, after: state.exchanges[last])
        if found == nil { state.isUntold = true }
        return found
    }

    // MARK: - Credentials

    private func grant(of request: LoopbackServer.Request) -> ConnectorPromises.Grant? {
        promises.grants.first { grant in
            grant.addresses.contains { address in
                address == "https://\(request.host)\(request.path)"
                    || address == "http://\(request.host)\(request.path)"
            }
        }
    }

    private func handOut(
        _ grant: ConnectorPromises.Grant, _ request: LoopbackServer.Request, _ state: inout State
    ) -> LoopbackServer.Reply {
        note(request, isForToken: true, tookEffect: false, &state)
        // A sample may show how its token is handed out.
        let shown = match(request, state).flatMap { state.exchanges[$0].path == request.path ? $0 : nil }
        if let shown { did(shown, request, &state) }
        if case .noTokens = state.fault {
            guard let answer = shown.flatMap({ state.exchanges[$0].answer }) else { return .reset }
            return .answer(answer)
        }
        if case .revoked = state.fault {
            let body = JSON.object(["error": "invalid_grant"]).bytes
            return .answer(HTTPResponse(status: 400, headers: [.json], body: body))
        }
        state.tokensIssued += 1
        let number = state.tokensIssued
        // Where the samples hold no token, the first one that is handed out has ended as soon as it is used.
        if number == 1, !hasToken { state.staleTokens.insert("fresh-token-1") }
        let answer = grant.answer(
            token: "fresh-token-\(number)", refresh: "fresh-refresh-\(number)",
            keep: credentials[grant.name]?["keep"].object ?? [:])
        if answer == nil, let own = shown.flatMap({ state.exchanges[$0].answer }) { return .answer(own) }
        return .answer(HTTPResponse(status: 200, headers: [.json], body: (answer ?? [:]).bytes))
    }

    private func refusal(of request: LoopbackServer.Request, _ state: inout State) -> LoopbackServer.Reply? {
        let refusal: HTTPResponse
        switch state.fault {
        case .revoked(let answer): refusal = answer
        case .expired(let answer) where request.bears(state.staleTokens): refusal = answer
        case .none, .noTokens, .answers, .lost, .expired: return nil
        }
        state.refusals += 1
        note(request, tookEffect: false, &state)
        return .answer(refusal)
    }
}

extension LoopbackServer.Request {
    /// Whether one of the secrets stands anywhere in it.
    func bears(_ secrets: Set<String>) -> Bool {
        let texts =
            [target.removingPercentEncoding ?? target, String(decoding: body, as: UTF8.self)] + headers.map(\.value)
        return secrets.contains { secret in texts.contains { $0.contains(secret) } }
    }
}

extension ProviderFault.Loss {
    fileprivate func reply(_ good: HTTPResponse) -> LoopbackServer.Reply {
        switch self {
        case .reset: .reset
        case .silence: .silence
        case .cut: .bytes(Array(whole(good).wire.dropLast(whole(good).body.count / 2)))
        }
    }
}

extension ProviderFault.Loss {
    /// An answer that can be cut: one without a body gets one.
    private func whole(_ good: HTTPResponse) -> HTTPResponse {
        good.body.count > 1 ? good : HTTPResponse(status: 200, headers: [.json], body: Array(#"{"cut":true}"#.utf8))
    }
}

extension LoopbackServer.Reply {
    static func answer(_ response: HTTPResponse) -> Self { .bytes(response.wire) }
}

extension HeaderField {
    static let json = HeaderField("content-type", "application/json")
}

extension HTTPResponse {
    fileprivate static let notFound = HTTPResponse(status: 404, headers: [.json], body: Array("{}".utf8))

    /// The answer as it goes over the wire; the connection ends with it.
    var wire: [UInt8] {
        let framing: Set<String> = ["content-length", "transfer-encoding", "connection"]
        var lines = ["HTTP/1.1 \(status) Said"]
        lines += headers.filter { !framing.contains($0.name) }.map { "\($0.name): \($0.value)" }
        // RFC 9110 section 8.6: no length where there can be no content.
        if status != 204, status != 304 { lines.append("content-length: \(body.count)") }
        lines.append("connection: close")
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
    }
}

extension SampleScript {
    /// How many tokens are fetched in all when the one at hand has ended: where the samples hold none, a first one too.
    var fetchesOfExpired: Int { tokens.isEmpty ? 2 : 1 }

    /// Why the fault of an expired token did more than have it replaced; `nil`: nothing of the kind.
    func expiryProblem(fetches: Int) -> String? {
        fetches == fetchesOfExpired ? nil : "\(fetches) tokens were fetched"
    }
}

extension SampleExchange {
    private var rest: Substring {
        url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
    }
    private var authority: Substring { rest.prefix { $0 != "/" && $0 != "?" } }
    /// In lower case, without a port.
    var host: String { authority.lowercased().split(separator: ":").first.map(String.init) ?? "" }
    var target: String {
        let target = rest[authority.endIndex...]
        return target.hasPrefix("/") ? String(target) : "/\(target)"
    }
    var path: String { target.split(separator: "?").first.map(String.init) ?? "/" }

    fileprivate func isAsked(by request: LoopbackServer.Request) -> Bool {
        method == request.method && host == request.host && path == request.path && answer != nil
    }

    /// Whether this is its body; samples write JSON for people.
    func isAsked(with other: [UInt8]) -> Bool {
        if body == other { return true }
        guard let own = try? JSON(parsing: body), let given = try? JSON(parsing: other) else { return false }
        return own == given
    }
}

extension String {
    fileprivate var segments: Int { split(separator: "/").count }
}
