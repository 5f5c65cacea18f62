import Model
import Signing
import Synchronization
import Testing
import Transports

@testable import Connectors

@Suite("Tokens that are fetched")
struct TokenTests {
    private func harness(
        _ auth: String, base: String = "https://api.example.com", jq: String = #"{path: "/x", json: {}}"#
    ) throws -> ConnectorHarness {
        try ConnectorHarness([
            "adapter.yaml": """
            adapter: 1
            id: x
            title: X
            settings:
              token: {secret: true, about: t}
            auth:
              api:
            \(auth)
            send:
              base_url: "\(base)"
              auth: api
            errors:
              - {when: .status == 400 and .body.error == "Expired", class: auth_refresh}
            """,
            "send.jq": jq,
        ])
    }

    private static func oauth(_ grant: String, _ rest: String = "") -> String {
        """
            scheme: oauth2
            grant: \(grant)
            token_url: https://login.example.com/token
            client_id: me
            client_secret: "{settings.token}"
        \(rest)
        """
    }

    private static let fresh = HTTPOutcome.answer(200, #"{"access_token":"tok1","expires_in":3600}"#)
    private static let expired = HTTPOutcome.answer(400, #"{"error":"Expired"}"#)

    private func header(_ request: HTTPRequest) -> String? {
        request.headers.first { $0.name == "authorization" }?.value
    }

    @Test(
        "Each grant asks in its own words",
        arguments: [
            (
                "client_credentials", "    scope: a b",
                "grant_type=client_credentials&client_id=me&client_secret=s&scope=a+b"
            ),
            (
                "refresh_token", "    refresh_token: r0",
                "grant_type=refresh_token&client_id=me&client_secret=s&refresh_token=r0"
            ),
            (
                "password", "    username: u\n    password: p",
                "grant_type=password&client_id=me&client_secret=s&username=u&password=p"
            ),
        ])
    func grants(grant: String, rest: String, body: String) async throws {
        let transport = ScriptedTransport([Self.fresh, .answer(200)])
        let connector = try harness(Self.oauth(grant, rest)).connector(["token": ["s"]], through: transport)
        let result = await connector.attempt(through: transport)
        #expect(result.outcome == .ok, "\(result)")
        let first = try #require(transport.requests.first)
        #expect(first.url == "https://login.example.com/token")
        #expect(String(decoding: first.body, as: UTF8.self) == body)
        #expect(transport.requests.last.flatMap(header) == "Bearer tok1")
    }

    @Test("What another node renewed is used: of two that share what is saved one asks, and a stale one asks nobody")
    func nodes() async throws {
        let saved = MemoryCredentials()
        let transport = ScriptedTransport([
            Self.fresh, .answer(200), .answer(200), Self.expired,
            .answer(200, #"{"access_token":"tok2","expires_in":3600}"#), .answer(200), Self.expired, .answer(200),
        ])
        let folder = try harness(Self.oauth("client_credentials"))
        let (one, two) = (
            try folder.connector(["token": ["s"]], through: transport, credentials: saved),
            try folder.connector(["token": ["s"]], through: transport, credentials: saved)
        )
        for connector in [one, two, one, two] {
            #expect(await connector.attempt(through: transport).outcome == .ok)
        }
        let tokens = transport.requests.filter { $0.url.hasPrefix("https://login") }
        #expect(tokens.count == 2)
        #expect(
            transport.requests.compactMap(header) == [
                "Bearer tok1", "Bearer tok1", "Bearer tok1", "Bearer tok2", "Bearer tok1", "Bearer tok2",
            ])
    }

    private static let renewed = """
            scheme: session
            first: "{settings.token}"
            refresh: {method: GET, url: "https://api.example.com/renew?of={auth.api.refresh}"}
            token: .access_token
            refresh_token: .access_token
            expires: 30d
        """

    @Test("A token that IT gave is used at first, renewed before it ends, and the new one kept")
    func first() async throws {
        let credentials = MemoryCredentials()
        let clock = Mutex(ConnectorHarness.now)
        let transport = ScriptedTransport([
            .answer(200), .answer(200, #"{"access_token":"tok2"}"#), .answer(200), .answer(200),
        ])
        func connector() throws -> Connector {
            try harness(Self.renewed).connector(
                ["token": ["tok1"]], through: transport, credentials: credentials,
                clock: WallClock { clock.withLock { $0 } })
        }
        let before = try connector()
        _ = await before.attempt(through: transport)
        clock.withLock { $0 = $0 + .seconds(30 * 86_400) }
        _ = await before.attempt(through: transport)
        #expect(
            transport.requests.map(\.url) == [
                "https://api.example.com/x", "https://api.example.com/renew?of=tok1", "https://api.example.com/x",
            ])
        #expect(transport.requests.compactMap(header) == ["Bearer tok1", "Bearer tok2"])
        #expect(transport.requests[1].redactedURL.contains("tok1") == false)
        _ = try await connector().attempt(through: transport)
        #expect(transport.requests.last.flatMap(header) == "Bearer tok2")
    }

    @Test("A token that cannot be renewed any more is an auth failure until IT gives another one")
    func firstEnded() async throws {
        let credentials = MemoryCredentials()
        let transport = ScriptedTransport([Self.expired, .answer(400), .answer(200)])
        let connector = try harness(Self.renewed).connector(
            ["token": ["tok1"]], through: transport, credentials: credentials)
        let ended = await connector.attempt(through: transport)
        #expect(ended.outcome == .auth)
        #expect(ended.reason?.contains("give another one") == true, "\(ended.reason ?? "")")
        let mended = try harness(Self.renewed).connector(
            ["token": ["tok9"]], through: transport, credentials: credentials)
        #expect(await mended.attempt(through: transport).outcome == .ok)
        #expect(transport.requests.last.flatMap(header) == "Bearer tok9")
    }

    @Test("A session begins with a login or with a token, and a token needs what renews it")
    func firstMistakes() throws {
        let both = Self.renewed + "\n    login: {url: \"https://api.example.com/login\"}"
        #expect(try harness(both).mistakes().first?.contains("either \"login\" or \"first\"") == true)
        let endless = Self.renewed.replacing("    expires: 30d", with: "")
        #expect(try harness(endless).mistakes().first?.contains("\"expires\" is missing") == true)
    }

    @Test("A refresh token that replaces another one is saved, and used from then on")
    func rotation() async throws {
        let credentials = MemoryCredentials()
        let answer = HTTPOutcome.answer(200, #"{"access_token":"t1","refresh_token":"r1","expires_in":10}"#)
        let transport = ScriptedTransport([answer, .answer(200), answer, answer])
        let connector = try harness(Self.oauth("refresh_token", "    refresh_token: r0")).connector(
            ["token": ["s"]], through: transport, credentials: credentials)
        for _ in 0..<2 { _ = await connector.attempt(through: transport) }
        #expect(await credentials.credential("api")?["refresh"] == "r1")
        let bodies = transport.requests.map { String(decoding: $0.body, as: UTF8.self) }
        #expect(bodies.contains { $0.hasSuffix("refresh_token=r0") })
        #expect(bodies.contains { $0.hasSuffix("refresh_token=r1") })
    }

    @Test("Ten requests at one time fetch one token")
    func singleFlight() async throws {
        let transport = ScriptedTransport([Self.fresh] + Array(repeating: .answer(200), count: 10))
        let connector = try harness(Self.oauth("client_credentials")).connector(["token": ["s"]], through: transport)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<10 { group.addTask { _ = await connector.attempt(through: transport) } }
        }
        #expect(transport.requests.count == 11)
        #expect(transport.requests.count { $0.url.hasSuffix("/token") } == 1)
    }

    @Test("A stale token is replaced once and the request repeated once")
    func refresh() async throws {
        let second = HTTPOutcome.answer(200, #"{"access_token":"tok2"}"#)
        let transport = ScriptedTransport([Self.fresh, Self.expired, second, .answer(200)])
        let connector = try harness(Self.oauth("client_credentials")).connector(["token": ["s"]], through: transport)
        #expect(await connector.attempt(through: transport).outcome == .ok)
        #expect(transport.requests.compactMap(header) == ["Bearer tok1", "Bearer tok2"])
        let again = ScriptedTransport([Self.fresh, Self.expired, second, Self.expired])
        let other = try harness(Self.oauth("client_credentials")).connector(["token": ["s"]], through: again)
        #expect(await other.attempt(through: again).outcome == .auth)
        #expect(again.requests.count == 4)
    }

    @Test("A refused token is for a person to mend, a broken token endpoint passes")
    func refused() async throws {
        for (answer, outcome) in [
            (HTTPOutcome.answer(400, #"{"error":"invalid_grant"}"#), OutcomeClass.auth), (.answer(401), .auth),
            (.answer(503), .transient), (.lost(.timeout, sent: true), .transient),
        ] {
            let transport = ScriptedTransport([answer])
            let connector = try harness(Self.oauth("client_credentials")).connector(
                ["token": ["s3cret"]], through: transport)
            let result = await connector.attempt(through: transport)
            #expect(result.outcome == outcome)
            #expect(result.reason?.contains("s3cret") == false)
        }
    }

    @Test("A session tells base_url and .session, and its tokens stand in no excerpt")
    func session() async throws {
        let auth = """
                scheme: session
                login: {url: "https://login.example.com/in", json: {who: [me, "{settings.token}"], n: 1}}
                refresh: {url: "{auth.api.url}/again", headers: {Authorization: "Bearer {auth.api.refresh}"}}
                token: .access
                refresh_token: .refresh
                expires: 2h
                keep: {url: .url, did: .did}
            """
        let harness = try harness(
            auth, base: "{auth.api.url}/v1", jq: #"{path: "/x", json: .session, auth: "api"}"#)
        let login = HTTPOutcome.answer(
            200, #"{"access":"AAAA","refresh":"RRRR","did":"d1","url":"https://pod.example.com"}"#)
        let second = HTTPOutcome.answer(200, #"{"access":"BBBB","refresh":"QQQQ"}"#)
        let transport = ScriptedTransport([login, Self.expired, second, .answer(500, "no AAAA, BBBB or QQQQ")])
        let connector = try harness.connector(["token": ["s"]], through: transport)
        let result = await connector.attempt(through: transport)
        #expect(result.outcome == .transient)
        let requests = transport.requests
        #expect(
            requests.map(\.url) == [
                "https://login.example.com/in", "https://pod.example.com/v1/x", "https://pod.example.com/again",
                "https://pod.example.com/v1/x",
            ])
        #expect(String(decoding: requests[0].body, as: UTF8.self) == #"{"n":1,"who":["me","s"]}"#)
        #expect(
            String(decoding: requests[1].body, as: UTF8.self)
                == #"{"api":{"did":"d1","url":"https://pod.example.com"}}"#)
        #expect(requests.dropFirst().compactMap(header) == ["Bearer AAAA", "Bearer RRRR", "Bearer BBBB"])
        for secret in ["AAAA", "BBBB", "QQQQ"] { #expect(result.reason?.contains(secret) == false) }
    }

    private static let assertion =
        "assertion: {algorithm: HS256, key: \"{settings.token}\", kid: k1, ttl: 3m, "
        + "claims: {iss: me, sub: \"{settings.token}\"}}"

    /// What a form holds.
    private func form(_ request: HTTPRequest) -> [String: String] {
        Dictionary(FormBody.pairs(lenient: String(decoding: request.body, as: UTF8.self)).map { ($0.name, $0.value) }) {
            $1
        }
    }

    private func check(_ token: String?, lasts seconds: Int64) throws {
        let token = try #require(token.flatMap { JWS(compact: $0) })
        #expect(token.isSigned(secret: Array("s3cret".utf8)))
        #expect(token.keyID == "k1")
        let now = ConnectorHarness.now.milliseconds / 1000
        #expect(
            token.payload == [
                "iss": "me", "sub": "s3cret", "iat": .integer(now), "exp": .integer(now + seconds),
            ])
    }

    @Test("A jwt_bearer shows a token of its own; so does a client that has a key in place of a secret")
    func assertions() async throws {
        let bearer = ScriptedTransport([Self.fresh, .answer(200)])
        _ = await try harness(
            "    scheme: oauth2\n    grant: jwt_bearer\n    client: none\n"
                + "    token_url: https://login.example.com/token\n    \(Self.assertion)"
        ).connector(["token": ["s3cret"]], through: bearer).attempt(through: bearer)
        let asked = form(try #require(bearer.requests.first))
        #expect(asked["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer")
        #expect(asked.count == 2)
        try check(asked["assertion"], lasts: 180)
        let client = ScriptedTransport([Self.fresh, .answer(200)])
        _ = await try harness(
            "    scheme: oauth2\n    grant: client_credentials\n    client: assertion\n    client_id: me\n"
                + "    token_url: https://login.example.com/token\n    \(Self.assertion)"
        ).connector(["token": ["s3cret"]], through: client).attempt(through: client)
        let shown = form(try #require(client.requests.first))
        #expect(shown["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
        #expect(shown["client_id"] == "me")
        try check(shown["client_assertion"], lasts: 180)
        #expect(try harness(Self.oauth("client_credentials", "    client: assertion")).mistakes().count == 1)
    }

    @Test("A token of our own is made anew for each request")
    func ownToken() async throws {
        let own = Self.assertion.dropFirst("assertion: {".count).dropLast()
        let transport = ScriptedTransport([.answer(200)])
        _ = await try harness("    {scheme: self_jwt, \(own)}").connector(
            ["token": ["s3cret"]], through: transport
        ).attempt(through: transport)
        let header = try #require(transport.requests.first.flatMap(header))
        #expect(header.hasPrefix("Bearer "))
        try check(String(header.dropFirst("Bearer ".count)), lasts: 180)
    }

    @Test("A digest that proves a credential stands beside it in the query, and cannot be the credential itself")
    func derived() async throws {
        let auth = """
                scheme: header
                name: X-Key
                value: k1
              proof:
                scheme: derived_param
                in: query
                name: proof
                key: "{settings.token}"
                over: k1
                with: api
            """
        let transport = ScriptedTransport([.answer(200)])
        let connector = try harness(auth).connector(["token": ["Jefe"]], through: transport)
        _ = await connector.attempt(through: transport)
        // printf k1 | openssl dgst -sha256 -hmac Jefe
        #expect(
            transport.requests.first?.url == "https://api.example.com/x?proof="
                + "2e17869bfc735bd127b8e8a852dd90d9ca0ce6d138011ce0936b022237455f2c")
        let wrong = try ConnectorHarness(
            send: "  auth: proof",
            rest: "auth:\n  api: {scheme: bearer, value: k}\n  proof: {scheme: derived_param, in: query, name: p, "
                + "key: \"{settings.token}\", over: k, with: api}", jq: ".")
        #expect(wrong.mistakes().contains { $0.hasSuffix("\"proof\" stands beside \"api\": write \"auth: api\"") })
    }

    @Test("Mistakes in auths are named by place")
    func mistakes() throws {
        let found = try harness(Self.oauth("password", "    keep: {url: .url}"), base: "{auth.api.ulr}").mistakes()
        #expect(found.contains { $0.contains("\"username\" is missing") })
        #expect(found.contains { $0.contains("the auth \"api\" keeps no \"ulr\", did you mean \"url\"?") })
    }
}
