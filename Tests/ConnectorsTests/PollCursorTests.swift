import Connectors
import Foundation
import Model
import Testing
import Transports

@Suite("Polls: where they stand, and what a run does when something is wrong")
struct PollCursorTests {
    /// What a run came to.
    private struct Outcome {
        let taken: [String]
        let state: PollState
        let report: PollReport
    }

    /// - Parameters:
    ///   - poll: more keys of the poll, at its depth.
    ///   - rest: more of the file, at the left margin.
    private static func harness(_ poll: String, next: String? = ".body.next", rest: String = "") throws
        -> ConnectorHarness
    {
        try ConnectorHarness([
            "adapter.yaml": """
            adapter: 1
            id: x
            title: X
            settings: {token: {secret: true, about: t}}
            send:
              base_url: https://api.example.com
            \(rest)
            poll:
              - id: news
                every: 60s
                request: '{path: "/n", query: {c: .cursor, p: .page, q: .item}}'
                items: .body.data[]?
                key: .id
            \(next.map { "    next: \($0)" } ?? "")
            \(poll)
            """,
            "receive.jq": """
            {kind: "message", id: .id, thread: ($req.item // "t"), author: {id: "u"}, text: "x"}
            """,
            "send.jq": "empty",
        ])
    }

    private func run(
        _ harness: ConnectorHarness, _ transport: ScriptedTransport, from state: PollState, item: String? = nil
    ) async throws -> Outcome {
        let connector = try harness.connector(["token": ["s3cret"]], through: transport)
        #expect(await connector.check().isEmpty)
        var taken: [String] = []
        var last = state
        let report = try await connector.poll("news", item: item, from: state) { batch in
            taken += batch.items.map(\.key)
            last = batch.state
        }
        return Outcome(taken: taken, state: last, report: report)
    }

    /// An answer with items of an id and a time of 2 January 2026.
    private func page(
        _ items: [(id: String, at: String)], _ more: [String: JSON] = [:], _ headers: [HeaderField] = []
    ) -> HTTPOutcome {
        let data = items.map { item -> JSON in ["id": .string(item.id), "at": .string("2026-01-02T\(item.at)Z")] }
        return .answer(200, JSON.object(more.merging(["data": .array(data)]) { _, new in new }).text, headers)
    }

    @Test("Watermark: what lies within the overlap is asked for again, and taken when it came late")
    func watermark() async throws {
        let harness = try Self.harness("    cursor: {strategy: watermark, overlap: 5m, value: .at}")
        let transport = ScriptedTransport([
            page([("4", "03:02:00"), ("late", "02:57:00"), ("2", "02:56:00"), ("1", "02:54:00")], ["next": "p2"])
        ])
        let start = PollState(value: "2026-01-02T03:00:00Z", keys: ["1", "2"], started: true)
        let outcome = try await run(harness, transport, from: start)
        #expect(outcome.taken == ["late", "4"])
        #expect(outcome.state.value == "2026-01-02T03:02:00Z")
        #expect(outcome.state.keys == ["1", "2", "late", "4"])
        // What lies before the overlap ends the run: the next page is not asked for.
        #expect(transport.requests.count == 1)
        #expect(!outcome.report.hasGap)
    }

