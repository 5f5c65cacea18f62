import Connectors
import Model
import Testing
import Transports

@testable import Connectors

@Suite("Look-ups")
struct CallTests {
    private static func files(required: Bool = false) -> [String: String] {
        [
            "adapter.yaml": """
            adapter: 1
            id: x
            title: X
            settings: {}
            receive:
              verify: [{scheme: none}]
              calls: [{call: profile, with: '.[] | {key: .from, id: .from}', required: \(required)}]
            calls:
              profile:
                request: '{path: "/users/\\(.id)"}'
                result: .body.name
                missing: .status == 404
                cache: 1h
            send:
              base_url: https://api.example.com
              calls: [{call: profile, with: '.names[] | {key: ., id: .}'}]
            """,
            "receive.jq": """
            .[] | {kind: "message", id, thread: "t", text: "x", author: {id: .from, name: $req.calls.profile[.from]}}
            """,
            "send.jq": #"{path: "/send", json: {to: .calls.profile}}"#,
        ]
    }

    private func connector(required: Bool = false, through transport: ScriptedTransport) throws -> Connector {
        try ConnectorHarness(Self.files(required: required)).connector([:], through: transport)
    }

    @Test("Each key is looked up once, and the mapping sees what was found")
    func receive() async throws {
        let transport = ScriptedTransport([.answer(200, #"{"name":"Ann"}"#), .answer(404)])
        let connector = try connector(through: transport)
        let body = #"[{"id":"1","from":"a"},{"id":"2","from":"a"},{"id":"3","from":"b"}]"#
        let events = try #require(await connector.receive(.post(body)).events)
        #expect(events.map(\.author?.name) == ["Ann", "Ann", nil])
        #expect(
            transport.requests.map(\.url) == ["https://api.example.com/users/a", "https://api.example.com/users/b"])
        #expect(transport.requests.first?.method == "GET")
    }

    @Test("What was found, or found missing, is remembered for as long as the call says")
    func cached() async throws {
        let transport = ScriptedTransport([.answer(200, #"{"name":"Ann"}"#), .answer(200, #"{"name":"Anna"}"#)])
        let connector = try connector(through: transport)
        let body = #"[{"id":"1","from":"a"}]"#
        _ = await connector.receive(.post(body))
        #expect(await connector.receive(.post(body)).events?.first?.author?.name == "Ann")
        #expect(transport.requests.count == 1)
        let later = ConnectorHarness.now + .seconds(3601)
        #expect(await connector.receive(.post(body, at: later)).events?.first?.author?.name == "Anna")
    }

    @Test("A look-up that fails leaves the mapping without its result, and is not remembered")
    func failed() async throws {
        let transport = ScriptedTransport([.answer(500), .answer(200, #"{"name":"Ann"}"#)])
        let connector = try connector(through: transport)
        let body = #"[{"id":"1","from":"a"}]"#
        let first = try #require(await connector.receive(.post(body)).events?.first)
        #expect(first.author?.name == nil)
        #expect(await connector.receive(.post(body)).events?.first?.author?.name == "Ann")
    }

    @Test("A required look-up that fails stores nothing: the network must send again")
    func required() async throws {
        let transport = ScriptedTransport([.answer(500, "secret words")])
        let connector = try connector(required: true, through: transport)
        guard case .postponed(.lookUp, let reason) = await connector.receive(.post(#"[{"id":"1","from":"a"}]"#)) else {
            Issue.record("it was taken")
            return
        }
        #expect(reason.hasPrefix("call profile: status 500"))
    }

    @Test(
        "A body that the arguments cannot be read from is quarantined: sent again, it would be the same",
        arguments: [
            true, false,
        ])
    func malformed(required: Bool) async throws {
        let connector = try connector(required: required, through: ScriptedTransport([]))
        #expect(await connector.receive(.post("{")).quarantine != nil)
    }

    @Test("send.jq sees what was looked up for a job")
    func send() async throws {
        let transport = ScriptedTransport([.answer(200, #"{"name":"Ann"}"#), .answer(200)])
        let connector = try connector(through: transport)
        #expect(await connector.attempt(["names": ["a"]], through: transport).outcome == .ok)
        #expect(transport.requests.last?.body == Array(#"{"to":{"a":"Ann"}}"#.utf8))
    }

    @Test("The arguments of a look-up see the request as receive.jq does")
    func request() async throws {
        var files = Self.files()
        files["adapter.yaml"] = files["adapter.yaml"]?.replacing(
            "'.[] | {key: .from, id: .from}'",
            with: "'$req | {key: \"k\", id: ([.method, .path, .query.of, .headers[\"x-who\"]] | join(\" \"))}'")
        files["receive.jq"] = "empty"
        let transport = ScriptedTransport([.answer(404)])
        let connector = try ConnectorHarness(files).connector([:], through: transport)
        #expect(await connector.check().isEmpty)
        _ = await connector.receive(.post("[]", [HeaderField("x-who", "ann")], query: "of=shop"))
        let asked = "https://api.example.com/users/POST%20/channels/desk%20shop%20ann"
        #expect(transport.requests.map(\.url) == [asked])
    }

    @Test(
        "Where there is no request, $req is a mistake with its file and line",
        arguments: [
            ("with: '.names[] | {key: ., id: .}'", "with: '{key: $req.path}'", "adapter.yaml:16"),
            ("missing: .status == 404", "missing: .status == $req.status", "adapter.yaml:12"),
        ])
    func noRequest(right: String, wrong: String, place: String) async throws {
        var files = Self.files()
        files["adapter.yaml"] = files["adapter.yaml"]?.replacing(right, with: wrong)
        let harness = try ConnectorHarness(files)
        let problems = try await harness.connector([:]).check().map(\.description)
        let message = "$req is known in receive.jq and in the `with` of its look-ups only"
        #expect(problems.map { $0.replacing("\(harness.path)/", with: "") } == ["\(place): \(message)"])
    }

    @Test("At most twenty keys are looked up for one input")
    func bounded() async throws {
        let transport = ScriptedTransport((0..<30).map { _ in .answer(404) } + [.answer(200)])
        let connector = try connector(through: transport)
        _ = await connector.attempt(["names": .array((0..<30).map { .string("n\($0)") })], through: transport)
        #expect(transport.requests.count == 21)
    }
}
