// Trials of polls and streams: a sample's run against the provider, with a fault, and then once more; the store tells
// what was taken and where the cursor stands.

import Channels
import Connectors
import Contracts
import Conversations
import Model
import Storage
import Transports

/// Holds the trials of `poll` and `stream`.
struct PollingTrials: Sendable {
    let script: SampleScript
    let connector: Connector
    let servers: TrialServers
    let promises: ConnectorPromises

    /// What one run, or several, came to.
    private struct End {
        /// Why each run failed; `nil`: it went well.
        let failures: [PollFailure?]
        let standing: StoreStanding
        let cursor: PollState
        let log: [SeenRequest]
        let refusals: Int
        let leak: String?

        var failure: PollFailure? { failures.first ?? nil }
        var fetches: Int { log.count(where: \.isForToken) }
    }

    func results() async throws -> [TrialResult] {
        var results: [TrialResult] = []
        var isFirst = true
        for run in try script.runs(of: connector) where run.exchanges.contains(where: { $0.answer != nil }) {
            let usual = try await end(of: run, .none, at: nil)
            let declared = run.result["failure"]["class"].string
            let told = usual.failure?.outcome.rawValue
            let problem = declared == told ? nil : "expected \(declared ?? "ok"), got \(told ?? "ok")"
            results.append(TrialResult(.outcome, of: run.name, problem))
            guard usual.failure == nil else { continue }
            results += try await repetitions(run, usual) + overlaps(run, usual)
            for index in asked(run) { results += try await interruptions(run, usual, index) }
            if isFirst {
                results += try await waits(run, usual)
                results += try await credentials(run, usual)
            }
            isFirst = false
        }
        return results
    }

    /// Makes runs until one goes well, but two at least when something goes wrong.
    private func end(
        of run: SampleScript.Run, _ fault: ProviderFault, at target: Int?, runs: Int = 1,
        answering exchanges: [SampleExchange]? = nil
    ) async throws -> End {
        let provider = ProviderScript(
            exchanges ?? run.exchanges, others: .none, fault: fault, at: target, (promises, script.credentials))
        let transport = servers.play(provider)
        let desk = try await TrialDesk(connector, script, through: transport)
        let name = CursorName(endpoint: desk.endpoint, poll: run.poll, item: run.item)
        try await desk.store.write { transaction in
            try transaction.moveCursor(CursorMove(name, to: run.start.json, at: script.now))
        }
        let taker = desk.pollTaker
        var failures: [PollFailure?] = []
        for number in 1...runs {
            if number > 1 {
                provider.heal()
                desk.clock.advance(by: .seconds(60))
            }
            let state = try await taker.state(of: run.poll, item: run.item)
            func take(_ batch: PollBatch) async throws {
                _ = try await taker.takeAll(batch, of: run.poll, item: run.item)
            }
            let connector = desk.connector
            failures.append(
                run.isStream
                    ? try await connector.stream(run.poll, from: state, taking: take).failure
                    : try await connector.poll(run.poll, item: run.item, from: state, taking: take).failure)
        }
        let standing = try await desk.store.read { try StoreStanding($0) }
        let cursor = try await taker.state(of: run.poll, item: run.item)
        await desk.store.close()
        return End(
            failures: failures, standing: standing, cursor: cursor, log: provider.log, refusals: provider.refusals,
            leak: servers.leak(of: promises.secrets.union(script.tokens)))
    }

    /// The requests of a run that are not for a token.
    private func asked(_ run: SampleScript.Run) -> [Int] {
        run.exchanges.indices.filter { !promises.handsOutTokens(run.exchanges[$0].url) }
    }

    /// What was on the first page stands on the last one too, as when something new comes in between the two.
    private func overlaps(_ run: SampleScript.Run, _ usual: End) async throws -> [TrialResult] {
        guard !run.isStream else { return [] }
        let pages = asked(run).filter { run.exchanges[$0].answer != nil }
        let overlap = PollOverlap(connector: connector, poll: run.poll)
        guard let first = pages.first, let last = pages.last,
            let answer = await overlap.answer(run.exchanges[first], on: run.exchanges[last])
        else { return [] }
        var exchanges = run.exchanges
        let old = exchanges[last]
        exchanges[last] = SampleExchange(method: old.method, url: old.url, body: old.body, answer: answer)
        let end = try await end(of: run, .none, at: nil, answering: exchanges)
        return [TrialResult(.overlapping, of: run.name, goneOnProblem(end, usual))]
    }

    private func repetitions(_ run: SampleScript.Run, _ usual: End) async throws -> [TrialResult] {
        let again = try await end(of: run, .none, at: nil, runs: 2)
        return [TrialResult(.twice, of: run.name, again.standing.difference(from: usual.standing))]
    }

