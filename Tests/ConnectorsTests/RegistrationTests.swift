import Connectors
import Model
import Testing
import Transports

@Suite("Registrations: how the other side learns where to call")
struct RegistrationTests {
    static func harness(renew: String = "", verify: String = "{scheme: secret_path, value: \"{settings.token}\"}")
        throws
        -> ConnectorHarness
    {
        try ConnectorHarness(
            send: "  headers: {X-Extra: \"{settings.extra}\"}",
            rest: """
                receive:
                  verify:
                    - \(verify)
                register:
                  - id: hook
                    request: '{path: "/hook", json: {url: {"$url": true}, deep: [{word: {"$secret": "token"}}]}}'
                    ok: .body.ok
                \(renew)
                """, jq: ".", extra: ["receive.jq": "."])
    }

    @Test("The address with its secret and the secret word go out, though no program sees them")
    func placeholders() async throws {
        let transport = ScriptedTransport([.answer(200, #"{"ok":true}"#)])
        let connector = try Self.harness().connector(["token": ["s e/c"]], through: transport)
        #expect(await connector.check().isEmpty)
        #expect(await connector.register("hook") == .made(until: nil))
        let request = try #require(transport.requests.first)
        #expect(request.url == "https://api.example.com/v1/hook")
        let body = try JSON(parsing: request.body)
        #expect(body["url"] == "https://gw.example/channels/desk/s%20e%2Fc")
        #expect(body["deep"] == [["word": "s e/c"]])
    }

    @Test("A registration is made once, and again when it would say something else")
    func once() async throws {
        let transport = ScriptedTransport([.answer(200, #"{"ok":true}"#), .answer(200, #"{"ok":true}"#)])
        let (harness, credentials) = (try Self.harness(), MemoryCredentials())
        let first = try harness.connector(["token": ["a"]], through: transport, credentials: credentials)
        #expect(await first.register("hook") == .made(until: nil))
        #expect(await first.register("hook") == .current(until: nil))
        let second = try harness.connector(["token": ["b"]], through: transport, credentials: credentials)
        #expect(await second.register("hook") == .made(until: nil))
        #expect(transport.requests.count == 2)
    }

    @Test("A registration that runs out is good until then")
    func renewed() async throws {
        let transport = ScriptedTransport([.answer(200, #"{"ok":true}"#)])
        let connector = try Self.harness(renew: "    renew: 12h").connector(["token": ["a"]], through: transport)
        let end = ConnectorHarness.now + .seconds(43_200)
        #expect(await connector.register("hook") == .made(until: end))
        #expect(await connector.register("hook") == .current(until: end))
    }

    @Test("What the other side refuses is a failure, is made again, and shows no secret")
    func refused() async throws {
        let transport = ScriptedTransport([
            .answer(200, #"{"ok":false,"why":"no abc"}"#), .answer(503, "abc"), .answer(200, #"{"ok":true}"#),
        ])
        let connector = try Self.harness().connector(["token": ["abc"]], through: transport)
        for outcome in [OutcomeClass.transient, .transient] {
            guard case .failed(let failure) = await connector.register("hook") else {
                Issue.record("it was made")
                return
            }
            #expect(failure.outcome == outcome)
            #expect(!failure.reason.contains("abc"))
        }
        #expect(await connector.register("hook") == .made(until: nil))
    }

    @Test("A secret that is not there, or has another name, is a mistake of the connector's")
    func unknownSecret() async throws {
        let harness = try ConnectorHarness(
            send: "  timeout: 5s",
            rest: """
                receive:
                  verify: [{scheme: none}]
                register:
                  - {id: hook, request: '{path: "/hook", form: {word: {"$secret": "nobody"}}}'}
                """, jq: ".", extra: ["receive.jq": "."])
        guard case .failed(let failure) = try await harness.connector(["token": ["abc"]]).register("hook") else {
            Issue.record("it was made")
            return
        }
        #expect(failure.outcome == .permanent)
        #expect(failure.reason.hasSuffix("register hook: .form.word: names a setting that has no value"))
    }

    @Test("Only a registration knows placeholders: what send.jq makes of them stays as it is")
    func onlyThere() async throws {
        let harness = try ConnectorHarness(send: "  timeout: 5s", jq: #"{path: "/", json: {a: {"$secret": "token"}}}"#)
        let transport = ScriptedTransport([.answer(200)])
        _ = try await harness.connector(["token": ["abc"]], through: transport).attempt(through: transport)
        #expect(
            transport.requests.first.map { String(decoding: $0.body, as: UTF8.self) } == #"{"a":{"$secret":"token"}}"#)
    }

    @Test("A registration without the half that is called, and two of one name, are named")
    func mistakes() throws {
        let harness = try ConnectorHarness(
            send: "  timeout: 5s", rest: "register:\n  - {id: a, request: .}\n  - {id: a, request: .}", jq: ".")
        let found = harness.mistakes()
        #expect(found.contains { $0.hasSuffix("\"register\" needs \"receive\", which does not stand here") })
        #expect(found.contains { $0.hasSuffix("two registrations are called \"a\"") })
    }
}
