import Model
import Signing
import Synchronization
import Testing
import Transports

@testable import Connectors

@Suite("Tokens signed with keys that their issuer publishes")
struct PublishedKeyTests {
    private static let block = """
        {scheme: jwt_jwks, from: bearer, discovery: 'https://login.example.com/openid', \
        key_hosts: ['keys.example.com'], algorithms: [RS256, ES256], issuer: ['https://issuer.example.com'], \
        audience: '{settings.secret}', claims: {serviceurl: 'body:.url'}, \
        key_rule: {property: endorsements, contains: 'body:.channel'}}
        """
    private static let body = #"{"url":"https://net.example.com/","channel":"chat"}"#
    static let claims: JSON = [
        "iss": "https://issuer.example.com", "aud": "app", "exp": 1_700_003_600, "nbf": 1_699_999_000,
        "serviceurl": "https://net.example.com/",
    ]
    private static let key = TestSigners.rsaKey.adding(["endorsements": ["mail", "chat"]])
    private static let discovery = HTTPOutcome.answer(200, #"{"jwks_uri":"https://keys.example.com/keys?v=1"}"#)

    private static func keys(_ keys: JSON...) -> HTTPOutcome {
        .answer(200, (["keys": .array(keys)] as JSON).text)
    }

    private static func bearer(_ token: String) -> [HeaderField] { [HeaderField("authorization", "Bearer \(token)")] }

    private func connector(
        _ block: String = block, through transport: any HTTPTransport, clock: WallClock = ConnectorHarness.clock
    ) throws -> Connector {
        let harness = try ConnectorHarness(receive: "  verify: [\(block)]", jq: "empty")
        return try harness.connector(["secret": ["app"]], through: transport, clock: clock)
    }

    /// What becomes of one request when the issuer answers like this.
    private func reception(
        _ token: String, _ answers: [HTTPOutcome] = [discovery, keys(key)], body: String = body
    ) async throws -> Reception {
        await (try connector(through: ScriptedTransport(answers))).receive(.post(body, Self.bearer(token)))
    }

    @Test("A token passes by the key that the issuer publishes, which is asked for once")
    func passes() async throws {
        let transport = ScriptedTransport([Self.discovery, Self.keys(TestSigners.ecKey, Self.key)])
        let connector = try connector(through: transport)
        let request = ReceivedRequest.post(Self.body, Self.bearer(try TestSigners.token(Self.claims)))
        #expect(await connector.receive(request).events == [])
        #expect(await connector.receive(request).events == [])
        #expect(
            transport.requests.map(\.url) == ["https://login.example.com/openid", "https://keys.example.com/keys?v=1"])
        #expect(transport.requests.allSatisfy { $0.method == "GET" && $0.body.isEmpty })
    }

