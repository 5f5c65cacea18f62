// Trials of what comes in by itself: the samples' requests reach the real channel or contract, twice and in the wrong
// order, and the store tells what became of them.

import Connectors
import Model
import Storage
import Transports

/// Holds the trials of `receive`.
struct ReceivingTrials: Sendable {
    private let script: SampleScript
    private let connector: Connector
    private let servers: TrialServers
    private let promises: ConnectorPromises
    private let machine: JQMachine
    /// The requests that can all come to one gateway: the provider says the same to each of them.
    private let arrivals: [SampleScript.Arrival]
    /// What their look-ups are answered, each question once.
    private let exchanges: [SampleExchange]

    init(
        _ script: SampleScript, _ connector: Connector, _ promises: ConnectorPromises, servers: TrialServers,
        machine: JQMachine
    ) {
        self.script = script
        self.connector = connector
        self.promises = promises
        self.servers = servers
        self.machine = machine
        var arrivals: [SampleScript.Arrival] = []
        var exchanges: [SampleExchange] = []
        // Those that go well say what the provider's answers are.
        let isGood = { (arrival: SampleScript.Arrival) in arrival.expected["refused"].isNull }
        for arrival in script.arrivals.filter(isGood) + script.arrivals.filter({ !isGood($0) }) {
            guard arrival.exchanges.allSatisfy({ $0.agrees(with: exchanges) }) else { continue }
            arrivals.append(arrival)
            exchanges += arrival.exchanges.filter { new in !exchanges.contains { $0.asksTheSame(as: new) } }
        }
        self.arrivals = arrivals.sorted { $0.name < $1.name }
        self.exchanges = exchanges
    }

    /// One request on its way to us.
    private struct Call: Sendable {
        let arrival: SampleScript.Arrival
        /// How the caller behaves, one time after the other; a second apart.
        var conducts: [LoopbackClient.Conduct] = [.good]
    }

    /// What all requests together came to.
    private struct End: Sendable {
        let standing: StoreStanding
        /// The last answer to each call.
        let statuses: [Int?]
        let fetches: Int
        let refusals: Int
    }

    func results() async throws -> [TrialResult] {
        guard !arrivals.isEmpty else { return [] }
        func calls(_ conducts: LoopbackClient.Conduct...) -> [Call] {
            arrivals.map { Call(arrival: $0, conducts: conducts) }
        }
        let end = try await self.end(of: calls(.good))
        let once = end.standing
        var results = [TrialResult(.twice, of: "all samples, once", once.problem ?? missing(from: once))]
        results += statuses(end)
        // What a caller left behind may be read after the next request: then only the messages must be the same.
        let repetitions: [(ConformanceFault, LoopbackClient.Conduct, inTexts: Bool)] = [
            (.twice, .good, true), (.truncated, .breaksOff, true), (.reset, .resets, false),
        ]
        for (fault, conduct, inTexts) in repetitions {
            let standing = try await self.end(of: calls(conduct, .good)).standing
            let problem = standing.problem ?? standing.difference(from: once, inTexts: inTexts)
            results.append(TrialResult(fault, of: "all samples", problem))
        }
        let reversed = try await self.end(of: calls(.good).reversed()).standing
        // What the company wrote elsewhere waits for nobody: in a thread that is not known yet it is passed over.
        let (own, other) = (reversed.incoming(connector.folder.side), once.incoming(connector.folder.side))
        let problem = reversed.problem ?? own.difference(from: other, inTexts: false) ?? missing(from: reversed)
        results.append(TrialResult(.outOfOrder, of: "all samples", problem))
        return try await results + lookUps(once) + expiries(once)
    }

    /// Whether every request was answered as its sample says. A contract's commands may be refused for what stands in
    /// the store, which no sample tells.
    private func statuses(_ end: End) -> [TrialResult] {
        zip(arrivals, end.statuses).filter { $0.0.expected["commands"].isNull }.map { arrival, status in
            let expected = arrival.expected["status"].integer.map { Int($0) }
            let told = status.map { "\($0)" } ?? "none"
            return TrialResult(
                .outcome, of: arrival.name, status == expected ? nil : "expected \(expected ?? 0), got \(told)")
        }
    }

