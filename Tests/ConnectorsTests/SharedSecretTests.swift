import Connectors
import Model
import Testing

@Suite("Shared secrets, several blocks, and what jq sees")
struct SharedSecretTests {
    private func reception(
        _ verify: String, _ request: ReceivedRequest, secrets: [String]? = ["one", "two"], jq: String = "empty"
    ) async throws -> Reception {
        let harness = try ConnectorHarness(
            receive: "  verify: [\(verify)]", settings: "secret: {secret: true, optional: true, about: s}", jq: jq)
        return await (try harness.connector(secrets.map { ["secret": $0] } ?? [:])).receive(request)
    }

    private static func equals(_ from: String) -> String {
        "{scheme: equals, from: '\(from)', value: '{settings.secret}'}"
    }

    @Test("A secret in a header passes, with any value of the list")
    func header() async throws {
        let block = Self.equals("header:X-Token")
        #expect(try await reception(block, .post("{}", [HeaderField("X-Token", "one")])).events == [])
        #expect(try await reception(block, .post("{}", [HeaderField("X-Token", "two")])).events == [])
        let wrong = try await reception(block, .post("{}", [HeaderField("X-Token", "three")]))
        #expect(wrong.refusal == "header x-token does not match")
        #expect(try await reception(block, .post("{}")).refusal == "header x-token is missing")
    }

    @Test("A secret in the query, the bearer token, the basic credential and the body passes")
    func places() async throws {
        #expect(try await reception(Self.equals("query:t"), .post("{}", query: "a=1&t=on%65")).events == [])
        #expect(try await reception(Self.equals("query:t"), .post("{}", query: "t=one&t=one")).refusal != nil)
        let bearer = HeaderField("Authorization", "bearer  one")
        #expect(try await reception(Self.equals("bearer"), .post("{}", [bearer])).events == [])
        let basic = HeaderField("Authorization", "Basic dXNlcjpwYXNz")
        #expect(try await reception(Self.equals("basic"), .post("{}", [basic]), secrets: ["user:pass"]).events == [])
        let wrongScheme = try await reception(Self.equals("bearer"), .post("{}", [basic]), secrets: ["dXNlcjpwYXNz"])
        #expect(wrongScheme.refusal == "the bearer token is missing")
        #expect(try await reception(Self.equals("body:.a.b"), .post(#"{"a":{"b":"two"}}"#)).events == [])
        #expect(try await reception(Self.equals("body:.a.b"), .post(#"{"a":{"b":["two"]}}"#)).refusal != nil)
        #expect(try await reception(Self.equals("body:.a"), .post("{")).refusal == "the body is not json")
    }

    @Test("A secret at the end of the path passes")
    func path() async throws {
        let block = "{scheme: secret_path, value: '{settings.secret}'}"
        #expect(try await reception(block, .post("{}", secret: "one")).events == [])
        let wrong = try await reception(block, .post("{}", secret: "on"))
        #expect(wrong.refusal == "the secret of the path does not match")
        #expect(try await reception(block, .post("{}")).refusal == "the secret of the path is missing")
    }

    @Test("The address takes a secret wherever a block asks for one, also inside `all`")
    func pathInside() throws {
        let path = "{scheme: secret_path, value: '{settings.secret}'}"
        for (block, takes) in [
            (path, true), ("{scheme: all, of: [\(path), \(Self.equals("header:X-A"))]}", true),
            (Self.equals("header:X-A"), false),
        ] {
            let connector = try ConnectorHarness(receive: "  verify: [\(block)]").connector(["secret": ["one"]])
            #expect(connector.takesPathSecret == takes, "\(block)")
        }
    }

    @Test("A secret that is not set lets nobody in, not even with an empty value")
    func unset() async throws {
        let path = "{scheme: secret_path, value: '{settings.secret}'}"
        for block in [Self.equals("header:X-Token"), Self.equals("bearer"), path] {
            let request = ReceivedRequest.post(
                "{}", [HeaderField("X-Token", ""), HeaderField("Authorization", "Bearer ")], secret: "")
            let refusal = try await reception(block, request, secrets: nil).refusal
            #expect(refusal == "no secret is set that could be checked")
        }
    }

