// Trials of what comes in by itself: the samples' requests reach the real channel or contract, twice and in the wrong
// order, and the store tells what became of them.

import Channels
import Connectors
import Contracts
import Conversations
import Model
import Storage

/// Holds the trials of `receive`.
struct ReceivingTrials: Sendable {
    let script: SampleScript
    let connector: Connector
    let servers: TrialServers
    let promises: ConnectorPromises

    func results() async throws -> [TrialResult] {
        guard !script.arrivals.isEmpty else { return [] }
        let arrivals = script.arrivals.map { (arrival: $0, after: Duration.zero) }
        let once = try await standing(after: arrivals)
        var results = [TrialResult(.twice, of: "all samples, once", once.problem ?? missing(from: once))]
        // A network sends again a little later, when nobody answered.
        let again = script.arrivals.flatMap { [($0, Duration.zero), ($0, Duration.seconds(1))] }
        let twice = try await standing(after: again)
        results.append(TrialResult(.twice, of: "all samples", twice.problem ?? twice.difference(from: once)))
        let reversed = try await standing(after: arrivals.reversed())
        // What the company wrote elsewhere waits for nobody: in a thread that is not known yet it is passed over.
        let (own, other) = (reversed.incoming(connector.folder.side), once.incoming(connector.folder.side))
        let problem = reversed.problem ?? own.difference(from: other, inTexts: false) ?? missing(from: reversed)
        results.append(TrialResult(.outOfOrder, of: "all samples", problem))
        return results
    }

    /// Hands requests over, one after the other.
    private func standing(
        after arrivals: [(arrival: SampleScript.Arrival, after: Duration)]
    ) async throws -> StoreStanding {
        let provider = ProviderScript(
            script.arrivals.flatMap(\.exchanges), others: .none, fault: .none, at: nil, (promises, script.credentials))
        let transport = servers.play(provider)
        let desk = try await TrialDesk(connector, script, through: transport)
        try await TrialStage(desk: desk, now: script.now).openConversations(for: named("ticket"), named("conversation"))
        for (arrival, after) in arrivals {
            let request = arrival.request
            let later = ReceivedRequest(
                method: request.method, path: request.path, pathSecret: request.pathSecret,
                rawQuery: request.rawQuery, headers: request.headers, body: request.body,
                receivedAt: script.now + after)
            let connector = desk.connector.anew(host: desk.connector.surroundings, publicURL: arrival.publicURL)
            switch desk.endpoint.side {
            case .channel:
                let intake = Intake(store: desk.store, wiring: desk.wiring)
                _ = try await ConnectorChannel(name: desk.endpoint.name, connector: connector, intake: intake)
                    .receive(later)
            case .contract:
                let intake = CommandIntake(store: desk.store, wiring: desk.wiring)
                _ = try await ConnectorContract(name: desk.endpoint.name, connector: connector, intake: intake)
                    .receive(later)
            }
        }
        let standing = try await desk.store.read { try StoreStanding($0) }
        await desk.store.close()
        return standing
    }

    /// What the samples' commands call a member of this name.
    private func named(_ member: String) -> Set<String> {
        Set(script.arrivals.flatMap { $0.expected["commands"].array ?? [] }.compactMap { $0[member].string })
    }

    /// A message of the samples that is not in the store.
    private func missing(from standing: StoreStanding) -> String? {
        let events = script.arrivals.flatMap { $0.expected["events"].array ?? [] }
        return events.first { $0["kind"] == "message" && !standing.inbound.contains($0["id"].string ?? "") }
            .map { "message \($0["id"].string ?? "") is lost" }
    }
}

/// What stands in the store, as far as people would notice.
struct StoreStanding: Sendable, Equatable {
    struct Line: Sendable, Hashable {
        let direction: String
        let id: String
        let text: String
        let state: String
    }

    /// Every message, sorted.
    private var messages: [Line]
    /// Reactions, and events told to a CRM.
    private let reactions: Int64
    private let told: Int64
    private let unaccounted: Int64
    private let quarantined: Int64

    init(_ transaction: any Transaction) throws {
        let found = try transaction.rows(
            """
            SELECT direction, coalesce(external_id, source_id, ''), coalesce(text, ''),
              coalesce(state, '') || CASE WHEN deleted_at IS NULL THEN '' ELSE ' deleted' END
            FROM messages ORDER BY 1, 2, 3, 4
            """, [])
        messages = try found.map { row in
            Line(direction: try row.text(0), id: try row.text(1), text: try row.text(2), state: try row.text(3))
        }
        func count(_ sql: String, _ values: [SQLValue] = []) throws -> Int64 {
            try transaction.row(sql, values)?.integer(0) ?? 0
        }
        reactions = try count("SELECT count(*) FROM reactions")
        told = try count(
            "SELECT count(*) FROM deliveries d JOIN lanes l ON l.id = d.lane_id WHERE l.destination = ?",
            [.text(Endpoint.contract(TrialStage.witness).description)])
        let accounts = try EndpointAccount.all(in: transaction)
        unaccounted = accounts.reduce(0) { $0 + $1.unaccounted }
        quarantined = accounts.reduce(0) { $0 + $1[.quarantined] }
    }

    /// The ids of what people wrote.
    var inbound: Set<String> { Set(messages.filter { $0.direction == "inbound" }.map(\.id)) }

    /// Only what came in: from people through an adapter, as commands through a contract.
    func incoming(_ side: ConnectorSide) -> StoreStanding {
        var standing = self
        if side == .adapter { standing.messages.removeAll { $0.direction != "inbound" } }
        return standing
    }

    /// What cannot be, whatever came in.
    var problem: String? {
        unaccounted == 0 ? nil : "\(unaccounted) events came in and became nothing"
    }

    /// How it differs from what stands when nothing goes wrong; `nil`: not at all.
    /// - Parameter inTexts: whether texts and states must be equal too.
    func difference(from usual: StoreStanding, inTexts: Bool = true) -> String? {
        let (own, other) = (names(inTexts), usual.names(inTexts))
        if let more = own.first(where: { $0.value > other[$0.key] ?? 0 }) { return "\(more.key) is there too often" }
        if let less = other.first(where: { $0.value > own[$0.key] ?? 0 }) { return "\(less.key) is lost" }
        guard inTexts else { return nil }
        if reactions != usual.reactions { return "\(reactions) reactions in place of \(usual.reactions)" }
        if told != usual.told { return "a CRM is told \(told) events in place of \(usual.told)" }
        return nil
    }

    private func names(_ withTexts: Bool) -> [String: Int] {
        messages.reduce(into: [:]) { counts, line in
            let state = withTexts ? " \"\(line.text.prefix(40))\" \(line.state)" : ""
            counts["\(line.direction) message \(line.id)\(state)", default: 0] += 1
        }
    }
}