    private func interruptions(_ run: SampleScript.Run, _ usual: End, _ index: Int) async throws -> [TrialResult] {
        let outage = HTTPResponse(status: 503, headers: [.json], body: Array("{}".utf8))
        var faults: [(ConformanceFault, ProviderFault)] = [
            (.truncated, .lost(.cut, takesEffect: true)), (.reset, .lost(.reset, takesEffect: true)),
            (.down, .answers([outage])),
        ]
        if index == asked(run).first { faults.append((.slow, .lost(.silence, takesEffect: true))) }
        var results: [TrialResult] = []
        for (name, fault) in faults {
            let end = try await end(of: run, fault, at: index, runs: 2)
            let place = "\(run.name), request \(index + 1)"
            var problem = goneOnProblem(end, usual)
            if problem == nil, end.failure == nil { problem = "it was taken for an answer" }
            if problem == nil, end.failure.map({ [.permanent, .auth].contains($0.outcome) }) ?? false {
                problem = "expected a failure that passes, got \(end.failure?.outcome.rawValue ?? "")"
            }
            results.append(TrialResult(name, of: place, problem))
        }
        return results
    }

    /// Why the runs together did not do what one does when nothing goes wrong.
    private func goneOnProblem(_ end: End, _ usual: End) -> String? {
        if let leak = end.leak { return leak }
        if let failure = end.failures.last ?? nil {
            return "the next run fails too: \(failure.outcome.rawValue): \(failure.reason)"
        }
        if let difference = end.standing.difference(from: usual.standing) { return difference }
        guard end.cursor.value == usual.cursor.value else {
            return
                "the cursor stands at \(end.cursor.value ?? "nothing") in place of \(usual.cursor.value ?? "nothing")"
        }
        return nil
    }

    private func waits(_ run: SampleScript.Run, _ usual: End) async throws -> [TrialResult] {
        var results: [TrialResult] = []
        for (name, answer, wait) in ThrottlingAnswer.all(script) {
            let end = try await end(of: run, .answers([answer]), at: asked(run).first, runs: 2)
            var problem = goneOnProblem(end, usual)
            let passes: Set<OutcomeClass> = [.transient, .throttled]
            if problem == nil, !(end.failure.map { passes.contains($0.outcome) } ?? false) {
                problem = "expected throttled, got \(end.failure?.outcome.rawValue ?? "ok")"
            }
            if problem == nil, let wait, end.failure?.wait ?? .zero < wait {
                problem = "asked to wait \(wait), got \(end.failure?.wait ?? .zero)"
            }
            results.append(TrialResult(.throttled, of: "\(run.name), \(name)", problem))
        }
        for status in [302, 307] {
            let to = HeaderField("location", "https://\(TrialServers.strangerHost)/collect")
            let answer = HTTPResponse(status: status, headers: [to], body: [])
            let end = try await end(of: run, .answers([answer]), at: asked(run).first, runs: 2)
            results.append(TrialResult(.redirect, of: "\(run.name), \(status)", goneOnProblem(end, usual)))
        }
        return results
    }

    private func credentials(_ run: SampleScript.Run, _ usual: End) async throws -> [TrialResult] {
        var results: [TrialResult] = []
        let refused = HTTPResponse(status: 401, headers: [.json], body: Array("{}".utf8))
        if !promises.grants.isEmpty {
            let stale = script.verdicts.first { $0.outcome == .authRefresh }?.answer ?? refused
            let end = try await end(of: run, .expired(stale), at: nil)
            var problem = goneOnProblem(end, usual)
            problem = problem ?? script.expiryProblem(fetches: end.fetches)
            if end.refusals > 0 { results.append(TrialResult(.expired, of: run.name, problem)) }
        }
        guard !promises.secrets.isEmpty else { return results }
        let answer = script.verdicts.first { $0.outcome == (promises.grants.isEmpty ? .auth : .authRefresh) }?.answer
        let end = try await end(of: run, .revoked(answer ?? refused), at: nil, runs: 2)
        var problem = goneOnProblem(end, usual)
        if problem == nil, end.failure?.outcome != .auth {
            problem = "expected auth, got \(end.failure?.outcome.rawValue ?? "ok")"
        }
        results.append(TrialResult(.revoked, of: run.name, problem))
        return results
    }
}

extension TrialDesk {
    fileprivate var pollTaker: any PollTaker {
        switch endpoint.side {
        case .channel: ChannelPolls(name: endpoint.name, connector: connector, store: store, wiring: wiring)
        case .contract: ContractPolls(name: endpoint.name, connector: connector, store: store, wiring: wiring)
        }
    }
}

extension SampleScript {
    /// The tokens that the auths hold.
    var tokens: Set<String> { Set(credentials.values.compactMap { $0["token"].string }) }
}
