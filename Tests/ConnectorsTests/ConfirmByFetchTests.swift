import Model
import Testing
import Transports

@testable import Connectors

@Suite("A body that nobody signed is read again before it is believed")
struct ConfirmByFetchTests {
    private static func files(
        verify: String = "{scheme: confirm_by_fetch, call: review, with: '.events[] | {key: .id, id: .id}'}",
        cache: String = "", calls: String = "[]"
    ) -> [String: String] {
        [
            "adapter.yaml": """
            adapter: 1
            id: x
            title: X
            settings: {secret: {secret: true, about: s}}
            receive:
              verify: [\(verify)]
              calls: \(calls)
            calls:
              review:
                request: '{path: "/reviews/\\(.id)"}'
                missing: .status == 404
                \(cache)
              name: {request: '{path: "/people/\\(.id)"}', result: .body.name}
            auth: {api: {scheme: bearer, value: "{settings.secret}"}}
            send: {base_url: https://api.example.com, auth: api}
            """,
            "receive.jq": #"""
            {kind: "message", id, thread: "t", text, author: {id: .by, name: $req.calls.name[.by]}}
            """#,
            "send.jq": "empty",
        ]
    }

    private func receive(
        _ body: String, _ answers: [HTTPOutcome], files: [String: String] = files(), secret: String? = nil
    ) async throws -> (reception: Reception, transport: ScriptedTransport) {
        let transport = ScriptedTransport(answers)
        let connector = try ConnectorHarness(files).connector(["secret": ["word"]], through: transport)
        return (await connector.receive(.post(body, secret: secret)), transport)
    }

    private static func review(_ id: String) -> HTTPOutcome {
        .answer(200, #"{"id":"\#(id)","by":"ada","text":"true"}"#)
    }

    @Test("What is mapped is what was read with our own credentials, never what the body says")
    func readAgain() async throws {
        let body = #"{"events":[{"id":"r1","text":"forged"},{"id":"r2"},{"id":"r1"}]}"#
        let (reception, transport) = try await receive(body, [Self.review("r1"), Self.review("r2")])
        #expect(reception.events?.map(\.id) == ["r1", "r2"])
        #expect(reception.events?.map(\.text) == ["true", "true"])
        #expect(
            transport.requests.map(\.url) == [
                "https://api.example.com/reviews/r1", "https://api.example.com/reviews/r2",
            ])
        #expect(
            transport.requests.allSatisfy { request in
                request.headers.contains { $0.name == "authorization" && $0.value == "Bearer word" }
            })
    }

    @Test("Further look-ups are made for what was read")
    func further() async throws {
        let calls = "[{call: name, with: '{key: .by, id: .by}'}]"
        let (reception, _) = try await receive(
            #"{"events":[{"id":"r1","by":"eve"}]}"#, [Self.review("r1"), .answer(200, #"{"name":"Ada"}"#)],
            files: Self.files(calls: calls))
        #expect(reception.events?.first?.author?.name == "Ada")
    }

    @Test(
        "A body that names nothing that is there is refused, whatever else it holds",
        arguments: [
            (#"{"events":[{"id":"r1"},{"id":"no"}]}"#, "what the body names is not there"),
            (#"{"events":[{}]}"#, "the body does not say what to read"),
            (#"{"events":7}"#, "the body does not say what to read"), ("{", "the body does not say what to read"),
        ])
    func unconfirmed(body: String, reason: String) async throws {
        guard case .refused(401, reason) = try await receive(body, [Self.review("r1"), .answer(404)]).reception else {
            Issue.record("expected a refusal")
            return
        }
    }

    @Test("A body that names too much is refused once twenty things were read")
    func bounded() async throws {
        let names = (0..<30).map { #"{"id":"r\#($0)"}"# }.joined(separator: ",")
        let answers = (0..<30).map { Self.review("r\($0)") }
        let (reception, transport) = try await receive(#"{"events":[\#(names)]}"#, answers)
        #expect(reception.refusal == "the body names more than 20 things to read")
        #expect(transport.requests.count <= CallUse.keysMax)
    }

    @Test("A body that names nothing to read is acknowledged and not stored")
    func nothingNamed() async throws {
        guard case .answered(let answer) = try await receive(#"{"events":[]}"#, []).reception else {
            Issue.record("expected an answer")
            return
        }
        #expect(answer.status == 200)
    }

    @Test("What cannot be read now has to come again")
    func failed() async throws {
        guard case .postponed(.lookUp, _) = try await receive(#"{"events":[{"id":"r1"}]}"#, [.answer(500)]).reception
        else {
            Issue.record("expected that it must come again")
            return
        }
    }

    @Test("Beside a secret nobody without it makes us read, and whichever block passes, the body is read again")
    func beside() async throws {
        let path = "{scheme: secret_path, value: '{settings.secret}'}"
        let fetch = "{scheme: confirm_by_fetch, call: review, with: '{key: .id, id: .id}'}"
        let all = Self.files(verify: "{scheme: all, of: [\(fetch), \(path)]}")
        let without = try await receive(#"{"id":"r1"}"#, [Self.review("r1")], files: all, secret: "guess")
        #expect(without.reception.refusal == "the secret of the path does not match")
        #expect(without.transport.requests.isEmpty)
        let with = try await receive(#"{"id":"r1","text":"forged"}"#, [Self.review("r1")], files: all, secret: "word")
        #expect(with.reception.events?.first?.text == "true")
        let any = Self.files(verify: "\(path), \(fetch)")
        let either = try await receive(#"{"id":"r1","text":"forged"}"#, [Self.review("r1")], files: any, secret: "word")
        #expect(either.reception.events?.first?.text == "true")
    }

    @Test("A reading that is not declared, not made anew, or made twice is a mistake")
    func mistakes() throws {
        func mistakes(_ verify: String, cache: String = "") throws -> [String] {
            try ConnectorHarness(Self.files(verify: verify, cache: cache)).mistakes()
        }
        let block = "{scheme: confirm_by_fetch, call: review, with: .}"
        #expect(try mistakes(block).isEmpty)
        #expect(try mistakes(block, cache: "cache: 1h").first?.contains("must be read anew") == true)
        #expect(try mistakes("\(block), \(block)").first?.contains("a second confirm_by_fetch") == true)
        let unknown = try mistakes("{scheme: confirm_by_fetch, call: reviews, with: .}")
        #expect(unknown.first?.contains("no call is called \"reviews\", did you mean \"review\"?") == true)
    }
}
