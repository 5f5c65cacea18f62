// The conformance kit: a connector against a provider on loopback that is made of its own samples and misbehaves.
// Real sockets, the real client, the real store, intake and courier; what they came to is read from the store and from
// the provider's log.

package import Connectors
import Foundation
import Model
import Transports

/// Holds all trials of connector folders.
package struct ConformanceKit: Sendable {
    private let machine: JQMachine

    package init(machine: JQMachine) {
        self.machine = machine
    }

    /// How many folders are at work at one time: most of a trial is waiting for sockets.
    private static let width = 4

    /// What became of one folder.
    package typealias Outcome = Result<ConformanceReport, any Error>

    /// Holds every trial of several folders.
    /// - Parameter progress: called as each one is done, in no order.
    /// - Returns: what became of each, in the order of `paths`.
    package func run(
        _ paths: [String], progress: (_ path: String, Outcome) -> Void = { _, _ in }
    ) async -> [Outcome] {
        await withTaskGroup(of: (Int, Outcome).self) { group in
            var outcomes: [Int: Outcome] = [:]
            func begin(_ index: Int) {
                guard paths.indices.contains(index) else { return }
                let path = paths[index]
                group.addTask {
                    do { return (index, .success(try await run(path))) } catch { return (index, .failure(error)) }
                }
            }
            for index in 0..<Self.width { begin(index) }
            while let (index, outcome) = await group.next() {
                outcomes[index] = outcome
                progress(paths[index], outcome)
                begin(outcomes.count + Self.width - 1)
            }
            return paths.indices.compactMap { outcomes[$0] }
        }
    }

    /// Holds every trial of the folder at `path`.
    /// - Throws: what is wrong with the folder or its samples, so that no trial can be held.
    package func run(_ path: String) async throws -> ConformanceReport {
        let folder = try ConnectorFolder.load(path)
        let script = try SampleScript(folder)
        let loopback = ["127.0.0.1"].compactMap { AddressRange($0) }
        let client = CurlTransport(
            guard: AddressGuard(allowing: loopback), responseBytesMax: 4 << 20, userAgent: "samtal/conformance")
        defer { client.shutdown() }
        let connector = try Connector(
            folder: folder, settings: script.settings, machine: machine,
            host: ConnectorHost(
                transport: client, clock: WallClock { script.now }, credentials: MemoryCredentials()),
            publicURL: "https://samtal.example.com/\(folder.side.endpoint.rawValue)s/\(folder.id)")
        let promises = connector.promises
        let runs = try script.runs(of: connector)
        let exchanges =
            script.jobs.flatMap(\.exchanges) + script.arrivals.flatMap(\.exchanges) + runs.flatMap(\.exchanges)
            + script.fetches.flatMap(\.exchanges)
        var hosts = Set(exchanges.map(\.host))
        hosts.formUnion(promises.hosts)
        let servers = try TrialServers(client: client, hosts: hosts)
        var results = try await ReceivingTrials(
            script, connector, promises, servers: servers, machine: machine
        ).results()
        results += try await SendingTrials(
            script: script, connector: connector, servers: servers, promises: promises
        ).results()
        results += try await PollingTrials(
            script: script, connector: connector, servers: servers, promises: promises
        ).results()
        results += try await FileTrials(
            script: script, connector: connector, servers: servers, promises: promises
        ).results()
        let reasons = Self.reasons(folder, script, hasRuns: !runs.isEmpty, promises)
        return ConformanceReport(
            folder: "\(folder.side.folderName)/\(folder.id)",
            cells: ConformanceFault.allCases.map { fault in
                ConformanceCell(fault, results.filter { $0.fault == fault }, otherwise: reasons(fault))
            })
    }

    /// Why a fault was not played.
    private static func reasons(
        _ folder: ConnectorFolder, _ script: SampleScript, hasRuns: Bool, _ promises: ConnectorPromises
    ) -> (ConformanceFault) -> String {
        { fault in
            switch fault {
            case .twice: "nothing comes in"
            case .overlapping: hasRuns ? "no poll's items can be told in its samples" : "nothing is polled"
            case .outOfOrder: "a poll asks for its order itself"
            case .expired where promises.grants.isEmpty: "no auth fetches a token"
            case .expired: "the samples hold no token"
            case .revoked where promises.secrets.isEmpty: "there is no credential"
            case .slow, .truncated, .throttled, .down, .reset, .redirect, .revoked, .outcome:
                folder.sends || hasRuns ? "no sample goes well" : "it makes no requests"
            }
        }
    }
}
