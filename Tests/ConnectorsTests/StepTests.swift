import Connectors
import Model
import Testing
import Transports

@testable import Connectors

@Suite("Deliveries of several requests")
struct StepTests {
    /// A CRM without idempotency keys: look, then make, then add the files.
    private static let steps = """
          steps:
            - {id: found, save: ".body.items[0].id", retry_from: found}
            - {id: created, if_lost: found, save: .body.id}
            - {id: files, each: ".files[]?", save: .body.file, repeatable: true}
            - {id: closed, retry_from: found}
          result: {ticket: 'if .step == "created" then .body.id else .steps.found // .steps.created end'}
        """
    private static let program = """
        if .step == "found" then {method: "GET", path: "/search", query: {q: .event.id}}
        elif .step == "created" then
          (if .steps.found != null then empty else {path: "/tickets", json: {t: .event.id}} end)
        elif .step == "files" then
          {path: "/files/\\(.item.name)", json: {ticket: (.steps.found // .steps.created)}}
        else (if .close then {method: "PUT", path: "/close", json: {}} else empty end) end
        """

    private func connector(
        _ send: String = steps, jq: String = program, rest: String = "", through transport: ScriptedTransport
    ) throws -> Connector {
        try ConnectorHarness(
            send: "  events: [\"*\"]\n" + send, rest: rest, jq: jq, side: .contract
        ).connector(["token": ["t"]], through: transport)
    }

    private static let job: JSON = ["event": ["id": "e1"], "files": [["name": "a"], ["name": "b"]]]

