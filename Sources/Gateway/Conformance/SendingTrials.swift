// Trials of deliveries: a sample's job goes out through the real courier, and something goes wrong at the provider.

import Connectors
import Model
import Storage
import Transports

/// Holds the trials of `send`.
struct SendingTrials: Sendable {
    /// How many jobs of different kinds are played with every fault.
    static let jobsMax = 3

    let script: SampleScript
    let connector: Connector
    let servers: TrialServers
    let promises: ConnectorPromises

    /// A job that goes well when nothing goes wrong, with what the provider saw then.
    struct Play: Sendable {
        let job: SampleScript.Job
        let exchanges: [SampleExchange]
        let log: [SeenRequest]

        /// Its requests by kind.
        var shape: [String] { log.map { "\($0.method) \($0.step ?? $0.path)" } }
    }

    /// A trial's end.
    struct End: Sendable {
        let carried: CarriedDelivery
        let log: [SeenRequest]
        let refusals: Int
        let isPlayed: Bool
        let isUntold: Bool
        let leak: String?
    }

    func results() async throws -> [TrialResult] {
        var results: [TrialResult] = []
        var plays: [Play] = []
        for job in script.jobs where !job.isGoneOnWith && !job.breaksOff {
            let exchanges = answered(job)
            guard !exchanges.isEmpty else { continue }
            let fault = job.outcome == nil ? ProviderFault.none : .noTokens
            let end = try await trial(job, exchanges, fault, at: nil, goesOn: false)
            let declared = job.outcome ?? .ok
            let problem =
                end.carried.firstOutcome == declared.rawValue
                ? nil : "expected \(declared.rawValue), got \(end.carried.firstOutcome)\(end.reason)"
            results.append(TrialResult(.outcome, of: job.name, problem ?? end.leak))
            guard problem == nil, [.ok, .duplicate].contains(declared), end.isPlayed else { continue }
            let asked = exchanges.filter { !promises.handsOutTokens($0.url) }
            plays.append(Play(job: job, exchanges: asked, log: end.log.filter { !$0.isForToken }))
        }
        var shapes: Set<[String]> = []
        plays = plays.sorted { ($1.log.count, $0.job.name) < ($0.log.count, $1.job.name) }
            .filter { shapes.insert($0.shape).inserted }
        for (index, play) in plays.prefix(Self.jobsMax).enumerated() {
            results += try await losses(play, isFirst: index == 0)
            results += try await waits(play, isFirst: index == 0)
            results += try await credentials(play)
        }
        if let play = plays.first(where: { $0.log.count == 1 }) ?? plays.first { results += try await verdicts(play) }
        return results
    }

    /// The exchanges with an answer each: the sample's own, or one that the folder shows as done.
    private func answered(_ job: SampleScript.Job) -> [SampleExchange] {
        let done = script.verdicts.first { $0.outcome == .ok }?.answer
        let usual = done ?? HTTPResponse(status: 200, headers: [.json], body: Array("{}".utf8))
        return job.exchanges.map { exchange in
            SampleExchange(
                method: exchange.method, url: exchange.url, body: exchange.body, answer: exchange.answer ?? usual)
        }
    }

    /// - Parameter goesOn: whether later attempts are made.
    private func trial(
        _ job: SampleScript.Job, _ exchanges: [SampleExchange], _ fault: ProviderFault, at target: Int?,
        goesOn: Bool = true
    ) async throws -> End {
        let provider = ProviderScript(
            exchanges, others: others(of: job), fault: fault, at: target, (promises, script.credentials))
        let transport = servers.play(provider)
        let desk = try await TrialDesk(connector, script, through: transport)
        let id = try await TrialStage(desk: desk, script: script).enqueue(job.job)
        let carried = try await desk.carry(id) {
            provider.heal()
            return goesOn
        }
        await desk.store.close()
        var secrets = promises.secrets
        secrets.formUnion(script.credentials.values.compactMap { $0["token"].string })
        secrets.insert("fresh-token-")
        let log = provider.log.map { $0.replacing(id.text) }
        return End(
            carried: carried, log: log, refusals: provider.refusals, isPlayed: provider.isPlayed,
            isUntold: provider.isUntold, leak: servers.leak(of: secrets))
    }

    private func trial(_ play: Play, _ fault: ProviderFault, at target: Int?) async throws -> End {
        try await trial(play.job, play.exchanges, fault, at: target)
    }

    // MARK: - An answer that never comes

    private func losses(_ play: Play, isFirst: Bool) async throws -> [TrialResult] {
        var results: [TrialResult] = []
        let last = play.log.indices.last { !isHarmless(play.log[$0]) } ?? play.log.count - 1
        for index in play.exchanges.indices where play.log.indices.contains(index) {
            let place = "\(play.job.name), request \(index + 1)"
            for takesEffect in effects(of: index, in: play) {
                func played(_ fault: ConformanceFault, _ loss: ProviderFault.Loss) async throws {
                    let end = try await trial(play, .lost(loss, takesEffect: takesEffect), at: index)
                    if end.isUntold { return results.append(TrialResult(fault, untold: place)) }
                    results.append(TrialResult(fault, of: place, lostProblem(end, of: index, in: play)))
                }
                try await played(.reset, .reset)
                if isFirst || index == last { try await played(.truncated, .cut) }
                if isFirst, index == last { try await played(.slow, .silence) }
            }
        }
        return results
    }

