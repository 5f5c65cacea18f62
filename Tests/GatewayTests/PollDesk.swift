import Connectors
import Foundation
import Logging
import Model
import Storage
import Synchronization
import TestSupport
import Transports

@testable import Gateway

/// A gateway with one channel that has to ask, and a scripted network behind it.
struct PollDesk: Sendable {
    static let adapter = """
        adapter: 1
        id: asker
        title: Asker
        settings:
          terms: {optional: true, about: t}
        send:
          base_url: https://api.example.com
        poll:
          - id: news
            every: 60s
            each: $settings.terms // "" | split(",")[]
            request: '{path: "/n", query: {c: .cursor, q: .item}}'
            items: .body.data[]?
            key: .id
            cursor: {strategy: since, value: .id}
            first: take
        errors: [{when: .status == 420, class: throttled, wait: {seconds: .body.wait}}]
        """

    let project: Project
    let fresh: FreshStore
    let transport: ScriptedTransport
    private let terms: String

    /// - Parameter terms: what is asked about, with commas between.
    init(_ backend: Backend = .chosen, terms: String = "a", answers: [HTTPOutcome]) async throws {
        fresh = try await backend.make()
        transport = ScriptedTransport(answers)
        project = try Project()
        self.terms = terms
        try project.directory.write(Self.adapter, to: "adapters/asker/adapter.yaml")
        try project.directory.write(
            #"{kind: "message", id: .id, thread: $req.item, author: {id: "ada"}, text: .text}"#,
            to: "adapters/asker/receive.jq")
        try project.directory.write("empty", to: "adapters/asker/send.jq")
    }

    /// An answer with items, the newest first.
    static func page(_ items: [(id: String, text: String?)]) -> HTTPOutcome {
        let data = items.map { item in JSON.members(["id": .string(item.id), "text": JSON(item.text)]) }
        return .answer(200, JSON.object(["data": .array(data)]).text)
    }

    /// What takes the channel's poll, as a new process would put it together.
    /// - Parameter store: `nil`: the desk's own.
    func taker(over store: (any Store)? = nil) throws -> any PollTaker {
        let root = Repository.root.path
        let yaml = Project.yaml([
            1: "connectors: {adapters: \"\(project.directory.path("adapters"))\", contracts: \(root)/contracts}",
            5: "    adapter: asker", 7: "      terms: \"\(terms)\"", 8: String?.none,
        ])
        let foundations = Foundations(
            store: store ?? fresh.store, transport: transport, machine: Desk.machine, clock: fresh.clock.wall)
        let takers = try Installation(try project.load(yaml), on: foundations).pollTakers
        guard let taker = takers.first else { throw StoreError(.unavailable, "the test has no polls") }
        return taker
    }

    /// Runs a new loop for some turns; the clock moves by what it sleeps.
    /// - Returns: how long it slept after each turn.
    @discardableResult
    func run(_ taker: any PollTaker, turns: Int = 1, under claim: LeaseClaim? = nil) async -> [Duration] {
        let naps = Mutex<[Duration]>([])
        let pace = Pace {
            fresh.clock.advance(by: $0)
            let nap = $0
            let count = naps.withLock {
                $0.append(nap)
                return $0.count
            }
            if count >= turns { throw CancellationError() }
        } spread: {
            0
        }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        var loop = PollLoop(taker: taker, poll: "news", clock: fresh.clock.wall, pace: pace, logger: logger)
        await loop.run(under: claim)
        return naps.withLock { $0 }
    }

    /// The network's ids of all messages, sorted.
    func messages(in store: (any Store)? = nil) async throws -> [String] {
        try await (store ?? fresh.store).read { transaction in
            try transaction.rows("SELECT external_id FROM messages ORDER BY external_id", []).map { try $0.text(0) }
        }
    }

    /// The envelopes in quarantine: what was fetched, and why it is there.
    func quarantined(in store: (any Store)? = nil) async throws -> [(body: JSON, reason: String)] {
        try await (store ?? fresh.store).read { transaction in
            try transaction.quarantined(limit: 10).map { entry in
                (try JSON(parsing: entry.envelope.body), entry.reason ?? "")
            }
        }
    }
}
