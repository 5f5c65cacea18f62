import Connectors
import Model
import Testing

@Suite("Handshakes, decoding and mapping")
struct HandshakeTests {
    private static let handshake = """
          verify: [{scheme: equals, from: bearer, value: '{settings.secret}'}]
          handshake:
            - scheme: challenge_echo
              method: GET
              when: {"query:mode": subscribe}
              expect: {"query:token": "{settings.secret}"}
              echo: "query:challenge"
            - scheme: ping
              when: {"body:.event": ping, "body:.at": present}
              status: 202
              body: pong
        """

    private func reception(
        _ method: String, query: String = "", body: String = "", token: String? = nil
    ) async throws -> Reception {
        let harness = try ConnectorHarness(receive: Self.handshake, jq: "empty")
        let headers = token.map { [HeaderField("Authorization", "Bearer \($0)")] } ?? []
        return await (try harness.connector(["secret": ["old", "new"]])).receive(
            ReceivedRequest(
                method: method, path: "/channels/desk", rawQuery: query, headers: headers, body: Array(body.utf8),
                receivedAt: ConnectorHarness.now))
    }

    @Test("A challenge is given back as it came, with any value of the list")
    func challenge() async throws {
        for secret in ["old", "new"] {
            let query = "mode=subscribe&token=\(secret)&challenge=1158%2B201444"
            guard case .answered(let answer) = try await reception("GET", query: query) else {
                Issue.record("expected an answer")
                return
            }
            #expect(answer == Answer(status: 200, contentType: "text/plain", body: Array("1158+201444".utf8)))
        }
    }

    @Test("A challenge with a wrong word is a mismatch")
    func mismatch() async throws {
        for end in ["&token=no&challenge=1", "&challenge=1", "&token=&challenge=1"] {
            let query = "mode=subscribe" + end
            guard case .refused(403, "the handshake does not match") = try await reception("GET", query: query) else {
                Issue.record("expected a mismatch for \(query)")
                return
            }
        }
    }

    @Test("A request that is no handshake is not answered as one")
    func other() async throws {
        guard case .refused(405, _) = try await reception("GET", query: "mode=other&token=new&challenge=1") else {
            Issue.record("expected 405")
            return
        }
        // The method belongs to the handshake: a POST with the same query is verified like any other.
        let query = "mode=subscribe&token=new&challenge=1"
        guard case .refused(401, _) = try await reception("POST", query: query, body: "{}") else {
            Issue.record("expected 401")
            return
        }
    }

    @Test("A challenge without its value, or with a huge one, gives nothing back")
    func noEcho() async throws {
        let start = "mode=subscribe&token=new"
        for end in ["", "&challenge=1&challenge=2", "&challenge=" + String(repeating: "a", count: 4097)] {
            #expect(try await reception("GET", query: start + end).refusal != nil)
        }
    }

    @Test("A ping is answered only when it is verified")
    func ping() async throws {
        let body = #"{"event":"ping","at":[1]}"#
        #expect(try await reception("POST", body: body).refusal != nil)
        guard case .answered(let answer) = try await reception("POST", body: body, token: "new") else {
            Issue.record("expected an answer")
            return
        }
        #expect(answer == Answer(status: 202, contentType: "text/plain", body: Array("pong".utf8)))
        #expect(try await reception("POST", body: #"{"event":"ping"}"#, token: "new").events == [])
        #expect(try await reception("POST", body: #"{"event":"pong","at":1}"#, token: "new").events == [])
    }

    // MARK: - decoding and mapping

    private func mapped(_ decode: String, _ body: String, jq: String) async throws -> Reception {
        let harness = try ConnectorHarness(receive: "  verify: [{scheme: none}]\n  decode: \(decode)", jq: jq)
        return await (try harness.connector(["secret": ["s"]])).receive(.post(body))
    }

    @Test("A form becomes an object: escapes, blanks, names that come again, empty values")
    func form() async throws {
        let jq = #"{kind: "notice", id: "1", fields: .}"#
        let reception = try await mapped("form", "a=1+2&b=%C3%A9%26&a=3&c&=d&%61=4&e=f=g", jq: jq)
        let fields = reception.events?.first?.fields
        #expect(fields == ["a": ["1 2", "3", "4"], "b": "é&", "c": "", "": "d", "e": "f=g"])
    }

    @Test("A form that cannot be decoded is quarantined", arguments: ["a=%", "a=%4", "a=%zz", "%ff=1", "a=%C3"])
    func badForm(body: String) async throws {
        let reason = try await mapped("form", body, jq: "empty").quarantine
        #expect(reason?.contains("receive.jq: the input: ") == true)
    }

    @Test("A malformed body is quarantined, and the answer is the usual one")
    func malformed() async throws {
        guard case .quarantined(let reason, let answer) = try await mapped("json", "{\"a\":", jq: ".") else {
            Issue.record("expected a quarantine")
            return
        }
        #expect(reason.contains("receive.jq"))
        #expect(answer == Answer(status: 200, contentType: "text/plain", body: []))
    }

    @Test("A mapping that does not fit the vocabulary is quarantined with the output and the member")
    func misfit() async throws {
        let jq = #"{kind: "typing", id: "1"}, {kind: "message", id: 7, thread: "t", author: {name: "A"}, text: "x"}"#
        let reason = try #require(try await mapped("json", "{}", jq: jq).quarantine)
        #expect(reason.hasSuffix("x/receive.jq: output 2: .author.id: is missing"))
    }