    /// Whether the request took effect is not known to the connector; the provider plays both, unless the samples hold
    /// no answer that would show the effect to a look-up.
    private func effects(of index: Int, in play: Play) -> [Bool] {
        guard let look = play.log[index].step.flatMap({ promises.steps[$0]?.ifLost }), !isHarmless(play.log[index])
        else { return [true] }
        let lookUp = play.log.firstIndex { $0.step == look }.map { play.exchanges[$0] }
        let shown = lookUp.flatMap {
            others(of: play.job).answer(to: $0, after: play.exchanges[index])
        }
        return shown == nil ? [false] : [false, true]
    }

    /// The other samples that end well.
    private func others(of job: SampleScript.Job) -> OtherSamples {
        let stories = script.jobs.filter { other in
            other.name != job.name && [.ok, .duplicate].contains(other.outcome ?? .ok) && !other.breaksOff
        }.map { other in
            OtherSamples.Story(
                exchanges: other.exchanges,
                isSameJob: other.job["event"]["type"] == job.job["event"]["type"]
                    && other.job["event"]["data"] == job.job["event"]["data"])
        }
        let data = job.job["event"]["data"]
        let ids = [data["conversation"]["id"], data["message"]["id"], data["person"]["id"]].compactMap(\.string)
        return OtherSamples(stories: stories, ids: Set(ids))
    }

    /// Whether the connector declares that the request may be made twice.
    private func isHarmless(_ request: SeenRequest) -> Bool {
        ["GET", "HEAD", "OPTIONS"].contains(request.method)
            || request.step.flatMap { promises.steps[$0] }?.isRepeatable ?? false
    }

    private func lostProblem(_ end: End, of index: Int, in play: Play) -> String? {
        let request = play.log[index]
        let canLook = request.step.flatMap { promises.steps[$0]?.ifLost } != nil
        let method = request.method
        let isKnown =
            promises.isKeyed(method) || promises.isRepeatable(method) || promises.judgesLostAnswers
        if isHarmless(request) || isKnown || canLook { return doneOnceProblem(end, play) }
        guard end.carried.state == .failed, end.carried.lastOutcome == OutcomeClass.unknownOutcome.rawValue else {
            let state = "\(end.carried.state.rawValue) (\(end.carried.lastOutcome))"
            return "nothing declares that it may be repeated: expected unknown_outcome, got \(state)\(end.reason)"
        }
        return repetition(end, play) ?? end.leak
    }

    /// Why a delivery is not done exactly once.
    private func doneOnceProblem(_ end: End, _ play: Play) -> String? {
        if let repetition = repetition(end, play) { return repetition }
        guard end.carried.state == .delivered else {
            return "lost: \(end.carried.state.rawValue) (\(end.carried.lastOutcome))\(end.reason)"
        }
        return end.leak
    }

    /// What was done more often than when nothing goes wrong.
    private func repetition(_ end: End, _ play: Play) -> String? {
        let usual = deeds(play.log)
        return deeds(end.log).sorted { $0.key < $1.key }.first { $0.value > usual[$0.key] ?? Int.max }
            .map { "done \($0.value) times: \($0.key)" }
    }

    /// How often each thing was done that is not harmless; a key that comes again counts once.
    private func deeds(_ log: [SeenRequest]) -> [String: Int] {
        var keys: [String: Set<String>] = [:]
        for (index, request) in log.enumerated() where request.tookEffect && !isHarmless(request) {
            keys[request.effect, default: []].insert(knownBy(request) ?? "request \(index)")
        }
        return keys.mapValues(\.count)
    }

    /// By what the other side knows a request that comes again; `nil`: by nothing.
    private func knownBy(_ request: SeenRequest) -> String? {
        if promises.isKeyed(request.method) { return request.key }
        let body = String(decoding: request.body, as: UTF8.self)
        if promises.isRepeatable(request.method) { return body }
        // The rules say themselves that a lost answer may be asked for again: the request must be the same, and either
        // set a value (RFC 9110 section 9.2.2) or bear the delivery's key.
        guard promises.judgesLostAnswers, ["PUT", "DELETE"].contains(request.method) || body.contains(Self.keyMark)
        else { return nil }
        return body
    }

    /// Stands for the delivery's id in the log, whole or in part.
    private static let keyMark = "‹key›"

    // MARK: - Answers that come in place of the good one

