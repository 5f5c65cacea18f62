// Three gateways on one PostgreSQL, and all that breaks them.

import Foundation
import Glibc
import Model
import Synchronization
import TestSupport
import Testing

/// Nodes with their traffic. Each has a way of its own to the database, and may be gone.
final class Cluster: Sendable {
    static let nodes = 3
    /// Messages a second.
    static let rate = 60
    /// How soon nodes take over from one that is gone: what it is by itself, or the shortest that may be chosen.
    static let takeover = EndToEnd.Chaos.isLong ? "15s" : "5s"
    /// How many people write.
    static let writers = Traffic.customers + PolledNetwork.posters

    let traffic: Traffic
    let posts = PolledNetwork()
    let house: House
    private let server = PostgreSQLServer()
    private let links: [DatabaseLink]
    private let adapters: Place
    private let doorways: [Doorway]
    private let gateways: Mutex<[GatewayProcess]>

    init() async throws {
        adapters = try Place()
        try Self.writeAdapters(in: adapters)
        doorways = (0..<Self.nodes).map { _ in Doorway() }
        let traffic = Traffic(rate: Self.rate, through: doorways)
        self.traffic = traffic
        let database = try await server.database()
        let posts = posts
        house = try await House(
            in: database, logLevel: "notice", adapters: adapters.path, crm: { traffic.crm.answer($0) },
            network: { posts.answer($0) ?? traffic.reply($0) })
        links = try (0..<Self.nodes).map { _ in try DatabaseLink(to: database.socket) }
        var first: [GatewayProcess] = []
        for (node, link) in links.enumerated() {
            let channel = """
                  board:
                    adapter: asker
                    settings: {base_url: "\(house.network.url)/node-\(node)"}
                """
            let address = "postgresql://samtal@127.0.0.1:\(link.port)/\(database.name)"
            try house.place.write(
                house.configuration(moreChannels: channel, store: address) + "nodes: {takeover: \(Self.takeover)}\n",
                to: Self.file(of: node))
            first.append(try await house.open(Self.file(of: node)))
        }
        gateways = Mutex(first)
        for (doorway, gateway) in zip(doorways, first) { doorway.open(gateway) }
        traffic.start()
    }

    private static func file(of node: Int) -> String { "node-\(node).yaml" }

    /// The adapters of a house's channels, and the one that polls.
    private static func writeAdapters(in place: Place) throws {
        for name in ["webhook", "telegram", "whatsapp-cloud"] {
            try FileManager.default.copyItem(
                atPath: "\(Repository.path)/adapters/\(name)", toPath: place.file(name))
        }
        try place.makeDirectory("asker")
        for (name, text) in PolledNetwork.adapter { try place.write(text, to: "asker/\(name)") }
    }

    private func gateway(_ node: Int) -> GatewayProcess { gateways.withLock { $0[node] } }

    /// Whom it strikes: every other time the node that polls, else any.
    func victim(_ time: Int) -> Int { time.isMultiple(of: 2) ? posts.asker : traffic.dice.roll(Self.nodes) }

    /// Waits until what is acknowledged and posted by now, and something newer, is at the CRM.
    func recovered(since start: ContinuousClock.Instant) async throws -> Duration {
        try await traffic.recovered(since: start, with: posts.posts)
    }

    /// Kills a node and starts it again.
    /// - Returns: when it was killed.
    func kill(_ node: Int) async throws -> ContinuousClock.Instant {
        let start = ContinuousClock.now
        try await gateway(node).kill()
        let next = try await house.open(Self.file(of: node))
        gateways.withLock { $0[node] = next }
        doorways[node].open(next)
        return start
    }

    /// Has the database server crash and come back.
    /// - Returns: when it was back.
    func crash() async throws -> ContinuousClock.Instant {
        try await server.crash()
        return .now
    }

    /// Does something to a node for so long, while the others go on.
    /// - Returns: how long it took until they had taken over.
    func without(
        _ node: Int, for time: Duration, begin: () -> Void, end: () -> Void
    ) async throws -> Duration {
        let start = ContinuousClock.now
        begin()
        defer { end() }
        let recovery = try await recovered(since: start)
        while ContinuousClock.now - start < time { try await traffic.acknowledged(more: 20) }
        return recovery
    }

    /// Stops a node in the middle of whatever it does, and lets it go on after so long.
    func pause(_ node: Int, for time: Duration) async throws -> Duration {
        let gateway = gateway(node)
        return try await without(
            node, for: time, begin: { gateway.signal(SIGSTOP) }, end: { gateway.signal(SIGCONT) })
    }

    /// Cuts a node off from the database for so long.
    func cut(_ node: Int, for time: Duration, forgetting: Bool) async throws -> Duration {
        let link = links[node]
        return try await without(
            node, for: time, begin: { link.cut() }, end: { link.mend(forgetting: forgetting) })
    }

    /// How things stand, for a test that fails.
    var condition: String {
        let logs = gateways.withLock(\.self).enumerated().map { node, gateway in
            let lines = gateway.log.items.suffix(30).joined(separator: "\n  ")
            return "node \(node) \(gateway.isRunning ? "runs" : "ended"), its log:\n  \(lines)"
        }
        return "\(traffic.condition), \(posts.askers.items.count) polls, the last of node \(posts.asker)\n"
            + logs.joined(separator: "\n")
    }

    /// Ends everything in good order.
    func finish() async throws -> Traffic.Outcome {
        posts.stop()
        var outcome = try await traffic.finish()
        // What was posted is acknowledged by nobody, and must arrive all the same.
        outcome.messages += posts.posts
        try? await traffic.crm.ledger.wait(for: outcome.messages, within: .seconds(60))
        for gateway in gateways.withLock(\.self) {
            let status = try await gateway.stop(within: .seconds(60))
            #expect(status == 0)
        }
        return outcome
    }
}