    @Test("A token passes by a key on a curve, and by the address of the keys itself")
    func curve() async throws {
        let block = """
            {scheme: jwt_jwks, from: 'header:X-Token', jwks: 'https://keys.example.com/keys', algorithms: [ES256], \
            issuer: ['https://issuer.example.com'], audience: '{settings.secret}'}
            """
        let transport = ScriptedTransport([Self.keys(Self.key, TestSigners.ecKey)])
        let token = try TestSigners.token(Self.claims, .es256, key: TestSigners.ec, named: "e1")
        let connector = try connector(block, through: transport)
        #expect(await connector.receive(.post("{}", [HeaderField("x-token", token)])).events == [])
        let other = try TestSigners.token(Self.claims)
        #expect(
            await connector.receive(.post("{}", [HeaderField("x-token", other)])).refusal
                == "the token's algorithm is not taken")
    }

    @Test(
        "A token that cannot pass is refused, and makes us ask nobody",
        arguments: [
            (["aud": "other"], "the token is for another audience"),
            (["aud": .null], "the token is for another audience"),
            (["iss": "https://x.example.com"], "the token's issuer is another"),
            (["exp": 1_699_999_699], "the token has expired"), (["exp": .null], "the token tells no time"),
            (["nbf": 1_700_000_301], "the token is not valid yet"),
            (["iat": 1_700_000_301], "the token is from the future"),
            (["serviceurl": "https://evil.example.com/"], "the token's claim serviceurl does not match"),
            (["serviceurl": .null], "the token's claim serviceurl does not match"),
        ] as [([String: JSON], String)])
    func hopeless(change: [String: JSON], reason: String) async throws {
        let transport = ScriptedTransport([])
        let token = try TestSigners.token(Self.claims.adding(change))
        let reception = await (try connector(through: transport)).receive(.post(Self.body, Self.bearer(token)))
        #expect(reception.refusal == reason)
        #expect(transport.requests.isEmpty)
    }

    @Test("A token signed with another key under the published name is refused")
    func otherKey() async throws {
        let token = try TestSigners.token(Self.claims, key: TestSigners.stranger)
        #expect(try await reception(token).refusal == "the token's signature does not match")
    }

    @Test("A token is refused when its text was changed, cut short, or stands there twice")
    func broken() async throws {
        let token = try TestSigners.token(Self.claims)
        let pieces = token.split(separator: ".").map(String.init)
        let claims = BinaryText.base64url.encode(Self.claims.adding(["name": "x"]).bytes)
        #expect(
            try await reception("\(pieces[0]).\(claims).\(pieces[2])").refusal == "the token's signature does not match"
        )
        let tampered = try #require(pieces.last).hasPrefix("A") ? "B" : "A"
        let other = "\(pieces[0]).\(pieces[1]).\(tampered)\(pieces[2].dropFirst())"
        #expect(try await reception(other).refusal == "the token's signature does not match")
        #expect(try await reception(String(token.dropLast(4))).refusal != nil)
        for no in ["\(pieces[0]).\(pieces[1]).", "\(pieces[0]).\(pieces[1])", "x", ""] {
            #expect(try await reception(no).refusal != nil)
        }
        let connector = try connector(through: ScriptedTransport([]))
        #expect(await connector.receive(.post(Self.body)).refusal == "the bearer token is missing")
        let twice = Self.bearer(token) + Self.bearer(token)
        #expect(await connector.receive(.post(Self.body, twice)).refusal == "the bearer token is given twice")
    }

    @Test("No algorithm, and a secret made of the public key, are refused whatever the token says")
    func confusion() async throws {
        let none = [#"{"alg":"none","kid":"k1"}"#, Self.claims.text].map { BinaryText.base64url.encode(Array($0.utf8)) }
        #expect(try await reception(none.joined(separator: ".") + ".").refusal == "the token's algorithm is not taken")
        for secret in [TestSigners.modulus, Self.key.text, TestSigners.certificate] {
            let token = try TestSigners.token(Self.claims, .hs256, key: secret)
            #expect(try await reception(token).refusal == "the token's algorithm is not taken")
        }
        let curve = try TestSigners.token(Self.claims, .es256, key: TestSigners.ec)
        #expect(try await reception(curve).refusal == "the token's signature does not match")
    }

    @Test("A token that names no key, or one that is not published, is refused")
    func unknownKey() async throws {
        let nameless = try TestSigners.token(Self.claims, named: nil)
        #expect(try await reception(nameless).refusal == "the token names no key")
        let unknown = try TestSigners.token(Self.claims, named: "k2")
        #expect(try await reception(unknown).refusal == "the token is signed with a key that is not published")
    }

    @Test(
        "A published key that is for something else is not used",
        arguments: [
            (["use": "enc"], "the token is signed with a key that is not published"),
            (["alg": "RS512"], "the token is signed with a key that is not published"),
            (["endorsements": ["mail"]], "the token's key does not stand for body member .channel"),
            (["endorsements": "chat"], "the token's key does not stand for body member .channel"),
            (["endorsements": .null], "the token's key does not stand for body member .channel"),
        ] as [([String: JSON], String)])
    func otherUse(change: [String: JSON], reason: String) async throws {
        let answers = [Self.discovery, Self.keys(Self.key.adding(change))]
        #expect(try await reception(try TestSigners.token(Self.claims), answers).refusal == reason)
    }

    @Test(
        "Keys that cannot be had leave the request undecided: it must come again",
        arguments: [
            [.lost(.dns, sent: false)], [.answer(500)], [.answer(302)], [.answer(200, "{")],
            [discovery, .lost(.timeout, sent: true)], [discovery, .answer(200, #"{"keys":[]}"#)],
            [discovery, .answer(404)],
            [.answer(200, #"{"jwks_uri":"https://elsewhere.example.com/keys"}"#)],
            [.answer(200, #"{"jwks_uri":"http://keys.example.com/keys"}"#)],
            [.answer(200, #"{"jwks_uri":"https://keys.example.com:8443/keys"}"#)],
            [.answer(200, #"{"jwks_uri":"https://keys.example.com@10.0.0.1/keys"}"#)],
            [.answer(200, #"{"jwks_uri":"http://login.example.com/keys"}"#)],
        ] as [[HTTPOutcome]])
    func unavailable(answers: [HTTPOutcome]) async throws {
        let transport = ScriptedTransport(answers)
        let connector = try connector(through: transport)
        let request = ReceivedRequest.post(Self.body, Self.bearer(try TestSigners.token(Self.claims)))
        guard case .postponed(.keys, let reason) = await connector.receive(request) else {
            Issue.record("expected that it must come again")
            return
        }
        #expect(reason.contains("example.com"))
        #expect(reason.contains("status") == (answers.last?.status.map { $0 != 200 } ?? false))
        #expect(transport.requests.count == answers.count)
    }

    @Test("When keys cannot be had, another block may let the request in, and in all another may refuse it")
    func beside() async throws {
        let equals = "{scheme: equals, from: 'header:X-Key', value: '{settings.secret}'}"
        let token = Self.bearer(try TestSigners.token(Self.claims))
        let right = token + [HeaderField("x-key", "app")]
        let wrong = token + [HeaderField("x-key", "no")]
        func receive(_ block: String, _ headers: [HeaderField]) async throws -> (Reception, Int) {
            let transport = ScriptedTransport([])
            let reception = await (try connector(block, through: transport)).receive(.post(Self.body, headers))
            return (reception, transport.requests.count)
        }
        let any = "\(Self.block), \(equals)"
        let all = "{scheme: all, of: [\(Self.block), \(equals)]}"
        let passed = try await receive(any, right)
        #expect(passed.0.events == [])
        #expect(passed.1 == 0)
        for block in [any, all] {
            guard case .postponed(.keys, _) = try await receive(block, block == any ? wrong : right).0 else {
                Issue.record("expected that it must come again: \(block)")
                return
            }
        }
        let refused = try await receive(all, wrong)
        #expect(refused.0.refusal == "header x-key does not match")
        #expect(refused.1 == 0)
    }

    @Test("A claim can be held against a setting and against a fixed text")
    func fixedClaims() async throws {
        let block = """
            {scheme: jwt_jwks, from: 'header:X-Token', jwks: 'https://keys.example.com/', algorithms: [RS256], \
            issuer: [i], audience: a, claims: {email: settings.secret, verified: 'lit:true'}}
            """
        func refusal(_ change: [String: JSON]) async throws -> String? {
            let claims: JSON = ["iss": "i", "aud": "a", "exp": 1_700_003_600, "email": "app", "verified": true]
            let header = HeaderField("x-token", try TestSigners.token(claims.adding(change)))
            let connector = try connector(block, through: ScriptedTransport([Self.keys(Self.key)]))
            return await connector.receive(.post("{}", [header])).refusal
        }
        #expect(try await refusal([:]) == nil)
        #expect(try await refusal(["email": "other"]) == "the token's claim email does not match")
        #expect(try await refusal(["email": ["app"]]) == "the token's claim email does not match")
        #expect(try await refusal(["verified": false]) == "the token's claim verified does not match")
        let unknown = block.replacing("settings.secret", with: "settings.sercet")
        #expect(
            try ConnectorHarness(receive: "  verify: [\(unknown)]").mistakes().first?.hasSuffix(
                "no setting is called \"sercet\", did you mean \"secret\"?") == true)
    }

    @Test("A token is neither stored nor shown to jq, for it lets in whoever has seen it")
    func hidden() throws {
        for (from, scheme) in [("header:X-Token", "jwks: 'https://k.example.com/'"), ("query:t", "key: k")] {
            let name = scheme.hasPrefix("jwks") ? "jwt_jwks" : "jwt_secret"
            let algorithm = scheme.hasPrefix("jwks") ? "RS256" : "HS256"
            let block =
                "{scheme: \(name), from: '\(from)', \(scheme), algorithms: [\(algorithm)], issuer: [i], audience: a}"
            let connector = try connector("{scheme: all, of: [\(block)]}", through: ScriptedTransport([]))
            let request = ReceivedRequest.post("{}", [HeaderField("x-token", "seen")], query: "t=seen&u=1")
            let envelope = connector.envelope(of: request, endpoint: .channel("x"))
            if from.hasPrefix("header") {
                #expect(envelope.headers.isEmpty)
            } else {
                #expect(envelope.target == "/channels/desk?t=‹secret›&u=1")
            }
        }
    }

    @Test("A token of which any sign was changed is refused")
    func tampered() async throws {
        let token = try TestSigners.token(Self.claims)
        let connector = try connector(through: ScriptedTransport([Self.discovery, Self.keys(Self.key)]))
        #expect(await connector.receive(.post(Self.body, Self.bearer(token))).events == [])
        for index in stride(from: 0, to: token.utf8.count, by: 7) {
            var bytes = Array(token.utf8)
            bytes[index] = bytes[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
            let other = String(decoding: bytes, as: UTF8.self)
            let refusal = await connector.receive(.post(Self.body, Self.bearer(other))).refusal
            #expect(refusal != nil, "sign \(index)")
        }
    }

    @Test("What cannot be an address of keys is a mistake of the folder or of the settings")
    func mistakes() throws {
        let rest = "from: bearer, algorithms: [RS256], issuer: [i], audience: a}"
        func mistakes(_ start: String) throws -> [String] {
            try ConnectorHarness(receive: "  verify: [{scheme: jwt_jwks, \(start) \(rest)]").mistakes()
        }
        #expect(try mistakes("jwks: 'https://a.example.com/',").isEmpty)
        #expect(try mistakes("").first?.hasSuffix("jwt_jwks needs either \"discovery\" or \"jwks\"") == true)
        #expect(try mistakes("jwks: 'https://a.example.com', discovery: 'https://a.example.com',").count == 1)
        #expect(try mistakes("jwks: 'http://a.example.com/',").first?.hasSuffix("is no https address") == true)
        #expect(try mistakes("jwks: 'https://a.example.com/', none: x,").count == 1)
        let harness = try ConnectorHarness(
            receive: "  verify: [{scheme: jwt_jwks, jwks: '{settings.secret}', \(rest)]")
        #expect(throws: SettingProblems.self) { _ = try harness.connector(["secret": ["http://a.example.com/"]]) }
    }
}