    @Test("A setting that is empty lets nobody in, though it is no secret")
    func emptySetting() async throws {
        let harness = try ConnectorHarness(
            receive: "  verify: [\(Self.equals("header:X-Token"))]", settings: "secret: {default: '', about: s}",
            jq: "empty")
        let reception = await (try harness.connector([:])).receive(.post("{}", [HeaderField("X-Token", "")]))
        #expect(reception.refusal == "no secret is set that could be checked")
    }

    @Test("Any block lets a request pass, and a refusal names them all")
    func anyBlock() async throws {
        let blocks = "\(Self.equals("header:X-A")), \(Self.equals("header:X-B"))"
        #expect(try await reception(blocks, .post("{}", [HeaderField("X-B", "one")])).events == [])
        let refusal = try await reception(blocks, .post("{}", [HeaderField("X-B", "no")])).refusal
        #expect(refusal == "header x-a is missing; header x-b does not match")
    }

    @Test("Anybody may post when the connector says so")
    func none() async throws {
        #expect(try await reception("{scheme: none}", .post("{}"), secrets: nil).events == [])
    }

    @Test("The status of a refusal is the connector's")
    func status() async throws {
        let harness = try ConnectorHarness(receive: "  verify: [\(Self.equals("bearer"))]\n  on_failure: 404")
        guard case .refused(404, _) = await (try harness.connector(["secret": ["s"]])).receive(.post("{}")) else {
            Issue.record("expected a refusal with 404")
            return
        }
    }

    @Test("Another method is refused with 405")
    func method() async throws {
        let harness = try ConnectorHarness(receive: "  verify: [{scheme: none}]")
        let request = ReceivedRequest(method: "GET", path: "/", headers: [], body: [], receivedAt: ConnectorHarness.now)
        guard case .refused(405, _) = await (try harness.connector(["secret": ["s"]])).receive(request) else {
            Issue.record("expected a refusal with 405")
            return
        }
    }

    @Test("jq sees the request without credentials and secrets")
    func visible() async throws {
        let jq = #"{kind: "notice", id: "1", fields: {req: $req, settings: $settings, now: $now}}"#
        let block = "\(Self.equals("query:t")), \(Self.equals("header:X-Token"))"
        let request = ReceivedRequest.post(
            "{}",
            [
                HeaderField("X-Token", "one"), HeaderField("Authorization", "Bearer one"), HeaderField("Cookie", "one"),
                HeaderField("X-Two", "1"), HeaderField("x-two", "2"),
            ], query: "t=one&a=1&a=2&b=%C3%A9", secret: "one")
        let event = try #require(try await reception(block, request, jq: jq).events?.first)
        #expect(
            event.fields?["req"] == [
                "method": "POST", "path": "/channels/desk", "query": ["a": ["1", "2"], "b": "é"],
                "headers": ["x-two": "1, 2"],
            ])
        #expect(event.fields?["settings"] == [:])
        #expect(event.fields?["now"] == "2023-11-14T22:13:20.000Z")
    }

    @Test("Settings are checked by name, presence and number, and no value is told")
    func settings() throws {
        let harness = try ConnectorHarness(
            receive: "  verify: [\(Self.equals("bearer"))]",
            settings: "secret: {secret: true, about: The secret}\n  plain: {default: d, about: p}")
        func problems(_ settings: [String: [String]]) -> String {
            do {
                _ = try harness.connector(settings)
                return ""
            } catch {
                return "\(error)"
            }
        }
        #expect(problems(["secret": ["s"]]) == "")
        #expect(problems([:]) == "settings.secret: is missing: The secret")
        #expect(problems(["secret": [""]]) == "settings.secret: is empty")
        #expect(problems(["secret": ["s"], "plain": ["a", "b"]]) == "settings.plain: only a secret may be a list")
        let unknown = problems(["secret": ["s"], "secert": ["hidden"]])
        #expect(unknown == "settings.secert: x has no such setting, did you mean \"secret\"?")
    }
}
