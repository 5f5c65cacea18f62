import Connectors
import Foundation
import Model
import Testing
import Transports

@Suite("Polls")
struct PollTests {
    private static func harness(_ poll: String) throws -> ConnectorHarness {
        try ConnectorHarness([
            "adapter.yaml": """
            adapter: 1
            id: x
            title: X
            send: {base_url: "https://api.example.com"}
            poll:
              - id: news
                every: 60s
                request: '{path: "/n", query: {c: .cursor, p: .page}}'
                items: .body.data[]?
                next: .body.next
                key: .id
            \(poll)
            """,
            "receive.jq": #"{kind: "message", id: .id, thread: "t", author: {id: "u"}, text: .text}"#,
            "send.jq": "empty",
        ])
    }

    private func page(_ ids: ClosedRange<Int>, next: String? = nil) -> HTTPOutcome {
        let items: [JSON] = ids.map { ["id": .integer(Int64($0)), "text": "x"] }
        return .answer(200, JSON.members(["data": .array(items), "next": JSON(next)]).text)
    }

    /// One run: what was taken, and the state after it.
    private func run(
        _ poll: String, _ transport: ScriptedTransport, from state: PollState = PollState(started: true)
    ) async throws -> (taken: [String], state: PollState, report: PollReport) {
        let harness = try Self.harness(poll)
        let connector = try harness.connector([:], through: transport)
        #expect(await connector.check().isEmpty)
        var taken: [String] = []
        var state = state
        let report = try await connector.poll("news", item: nil, from: state) { batch in
            taken += batch.items.map(\.key)
            state = batch.state
        }
        return (taken, state, report)
    }

    @Test("Since: the value moves once all pages are in, and items come the oldest first")
    func since() async throws {
        let poll = "    order: oldest_first\n    cursor: {strategy: since, value: .id}"
        let transport = ScriptedTransport([page(8...9, next: "p2"), page(6...7)])
        let (taken, state, _) = try await run(poll, transport, from: PollState(value: "5", started: true))
        #expect(taken == ["6", "7", "8", "9"])
        #expect(state.value == "9")
        #expect(transport.requests.map(\.url).last == "https://api.example.com/n?c=5&p=p2")
        let broken = ScriptedTransport([page(8...9, next: "p2"), .answer(503)])
        let second = try await run(poll, broken, from: PollState(value: "5", started: true))
        #expect(second.taken.isEmpty)
        #expect(second.state.value == "5")
        #expect(second.report.failure?.outcome == .transient)
    }

    @Test("Forward: the cursor moves with each page, also when a later one fails")
    func forward() async throws {
        let poll = "    cursor: {strategy: forward, value: .id}"
        let transport = ScriptedTransport([page(1...2, next: "a"), .answer(429, "", [HeaderField("retry-after", "9")])])
        let (taken, state, report) = try await run(poll, transport)
        #expect(taken == ["1", "2"])
        #expect(state.value == "2")
        #expect(report.failure?.wait == .seconds(9))
    }

    @Test("The first run remembers without taking, unless it says take")
    func first() async throws {
        let skipped = try await run("", ScriptedTransport([page(1...3)]), from: PollState())
        #expect(skipped.taken.isEmpty)
        #expect(skipped.state.keys == ["1", "2", "3"])
        #expect(skipped.state.started)
        let taken = try await run("    first: take", ScriptedTransport([page(1...3)]), from: PollState())
        #expect(taken.taken == ["1", "2", "3"])
        let again = try await run("", ScriptedTransport([page(2...4)]), from: skipped.state)
        #expect(again.taken == ["4"])
    }

    @Test("A page cap that is hit before the watermark is told as a gap")
    func gap() async throws {
        let poll = "    pages: 1\n    cursor: {strategy: watermark, value: .id}"
        let capped = try await run(
            poll, ScriptedTransport([page(8...9, next: "b")]), from: PollState(value: "5", started: true))
        #expect(capped.report.hasGap)
        let met = try await run(
            poll, ScriptedTransport([page(4...7, next: "b")]), from: PollState(value: "5", started: true))
        #expect(!met.report.hasGap)
        #expect(met.taken == ["7", "6"])
    }

    /// Items whose writers' names are looked up; there is no `receive`.
    private static func named(required: Bool) throws -> ConnectorHarness {
        try ConnectorHarness([
            "adapter.yaml": """
            adapter: 1
            id: x
            title: X
            send: {base_url: "https://api.example.com"}
            calls: {name: {request: '{path: "/names/\\(.id)"}', result: .body.name}}
            poll:
              - id: news
                every: 60s
                request: '{path: "/n"}'
                items: .body.data[]?
                key: .id
                calls: [{call: name, with: '{key: $req.poll, id: .id}', required: \(required)}]
            """,
            "receive.jq": #"""
            {kind: "message", id: .id, thread: "t", author: {id: "u", name: $req.calls.name.news}, text: "x"}
            """#,
            "send.jq": "empty",
        ])
    }

    @Test("A poll has look-ups of its own, and needs no receive for them")
    func calls() async throws {
        let connector = try Self.named(required: false).connector(
            [:], through: ScriptedTransport([page(1...1), .answer(200, #"{"name":"Ann"}"#)]))
        #expect(await connector.check().isEmpty)
        var names: [String?] = []
        _ = try await connector.poll("news", item: nil, from: PollState(started: true)) { batch in
            for case .mapped(.events(let events)) in batch.items.map(\.content) { names += events.map(\.author?.name) }
        }
        #expect(names == ["Ann"])
    }

    @Test(
        "A required look-up that fails ends the run, and the item comes again; refused for good, it is put aside"
    )
    func requiredCalls() async throws {
        let answers: [HTTPOutcome] = [page(1...1), .answer(503), page(1...1), .answer(403, "no")]
        let connector = try Self.named(required: true).connector([:], through: ScriptedTransport(answers))
        var batches: [PollBatch] = []
        let state = PollState(started: true)
        let failed = try await connector.poll("news", item: nil, from: state) { batches.append($0) }
        #expect(failed.failure?.outcome == .transient)
        #expect(failed.failure?.reason == "call name: status 503")
        #expect(batches.isEmpty)
        let refused = try await connector.poll("news", item: nil, from: state) { batches.append($0) }
        #expect(refused.failure == nil)
        guard case .quarantined("call name: status 403: no") = batches.first?.items.first?.content else {
            Issue.record("\(batches)")
            return
        }
    }

    @Test("An item that cannot be mapped is quarantined alone")
    func poison() async throws {
        let connector = try Self.harness("").connector(
            [:], through: ScriptedTransport([.answer(200, #"{"data":[{"id":"a"},{"id":"b","text":"x"}]}"#)]))
        var kinds: [Bool] = []
        _ = try await connector.poll("news", item: nil, from: PollState(started: true)) { batch in
            kinds += batch.items.map { if case .mapped = $0.content { true } else { false } }
        }
        #expect(kinds == [false, true])
    }
}