    @Test("Window: asks from a while before the cursor, and moves with each page")
    func window() async throws {
        let harness = try Self.harness("    cursor: {strategy: window, lag: 1m, value: .at}")
        let transport = ScriptedTransport([
            page([("old", "02:59:30"), ("new", "03:01:00")], ["next": "p2"]), .answer(503),
        ])
        let start = PollState(value: "2026-01-02T03:00:00Z", keys: ["old"], started: true)
        let outcome = try await run(harness, transport, from: start)
        #expect(outcome.taken == ["new"])
        #expect(outcome.state.value == "2026-01-02T03:01:00Z")
        #expect(outcome.report.failure?.outcome == .transient)
        // The pages of one run belong to one question.
        #expect(
            transport.requests.map(\.url) == [
                "https://api.example.com/n?c=2026-01-02T02%3A59%3A00Z",
                "https://api.example.com/n?c=2026-01-02T02%3A59%3A00Z&p=p2",
            ])
    }

    @Test("Window without pages: asks again from where it came to, until nothing is new")
    func windowAlone() async throws {
        let harness = try Self.harness("    cursor: {strategy: window, lag: 1m, value: .at}", next: nil)
        let transport = ScriptedTransport([
            page([("a", "03:01:00"), ("b", "03:03:00")]), page([("b", "03:03:00"), ("c", "03:04:00")]),
            page([("c", "03:04:00")]),
        ])
        let start = PollState(value: "2026-01-02T03:00:00Z", started: true)
        let outcome = try await run(harness, transport, from: start)
        #expect(outcome.taken == ["a", "b", "c"])
        #expect(outcome.state.value == "2026-01-02T03:04:00Z")
        #expect(outcome.report.failure == nil)
    }

    @Test("Token: the answer says where the next run begins; an answer that does not say it takes nothing")
    func token() async throws {
        let harness = try Self.harness("    cursor: {strategy: token, value: .body.token}")
        let transport = ScriptedTransport([
            page([("1", "03:00:00")], ["token": "t1", "next": "p2"]), page([("2", "03:01:00")], ["token": "t2"]),
        ])
        let first = try await run(harness, transport, from: PollState(value: "t0", started: true))
        #expect(first.taken == ["1", "2"])
        #expect(first.state.value == "t2")
        #expect(transport.requests.first?.url == "https://api.example.com/n?c=t0")
        let silent = ScriptedTransport([page([("3", "03:02:00")])])
        let second = try await run(harness, silent, from: first.state)
        #expect(second.taken.isEmpty)
        #expect(second.state == first.state)
        #expect(second.report.failure?.outcome == .permanent)
        #expect(second.report.failure?.reason.contains("the answer has no token") == true)
    }

    @Test("Conditional: the validators of an answer go with the next request, and 304 is nothing new")
    func conditional() async throws {
        let harness = try Self.harness("    conditional: true")
        let validators = [
            HeaderField("ETag", "\"v1\""), HeaderField("Last-Modified", "Fri, 02 Jan 2026 03:00:00 GMT"),
        ]
        let first = try await run(
            harness, ScriptedTransport([page([("1", "03:00:00")], [:], validators)]), from: PollState(started: true))
        #expect(first.taken == ["1"])
        // Through the store and back.
        let kept = PollState(first.state.json)
        let unchanged = ScriptedTransport([.answer(304)])
        let second = try await run(harness, unchanged, from: kept)
        let sent = unchanged.requests.flatMap(\.headers)
        #expect(sent.contains { $0.name == "if-none-match" && $0.value == "\"v1\"" })
        #expect(sent.contains { $0.name == "if-modified-since" && $0.value == "Fri, 02 Jan 2026 03:00:00 GMT" })
        #expect(second.taken.isEmpty)
        #expect(second.state == first.state)
        #expect(second.report.failure == nil)
    }

    @Test("Each: every text once, with its own request, and told to receive.jq")
    func each() async throws {
        let harness = try Self.harness(#"    each: '"a", "b", "a"'"#)
        let transport = ScriptedTransport([page([("1", "03:00:00")]), page([("1", "03:00:00")])])
        let connector = try harness.connector(["token": ["s3cret"]], through: transport)
        let items = try await connector.pollItems("news")
        #expect(items == ["a", "b"])
        var threads: [String?] = []
        for item in items {
            _ = try await connector.poll("news", item: item, from: PollState(started: true)) { batch in
                for item in batch.items {
                    if case .mapped(.events(let events)) = item.content { threads += events.map(\.thread) }
                }
            }
        }
        // What one text has seen is new to the other.
        #expect(threads == ["a", "b"])
        #expect(
            transport.requests.map(\.url) == ["https://api.example.com/n?q=a", "https://api.example.com/n?q=b"])
    }

    @Test("Each: more than fifty texts, or one that is none, and the poll cannot begin", arguments: ["51", "{}"])
    func eachMistakes(kind: String) async throws {
        let harness = try Self.harness(kind == "51" ? "    each: range(51) | tostring" : "    each: '{}'")
        let connector = try harness.connector(["token": ["s3cret"]])
        await #expect(throws: PollMistake.self) { try await connector.pollItems("news") }
    }

    @Test("A throttled run tells how long the other side asks to wait")
    func throttled() async throws {
        let rest = "errors: [{when: .status == 420, class: throttled, wait: {seconds: .body.wait}}]"
        let outcome = try await run(
            Self.harness("", rest: rest), ScriptedTransport([.answer(420, #"{"wait":90}"#)]),
            from: PollState(started: true))
        #expect(outcome.report.failure?.outcome == .throttled)
        #expect(outcome.report.failure?.wait == .seconds(90))
        #expect(outcome.state == PollState(started: true))
    }

    @Test(
        "A `next` that raises fails the run, which takes nothing",
        arguments: ["{strategy: since, value: .id}", "{strategy: forward, value: .id}", "{strategy: none}"])
    func next(cursor: String) async throws {
        let harness = try Self.harness("    cursor: \(cursor)", next: #".body.next | error("no way on")"#)
        let start = PollState(value: "0", started: true)
        let outcome = try await run(
            harness, ScriptedTransport([page([("1", "03:00:00")], ["next": "p2"])]), from: start)
        #expect(outcome.taken.isEmpty)
        #expect(outcome.state == start)
        #expect(outcome.report.failure?.outcome == .permanent)
        #expect(outcome.report.failure?.reason.contains("no way on") == true)
    }

    @Test("A stale token is replaced once and the page asked for again; stale twice, a person must look")
    func expired() async throws {
        let harness = try Self.harness(
            "",
            rest: """
                  auth: api
                auth:
                  api:
                    scheme: oauth2
                    grant: client_credentials
                    token_url: https://login.example.com/token
                    client_id: me
                    client_secret: "{settings.token}"
                errors: [{when: .status == 401, class: auth_refresh}]
                """)
        func token(_ name: String) -> HTTPOutcome { .answer(200, "{\"access_token\":\"\(name)\"}") }
        let transport = ScriptedTransport([token("one"), .answer(401), token("two"), page([("1", "03:00:00")])])
        let outcome = try await run(harness, transport, from: PollState(started: true))
        #expect(outcome.taken == ["1"])
        #expect(outcome.report.failure == nil)
        let sent = transport.requests.flatMap(\.headers).filter { $0.name == "authorization" }.map(\.value)
        #expect(sent == ["Bearer one", "Bearer two"])
        let again = ScriptedTransport([token("one"), .answer(401), token("two"), .answer(401)])
        let refused = try await run(harness, again, from: PollState(started: true))
        #expect(refused.taken.isEmpty)
        #expect(refused.report.failure?.outcome == .auth)
        #expect(again.requests.count == 4)
    }
}
