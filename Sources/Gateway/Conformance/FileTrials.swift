// Trials of files that are fetched: something goes wrong on the way to the bytes.

import Connectors
import Model
import Storage
import Transports

/// Holds the trials of `files`.
struct FileTrials: Sendable {
    let script: SampleScript
    let connector: Connector
    let servers: TrialServers
    let promises: ConnectorPromises

    func results() async throws -> [TrialResult] {
        var results: [TrialResult] = []
        for fetch in script.fetches where fetch.exchanges.contains(where: { $0.answer != nil }) {
            let usual = try await end(of: fetch, .none, at: nil).ends
            guard case .fetched? = usual.first else { continue }
            results += try await credentials(fetch, usual)
            for index in fetch.exchanges.indices where !promises.handsOutTokens(fetch.exchanges[index].url) {
                let place = "\(fetch.name), request \(index + 1)"
                for (fault, script) in Self.faults {
                    let end = try await end(of: fetch, script, at: index)
                    results.append(TrialResult(fault, of: place, end.leak ?? problem(end.ends, usual, fault)))
                }
            }
        }
        return results
    }

    /// The token has ended while a file is fetched.
    private func credentials(_ fetch: SampleScript.Fetch, _ usual: [FileFetch]) async throws -> [TrialResult] {
        guard !promises.grants.isEmpty else { return [] }
        let refused = HTTPResponse(status: 401, headers: [.json], body: Array("{}".utf8))
        let stale = script.verdicts.first { $0.outcome == .authRefresh }?.answer ?? refused
        let end = try await end(of: fetch, .expired(stale), at: nil)
        // A file that anybody may have needs no token.
        guard end.refusals > 0 else { return [] }
        var problem = end.leak
        if problem == nil, end.ends.first != usual.first { problem = "the file does not come: \(end.ends)" }
        problem = problem ?? script.expiryProblem(fetches: end.fetches)
        return [TrialResult(.expired, of: fetch.name, problem)]
    }

    private static let faults: [(ConformanceFault, ProviderFault)] = [
        (.truncated, .lost(.cut, takesEffect: true)), (.reset, .lost(.reset, takesEffect: true)),
        (.down, .answers([HTTPResponse(status: 503, headers: [.json], body: Array("{}".utf8))])),
        (
            .throttled,
            .answers([HTTPResponse(status: 429, headers: [HeaderField("retry-after", "7")], body: Array("{}".utf8))])
        ),
        (
            .redirect,
            .answers([
                HTTPResponse(
                    status: 302, headers: [HeaderField("location", "https://\(TrialServers.strangerHost)/file")],
                    body: [])
            ])
        ),
    ]

    /// What two fetches came to.
    private struct End {
        let ends: [FileFetch]
        let fetches: Int
        let refusals: Int
        let leak: String?
    }

    /// Fetches twice: with the fault, and when it is over.
    private func end(
        of fetch: SampleScript.Fetch, _ fault: ProviderFault, at target: Int?
    ) async throws -> End {
        let provider = ProviderScript(
            fetch.exchanges, others: .none, fault: fault, at: target, (promises, script.credentials))
        let desk = try await TrialDesk(connector, script, through: servers.play(provider))
        var ends = [await desk.connector.fetch(fetch.file)]
        provider.heal()
        ends.append(await desk.connector.fetch(fetch.file))
        await desk.store.close()
        return End(
            ends: ends, fetches: provider.fetches, refusals: provider.refusals,
            leak: servers.leak(of: promises.secrets.union(script.tokens)))
    }

    /// Why the fault did more than hold the file up. Where it was pointed to a stranger, the stranger's bytes may be
    /// taken for the file: networks keep files elsewhere.
    private func problem(_ ends: [FileFetch], _ usual: [FileFetch], _ fault: ConformanceFault) -> String? {
        if fault == .redirect { return nil }
        guard case .later(let reason, let wait)? = ends.first else {
            return "expected that it may come later, got \(ends.first.map { "\($0)" } ?? "nothing")"
        }
        if fault == .throttled, wait ?? .zero < .seconds(7) { return "asked to wait 7 s: \(reason)" }
        return ends.last == usual.first ? nil : "it does not come once the fault is over"
    }
}
