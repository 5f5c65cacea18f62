import Model
import Testing
import Transports

@testable import Connectors

@Suite("Streams: answers with one event after the other in them")
struct StreamTests {
    private func harness(_ stream: String, auth: String = "") throws -> ConnectorHarness {
        try ConnectorHarness(
            send: auth.isEmpty ? "  timeout: 5s" : "  auth: api",
            rest: """
                \(auth)
                stream:
                  - id: news
                    request: '{path: "/s", query: {since: .cursor}}'
                \(stream)
                """, jq: ".",
            extra: [
                "receive.jq": #"{kind: "message", id: .id, thread: "t", author: {id: "ada"}, text: .text}"#
            ])
    }

    private func run(
        _ harness: ConnectorHarness, _ transport: ScriptedTransport, from state: PollState = PollState(),
        credentials: any CredentialStore = MemoryCredentials()
    ) async throws -> (batches: [[Bool]], state: PollState, report: StreamReport) {
        let connector = try harness.connector(["token": ["abc"]], through: transport, credentials: credentials)
        #expect(await connector.check().isEmpty)
        var (state, batches) = (state, [[Bool]]())
        let report = try await connector.stream("news", from: state) { batch in
            batches.append(batch.items.map { if case .mapped = $0.content { true } else { false } })
            state = batch.state
        }
        return (batches, state, report)
    }

    @Test("Each server-sent event is committed by itself, and its id is where the next connection goes on")
    func serverSent() async throws {
        let content = """
            :thump
            retry: 2500

            event: update
            id: 7
            data: {"id":"1",
            data: "text":"a"}

            event: delete
            id: 8
            data: 55

            id: 9
            event: update
            data: {"id":"2","text":"b"}


            """
        let stream = "    format: sse\n    items: select(.event == \"update\") | .data\n    key: .id"
        let transport = ScriptedTransport([.answer(200, content), .answer(200, content)])
        let first = try await run(try harness(stream), transport)
        #expect(first.batches == [[true], [], [true]])
        #expect(first.state.value == "9")
        #expect(first.report == StreamReport(taken: 2, retry: .milliseconds(2500)))
        // The same again brings nothing new.
        let second = try await run(try harness(stream), transport, from: first.state)
        #expect(second.report.taken == 0)
        let headers = transport.requests.map { request in
            request.headers.first { $0.name == "last-event-id" }?.value
        }
        #expect(headers == [nil, "9"])
        #expect(transport.requests.allSatisfy { $0.headers.contains(HeaderField("accept", "text/event-stream")) })
    }

    @Test("Each line is an event; one that cannot be read is kept in quarantine alone, an empty one is a sign of life")
    func lines() async throws {
        let content = "{\"id\":\"1\",\"text\":\"a\",\"at\":3}\r\n\r\n{\"id\":\n{\"id\":\"2\",\"text\":\"b\",\"at\":4}\n"
        let stream = "    format: ndjson\n    cursor: .at"
        let transport = ScriptedTransport([.answer(200, content), .answer(200, "")])
        let (batches, state, report) = try await run(try harness(stream), transport)
        #expect(batches == [[true], [false], [true]])
        #expect(state.value == "4")
        // Asking a broken line for its cursor fails, and is told.
        #expect(report.complaints.count == 1)
        _ = try await run(try harness(stream), transport, from: state)
        #expect(transport.requests.last?.url == "https://api.example.com/v1/s?since=4")
    }

    @Test("A token that is stale is replaced once; what is refused then is a failure without a secret")
    func authorised() async throws {
        let auth = """
            auth:
              api:
                scheme: oauth2
                grant: client_credentials
                token_url: https://api.example.com/token
                client_id: c
                client_secret: "{settings.token}"
            errors: [{when: .status == 401, class: auth_refresh}]
            """
        let token = HTTPOutcome.answer(200, #"{"access_token":"t1"}"#)
        let transport = ScriptedTransport([
            token, .answer(401), token, .answer(200, "{\"id\":\"1\",\"text\":\"a\"}\n"),
            .answer(401, "abc"), token, .answer(401, "abc"),
        ])
        let (harness, credentials) = (try harness("    format: ndjson", auth: auth), MemoryCredentials())
        let first = try await run(harness, transport, credentials: credentials)
        #expect(first.report == StreamReport(taken: 1))
        let second = try await run(harness, transport, from: first.state, credentials: credentials)
        #expect(second.report.failure?.outcome == .auth)
        #expect(second.report.failure?.reason.contains("abc") == false)
    }

    @Test("An error of who takes the events ends the connection, and what was taken before stands")
    func storeFails() async throws {
        let lines = (1...3).map { "{\"id\":\"\($0)\",\"text\":\"a\"}\n" }.joined()
        let connector = try harness("    format: ndjson").connector(
            ["token": ["abc"]], through: ScriptedTransport([.answer(200, lines)]))
        var taken = 0
        await #expect(throws: CancellationError.self) {
            _ = try await connector.stream("news", from: PollState()) { _ in
                guard taken < 2 else { throw CancellationError() }
                taken += 1
            }
        }
        #expect(taken == 2)
    }

    @Test("Where the bytes are cut changes nothing", arguments: [StreamDeclaration.Format.sse, .ndjson])
    func cuts(format: StreamDeclaration.Format) {
        let content = Array(
            ("\u{FEFF}id: 1\r\ndata: é👋\r\ndata\r\n\r\n: c\rdata:{\"a\":1}\r\r"
                + "data: x\n\nid\ndata: y\n\nid: a\u{0}b\ndata: z\n\n").utf8)
        var whole = EventReader(format, lastID: nil)
        let expected = whole.take(content)
        for size in 1...7 {
            var reader = EventReader(format, lastID: nil)
            var events: [JSON] = []
            for start in stride(from: 0, to: content.count, by: size) {
                events += reader.take(Array(content[start..<min(start + size, content.count)]))
            }
            #expect(events == expected)
        }
        guard format == .sse else { return }
        #expect(
            expected == [
                ["event": "message", "id": "1", "data": "é👋\n"], ["event": "message", "id": "1", "data": ["a": 1]],
                ["event": "message", "id": "1", "data": "x"], ["event": "message", "data": "y"],
                ["event": "message", "data": "z"],
            ])
    }

    @Test("An event without end is given up", arguments: ["data: ", "", "x"])
    func tooLong(start: String) {
        var reader = EventReader(start.isEmpty ? .ndjson : .sse, lastID: nil)
        for _ in 0..<20 { _ = reader.take(Array((start + String(repeating: "y", count: 70_000)).utf8)) }
        #expect(reader.isTooLong)
        var lines = EventReader(.sse, lastID: nil)
        for _ in 0..<20 { _ = lines.take(Array(("data: " + String(repeating: "y", count: 70_000) + "\n").utf8)) }
        #expect(lines.isTooLong)
    }
}