    @Test("A program that fails is quarantined with its line")
    func failing() async throws {
        let reason = try #require(try await mapped("json", "{}", jq: "1 |\n error(\"no such thing\")").quarantine)
        #expect(reason.contains("x/receive.jq:2: "))
        #expect(reason.contains("no such thing"))
    }

    @Test("A contract's outputs are commands")
    func commands() async throws {
        let harness = try ConnectorHarness([
            "contract.yaml": """
            contract: 1
            id: x
            title: X
            receive: {verify: [{scheme: none}], ack: {status: 202, content_type: application/json, body: '{}'}}
            """,
            "receive.jq": #".[] | {kind: "reply", id: .n, ticket: "17", text: "Hi"}"#,
        ])
        let reception = await (try harness.connector([:])).receive(.post(#"[{"n":1},{"n":9007199254740993}]"#))
        guard case .mapped(.commands(let commands), let answer) = reception else {
            Issue.record("expected commands, got \(reception)")
            return
        }
        #expect(commands.map(\.id) == ["1", "9007199254740993"])
        #expect(answer == Answer(status: 202, contentType: "application/json", body: Array("{}".utf8)))
    }

    private static let signing = """
          verify: [{scheme: secret_path, value: "{settings.secret}"}]
          handshake:
            - {scheme: challenge_sign, when: {"query:c": present}, value: "query:c", hash: sha256,
               key: "{settings.secret}", encoding: CODE, body: BODY}
        """

    @Test(
        "A challenge is answered with its keyed digest",
        arguments: [
            (
                "abc", "base64", #"'{"response_token":"sha256={signature}"}'"#,
                #"{"response_token":"sha256=57gJGcUThbnobDNjxz+FzQFSIuTU65RQgtYdeyHrgkE="}"#
            ),
            (
                "890e4665-4dfe-4ab1-b689-ed553bceeed0", "hex", #"'{"challengeCode":"{value}","r":"{signature}"}'"#,
                #"{"challengeCode":"890e4665-4dfe-4ab1-b689-ed553bceeed0","#
                    + #""r":"63c7a919bedbaacb240b7f164b53ceec3659f89f076bdd25f84469154bedb6e8"}"#
            ),
        ])
    func sign(challenge: String, encoding: String, body: String, answer: String) async throws {
        let yaml = Self.signing.replacing("CODE", with: encoding).replacing("BODY", with: body)
        let connector = try ConnectorHarness(receive: yaml).connector(["secret": ["s3cr3t"]])
        guard case .answered(let given) = await connector.receive(Self.get("c=\(challenge)")) else {
            Issue.record("it was not answered")
            return
        }
        #expect(given == Answer(status: 200, contentType: "application/json", body: Array(answer.utf8)))
    }

    @Test("A challenge that would break out of the answer is refused, and so is one without a key")
    func refusedChallenge() async throws {
        let yaml = Self.signing.replacing("CODE", with: "hex").replacing("BODY", with: "'{value}'")
        let connector = try ConnectorHarness(receive: yaml).connector(["secret": ["s3cr3t"]])
        #expect(await connector.receive(Self.get("c=a%22b")).refusal == "query parameter c is no challenge")
        #expect(await connector.receive(Self.get("c=")).refusal == "query parameter c is no challenge")
    }

    @Test(
        "What could be the body of a request is not signed for a stranger",
        arguments: ["123", "-1", "1.5e3", "true", "null"])
    func notABody(challenge: String) async throws {
        let yaml = Self.signing.replacing("CODE", with: "hex").replacing("BODY", with: "'{signature}'")
        let connector = try ConnectorHarness(receive: yaml).connector(["secret": ["s3cr3t"]])
        #expect(await connector.receive(Self.get("c=\(challenge)")).refusal == "query parameter c is no challenge")
    }

    @Test(
        "A challenge to sign beside bodies that are forms is a mistake",
        arguments: ["form", "{format: form_json, field: p}"])
    func besideForms(decode: String) throws {
        let yaml = Self.signing.replacing("CODE", with: "hex").replacing("BODY", with: "x")
        let harness = try ConnectorHarness(receive: yaml + "\n  decode: \(decode)")
        #expect(
            harness.mistakes() == ["x/adapter.yaml:9:7: challenge_sign cannot stand beside bodies that are forms"])
    }

    private static func get(_ query: String) -> ReceivedRequest {
        ReceivedRequest(
            method: "GET", path: "/channels/desk", rawQuery: query, headers: [], body: [],
            receivedAt: ConnectorHarness.now)
    }

    @Test("jq out of samtal.yaml stands in place of the folder's program")
    func replaced() async throws {
        let harness = try ConnectorHarness(receive: "  verify: [{scheme: none}]", jq: "error")
        let connector = try Connector(
            folder: try ConnectorFolder.load(harness.path), settings: ["secret": ["s"]],
            machine: ConnectorHarness.machine, host: ConnectorHarness.host(),
            programs: ProgramTexts(receive: #"{kind: "typing", id: .i}"#),
            publicURL: "https://gw.example")
        #expect(await connector.receive(.post(#"{"i":"7"}"#)).events?.first?.id == "7")
    }
}