    /// Look-ups of the mapping that fail once: what depends on one is sent again, the rest comes without it.
    private func lookUps(_ once: StoreStanding) async throws -> [TrialResult] {
        var results: [TrialResult] = []
        let outage = HTTPResponse(status: 503, headers: [.json], body: Array("{}".utf8))
        for index in exchanges.indices where !promises.handsOutTokens(exchanges[index].url) {
            let calls = arrivals.map { Call(arrival: $0) }
            let standing = try await end(of: calls, .answers([outage]), at: index).standing
            let problem = standing.problem ?? standing.difference(from: once, inTexts: false)
            results.append(TrialResult(.down, of: "look-up \(index + 1)", problem))
        }
        return results
    }

    /// The token has ended when a look-up is made.
    private func expiries(_ once: StoreStanding) async throws -> [TrialResult] {
        guard !exchanges.isEmpty, !promises.grants.isEmpty else { return [] }
        let refused = HTTPResponse(status: 401, headers: [.json], body: Array("{}".utf8))
        let stale = script.verdicts.first { $0.outcome == .authRefresh }?.answer ?? refused
        let end = try await end(of: arrivals.map { Call(arrival: $0) }, .expired(stale), at: nil)
        // Keys of tokens are published: nobody shows a token for them.
        guard end.refusals > 0 else { return [] }
        let problem = end.standing.problem ?? end.standing.difference(from: once)
        return [
            TrialResult(.expired, of: "look-ups", problem ?? script.expiryProblem(fetches: end.fetches))
        ]
    }

    /// Makes calls, one after the other. One that is answered with 503 is made again a minute later.
    private func end(of calls: [Call], _ fault: ProviderFault = .none, at target: Int? = nil) async throws -> End {
        let provider = ProviderScript(
            exchanges, others: .none, fault: fault, at: target,
            (promises, script.credentials))
        let desk = try await TrialDesk(connector, script, through: servers.play(provider))
        let publicURLs = Set(arrivals.map(\.publicURL))
        try await TrialStage(desk: desk, script: script).openConversations(
            for: named("ticket"), named("conversation"), of: publicURLs.map { TrialGateway.name(in: $0) })
        let gateway = TrialGateway(desk: desk, machine: machine, publicURLs: publicURLs)
        let statuses = try await gateway.serve { client in
            var statuses: [Int?] = []
            for call in calls {
                let request = call.arrival.request
                let target = request.path + (request.rawQuery.isEmpty ? "" : "?\(request.rawQuery)")
                var status: Int?
                for (index, conduct) in call.conducts.enumerated() {
                    if index > 0 { desk.clock.advance(by: .seconds(1)) }
                    status = await client.send(request.method, target, request.headers, request.body, conduct)
                }
                if status == 503 {
                    desk.clock.advance(by: .seconds(60))
                    status = await client.send(request.method, target, request.headers, request.body)
                }
                statuses.append(status)
            }
            return statuses
        }
        let standing = try await desk.store.read { try StoreStanding($0) }
        await desk.store.close()
        return End(
            standing: standing, statuses: statuses, fetches: provider.fetches, refusals: provider.refusals)
    }

    /// What the samples' commands call a member of this name.
    private func named(_ member: String) -> Set<String> {
        Set(arrivals.flatMap { $0.expected["commands"].array ?? [] }.compactMap { $0[member].string })
    }

    /// How many events and commands the samples hold.
    private var expected: Int {
        arrivals.reduce(0) { count, arrival in
            let lists = ["events", "commands", "duplicates"].map { arrival.expected[$0].array?.count ?? 0 }
            return count + lists.reduce(0, +) + (arrival.expected["quarantined"].isNull ? 0 : 1)
        }
    }

    /// What the samples hold and the store does not.
    private func missing(from standing: StoreStanding) -> String? {
        guard standing.received == Int64(expected) else {
            return "\(expected) events and commands in the samples, \(standing.received) came in"
        }
        let events = arrivals.flatMap { $0.expected["events"].array ?? [] }
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
    /// Events and commands that came in, those in quarantine as one each.
    let received: Int64

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
        received = accounts.reduce(0) { $0 + $1[.received] }
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

extension SampleExchange {
    fileprivate func asksTheSame(as other: SampleExchange) -> Bool {
        method == other.method && url == other.url && isAsked(with: other.body)
    }

    /// Whether the others have the same answer to the same question, or none.
    fileprivate func agrees(with others: [SampleExchange]) -> Bool {
        others.allSatisfy { other in
            !asksTheSame(as: other) || answer?.status == other.answer?.status && answer?.body == other.answer?.body
        }
    }
}