    @Test("Each step is rendered from what the earlier ones saved")
    func inOrder() async throws {
        let transport = ScriptedTransport([
            .answer(200, #"{"items":[]}"#), .answer(201, #"{"id":"7"}"#), .answer(200, #"{"file":"fa"}"#),
            .answer(200, #"{"file":"fb"}"#),
        ])
        let result = await (try connector(through: transport)).attempt(Self.job, through: transport)
        #expect(result.outcome == .ok)
        #expect(result.done == 4)
        #expect(result.ticket?.externalID == "7")
        #expect(result.saved?["steps"] == ["found": nil, "created": "7", "files": ["fa", "fb"], "closed": nil])
        #expect(
            transport.requests.map { "\($0.method) \($0.url)" } == [
                "GET https://api.example.com/v1/search?q=e1", "POST https://api.example.com/v1/tickets",
                "POST https://api.example.com/v1/files/a", "POST https://api.example.com/v1/files/b",
            ])
    }

    @Test("What the search finds is not made again")
    func found() async throws {
        let transport = ScriptedTransport([.answer(200, #"{"items":[{"id":"7"}]}"#)])
        let result = await (try connector(through: transport)).attempt(["event": ["id": "e1"]], through: transport)
        #expect(result.outcome == .ok)
        #expect(result.ticket?.externalID == "7")
        #expect(transport.requests.count == 1)
    }

    @Test("The next attempt goes on at the element that failed, with what was saved")
    func goesOn() async throws {
        let transport = ScriptedTransport([
            .answer(200, #"{"items":[{"id":"7"}]}"#), .answer(200, #"{"file":"fa"}"#), .answer(503),
            .answer(200, #"{"file":"fb"}"#),
        ])
        let connector = try connector(through: transport)
        let first = await connector.attempt(Self.job, through: transport)
        #expect(first.outcome == .transient)
        #expect(first.done == 2)
        let second = await connector.attempt(Self.job, done: first.done, saved: first.saved, through: transport)
        #expect(second.outcome == .ok)
        #expect(second.saved?["steps"]["files"] == ["fa", "fb"])
        #expect(transport.requests.count == 4)
    }

    @Test("A lost answer begins again at the step that finds out what happened")
    func lost() async throws {
        let transport = ScriptedTransport([
            .answer(200, #"{"items":[]}"#), .lost(.timeout, sent: true), .answer(200, #"{"items":[{"id":"7"}]}"#),
        ])
        let connector = try connector(through: transport)
        let first = await connector.attempt(["event": ["id": "e1"]], through: transport)
        #expect(first.outcome == .transient)
        #expect(first.done == 0)
        let second = await connector.attempt(
            ["event": ["id": "e1"]], done: first.done, saved: first.saved, through: transport)
        #expect(second.outcome == .ok)
        #expect(transport.requests.map(\.method) == ["GET", "POST", "GET"])
    }

    @Test("A lost answer of a step that nobody can look for waits for a person")
    func unknown() async throws {
        let transport = ScriptedTransport([.lost(.reset, sent: true)])
        let connector = try connector("  steps: [{id: made}]", jq: "{path: \"/x\", json: {}}", through: transport)
        #expect(await connector.attempt(through: transport).outcome == .unknownOutcome)
    }

    @Test("After samtal ended during an attempt the steps begin again where they can find out, else a person decides")
    func interrupted() async throws {
        let transport = ScriptedTransport([.answer(200, #"{"items":[{"id":"7"}]}"#)])
        let looks = try connector(through: transport)
        let result = await looks.attempt(
            ["event": ["id": "e1"]], done: 1, saved: ["steps": ["found": nil]], state: .sending, through: transport)
        #expect(result.outcome == .ok)
        #expect(transport.requests.map(\.method) == ["GET"])
        let blind = try connector("  steps: [{id: made}]", jq: "{path: \"/x\", json: {}}", through: transport)
        #expect(await blind.attempt(state: .sending, through: transport).outcome == .unknownOutcome)
        #expect(transport.requests.count == 1)
    }

    @Test("A step that was too fast is made again itself; one that failed goes back where it says")
    func tooFast() async throws {
        let job: JSON = ["event": ["id": "e1"], "close": true]
        let found = HTTPOutcome.answer(200, #"{"items":[{"id":"7"}]}"#)
        for (status, done) in [(429, 3), (503, 0)] {
            let rules = "errors: [{when: .status == 429, class: throttled}]"
            let transport = ScriptedTransport([found, .answer(status)])
            let result = await (try connector(rest: rules, through: transport)).attempt(job, through: transport)
            #expect(result.outcome == (status == 429 ? .throttled : .transient))
            #expect(result.done == done)
        }
    }

    @Test("A rule sends the next attempt back to the step whose result went stale")
    func againFrom() async throws {
        let transport = ScriptedTransport([.answer(200, #"{"tag":"1"}"#), .answer(412)])
        let connector = try connector(
            "  steps: [{id: read, save: .body.tag}, {id: write, repeatable: true}]",
            jq:
                #"{method: (if .step == "read" then "GET" else "PATCH" end), path: "/x"}"#,
            rest: "errors: [{when: .status == 412, class: transient, again_from: read}]", through: transport)
        let result = await connector.attempt(through: transport)
        #expect(result.outcome == .transient)
        #expect(result.done == 0)
        #expect(result.saved == nil)
    }

    @Test("What is not ready yet is asked again later")
    func until() async throws {
        let transport = ScriptedTransport([.answer(202, #"{"state":"busy"}"#), .answer(200, #"{"state":"done"}"#)])
        let connector = try connector(
            #"  steps: [{id: ready, until: '.body.state == "done"', every: 3s}]"#, jq: #"{method: "GET", path: "/s"}"#,
            through: transport)
        let first = await connector.attempt(through: transport)
        #expect(first.outcome == .throttled)
        #expect(first.wait == .seconds(3))
        #expect(await connector.attempt(done: first.done, saved: first.saved, through: transport).outcome == .ok)
    }

    @Test("A stale token is replaced once, and the step goes on; taken no better, the account is refused")
    func staleToken() async throws {
        let grant = """
            auth:
              app: {scheme: oauth2, grant: client_credentials, token_url: "https://api.example.com/token",
                    client_id: me, client_secret: "{settings.token}"}
            errors: [{when: .status == 401, class: auth_refresh}]
            """
        let program = #"{method: "GET", path: "/\(.step)"}"#
        let good = ScriptedTransport([
            .answer(200, #"{"access_token":"a"}"#), .answer(401), .answer(200, #"{"access_token":"b"}"#), .answer(200),
            .answer(200),
        ])
        let steps = "  auth: app\n  steps: [{id: one}, {id: two}]"
        let connector = try connector(steps, jq: program, rest: grant, through: good)
        let result = await connector.attempt(through: good)
        #expect(result.outcome == .ok)
        #expect(result.done == 2)
        #expect(good.requests.last?.headers.contains(HeaderField("authorization", "Bearer b")) == true)
        let bad = ScriptedTransport([
            .answer(200, #"{"access_token":"a"}"#), .answer(401), .answer(200, #"{"access_token":"b"}"#), .answer(401),
        ])
        let refused = try self.connector(steps, jq: program, rest: grant, through: bad)
        #expect(await refused.attempt(through: bad).outcome == .auth)
    }

    @Test("A step's own rule says whether it is done")
    func ownRule() async throws {
        let transport = ScriptedTransport([.answer(404, "{}")])
        let connector = try connector(
            "  steps: [{id: found, ok: .status == 200 or .status == 404}]", jq: #"{method: "GET", path: "/s"}"#,
            through: transport)
        #expect(await connector.attempt(through: transport).outcome == .ok)
    }

    @Test("Steps, rules and look-ups that name what is not there are mistakes with their places")
    func unknownNames() throws {
        let harness = try ConnectorHarness(
            send: """
                  steps: [{id: found}, {id: made, if_lost: foud}, {id: found}]
                  calls: [{call: nobody, with: .}]
                """,
            rest: "errors: [{when: 'true', class: transient, again_from: fund}]", jq: ".")
        #expect(
            harness.mistakes() == [
                "x/adapter.yaml:9:44: no step up to here is called \"foud\", did you mean \"found\"?",
                "x/adapter.yaml:9:56: a second step is called \"found\"",
                "x/adapter.yaml:10:18: no call is called \"nobody\"",
                "x/adapter.yaml:11:55: no step is called \"fund\", did you mean \"found\"?",
            ])
    }
}

@Suite("Fallbacks")
struct FallbackTests {
    private static let program = #"{path: "/\(.action)", json: {}}"#
    private static let rules = """
        errors:
          - {when: .status == 410, class: window_closed}
        """

    private func connector(through transport: ScriptedTransport) throws -> Connector {
        try ConnectorHarness(send: "  fallback: {window_closed: push}", rest: Self.rules, jq: Self.program)
            .connector(["token": ["t"]], through: transport)
    }

    @Test("An attempt that ends in a class with a fallback is made again with its action")
    func fallsBack() async throws {
        let transport = ScriptedTransport([.answer(410), .answer(200)])
        let result = await (try connector(through: transport)).attempt(["action": "reply"], through: transport)
        #expect(result.outcome == .ok)
        #expect(result.exchanges.count == 2)
        #expect(transport.requests.map(\.url).last == "https://api.example.com/v1/push")
    }

    @Test("The next attempt begins with the action that was fallen back to")
    func remembers() async throws {
        let transport = ScriptedTransport([.answer(410), .answer(503), .answer(200)])
        let connector = try connector(through: transport)
        let first = await connector.attempt(["action": "reply"], through: transport)
        #expect(first.outcome == .transient)
        let second = await connector.attempt(
            ["action": "reply"], done: first.done, saved: first.saved, through: transport)
        #expect(second.outcome == .ok)
        #expect(transport.requests.count == 3)
        #expect(transport.requests.last?.url == "https://api.example.com/v1/push")
    }

    @Test("Every attempt with a fallback's action bears the same key, and the action is remembered to the end")
    func sameKey() async throws {
        let transport = ScriptedTransport([.answer(410), .answer(503), .answer(503), .answer(200)])
        let connector = try ConnectorHarness(
            send: "  fallback: {window_closed: push}\n  idempotency: {header: X-Key}", rest: Self.rules,
            jq: Self.program
        ).connector(["token": ["t"]], through: transport)
        var last = await connector.attempt(["action": "reply"], through: transport)
        for _ in 0..<2 {
            last = await connector.attempt(
                ["action": "reply"], done: last.done, saved: last.saved, through: transport)
        }
        #expect(last.outcome == .ok)
        let keys = transport.requests.map { request in request.headers.first { $0.name == "x-key" }?.value }
        #expect(keys == ["dlv_1", "dlv_1-push", "dlv_1-push", "dlv_1-push"])
        #expect(transport.requests.dropFirst().allSatisfy { $0.url == "https://api.example.com/v1/push" })
    }

    @Test("A fallback falls back no further")
    func once() async throws {
        let transport = ScriptedTransport([.answer(410), .answer(410)])
        let result = await (try connector(through: transport)).attempt(["action": "reply"], through: transport)
        #expect(result.outcome == .windowClosed)
        #expect(transport.requests.count == 2)
    }
}