    private func waits(_ play: Play, isFirst: Bool) async throws -> [TrialResult] {
        var results: [TrialResult] = []
        for index in play.exchanges.indices where isFirst || index == play.exchanges.count - 1 {
            let place = "\(play.job.name), request \(index + 1)"
            for (name, answer, wait) in ThrottlingAnswer.all(script) {
                let end = try await trial(play, .answers([answer]), at: index)
                var problem = doneOnceProblem(end, play)
                if problem == nil, let wait, end.carried.attempts.count > 1, end.carried.wait ?? .zero < wait {
                    problem = "asked to wait \(wait), came again after \(end.carried.wait ?? .zero)"
                }
                if problem == nil, end.carried.attempts.count < 2 { problem = "it was taken for done" }
                results.append(TrialResult(.throttled, of: "\(place), \(name)", problem))
            }
            let down = try await trial(play, .answers(Self.outage), at: index)
            results.append(TrialResult(.down, of: place, doneOnceProblem(down, play)))
            for status in [302, 307] where isFirst {
                let to = HeaderField("location", "https://\(TrialServers.strangerHost)/collect")
                let answer = HTTPResponse(status: status, headers: [to], body: [])
                let end = try await trial(play, .answers([answer]), at: index)
                results.append(TrialResult(.redirect, of: "\(place), \(status)", end.leak ?? repetition(end, play)))
            }
        }
        return results
    }

    private static let outage = [503, 502, 504].map { status in
        HTTPResponse(
            status: status, headers: [HeaderField("content-type", "text/html")],
            body: Array("<html><body>\(status)</body></html>".utf8))
    }

    private func verdicts(_ play: Play) async throws -> [TrialResult] {
        var results: [TrialResult] = []
        let target = play.log.firstIndex { !isHarmless($0) } ?? 0
        for verdict in script.verdicts where !promises.fallbacks.contains(verdict.outcome) {
            // A stale token is another trial.
            guard verdict.outcome != .authRefresh else { continue }
            var exchanges = play.exchanges
            let old = exchanges[target]
            exchanges[target] = SampleExchange(
                method: old.method, url: old.url, body: old.body, answer: verdict.answer)
            let end = try await trial(play.job, exchanges, .none, at: nil, goesOn: false)
            let problem =
                end.carried.firstOutcome == verdict.outcome.rawValue
                ? nil : "expected \(verdict.outcome.rawValue), got \(end.carried.firstOutcome)\(end.reason)"
            results.append(TrialResult(.outcome, of: verdict.name, problem))
        }
        return results
    }

    // MARK: - Credentials

    private func credentials(_ play: Play) async throws -> [TrialResult] {
        var results: [TrialResult] = []
        let refused = HTTPResponse(status: 401, headers: [.json], body: Array("{}".utf8))
        if !promises.grants.isEmpty {
            let stale = script.verdicts.first { $0.outcome == .authRefresh }?.answer ?? refused
            let end = try await trial(play, .expired(stale), at: nil)
            if end.refusals > 0 {
                var problem = doneOnceProblem(end, play)
                problem = problem ?? script.expiryProblem(fetches: end.log.count(where: \.isForToken))
                if problem == nil, end.carried.attempts.count != 1 {
                    problem = "\(end.carried.attempts.count) attempts were made"
                }
                results.append(TrialResult(.expired, of: play.job.name, problem))
            }
        }
        let answer = script.verdicts.first { $0.outcome == (promises.grants.isEmpty ? .auth : .authRefresh) }?.answer
        let end = try await trial(play, .revoked(answer ?? refused), at: nil)
        var problem = doneOnceProblem(end, play)
        if problem == nil, end.carried.firstOutcome != OutcomeClass.auth.rawValue {
            problem = "expected auth, got \(end.carried.firstOutcome)"
        }
        results.append(TrialResult(.revoked, of: play.job.name, problem))
        return results
    }
}

extension SendingTrials.End {
    /// Why the last attempt failed, for the author.
    fileprivate var reason: String {
        let unknown = log.first(where: \.isUnknown).map { "; no sample holds \($0.method) \($0.path)" } ?? ""
        return (carried.attempts.last?.reason.map { ": \($0)" } ?? "") + unknown
    }
}

extension SampleScript.Job {
    /// Whether it begins in the middle: an earlier attempt is part of the sample.
    fileprivate var isGoneOnWith: Bool { job["done"].integer ?? 0 > 0 || job["saved"].unlessNull != nil }
    /// Whether the sample ends where nobody answers.
    fileprivate var breaksOff: Bool { outcome != nil && exchanges.contains { $0.answer == nil } }
}

extension SeenRequest {
    /// The delivery's id differs from trial to trial.
    fileprivate func replacing(_ id: String) -> SeenRequest {
        // A nonce may hold the end of it only.
        let text = String(decoding: body, as: UTF8.self).replacing(id.suffix(16), with: "‹key›")
        return SeenRequest(
            method: method, path: path.replacing(id, with: "ID"), step: step, key: key, body: Array(text.utf8),
            isForToken: isForToken, isUnknown: isUnknown, tookEffect: tookEffect)
    }
}
