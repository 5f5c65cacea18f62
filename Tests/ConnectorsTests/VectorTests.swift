import Connectors
import Model
import Signing
import Testing

@Suite("Vectors of the further schemes")
struct VectorTests {
    private static let body = VerificationTests.body

    private func refusal(
        _ block: String, _ headers: [HeaderField], body: String = body, secrets: [String] = ["s3cr3t"],
        query: String = "", publicURL: String = "https://gw.example/h"
    ) async throws -> String? {
        let harness = try ConnectorHarness(receive: "  verify: [\(block)]", jq: "empty")
        let connector = try harness.connector(["secret": secrets], publicURL: publicURL)
        return await connector.receive(.post(body, headers, query: query)).refusal
    }

    @Test("A header that says several things is parsed, and its time and signature must be right")
    func parsed() async throws {
        let block =
            "{scheme: hmac, hash: sha256, key: '{settings.secret}', parse: {from: 'header:X-Sig', separator: ',', "
            + "equals: '='}, signed: ['sig:t', 'lit:.', body], encoding: hex, from: 'sig:s', "
            + "timestamp: {from: 'sig:t', unit: s, tolerance: 5m}}"
        let right = "t=1700000000,s=fc2ac843f7a90e23e216c0aa68109e501d1601ecded07cb7d254d5063601ee1f"
        #expect(try await refusal(block, [HeaderField("X-Sig", right)]) == nil)
        #expect(try await refusal(block, [HeaderField("X-Sig", right)], secrets: ["new", "s3cr3t"]) == nil)
        for wrong in [right + ",s=00", "t=1700000000", right.replacing("t=17", with: "t=16"), "s,t"] {
            #expect(try await refusal(block, [HeaderField("X-Sig", wrong)]) != nil)
        }
        #expect(try await refusal(block, [HeaderField("X-Sig", right)], body: Self.body + " ") != nil)
    }

    @Test("A prefix that is optional may be missing, and another one is no signature")
    func optionalPrefix() async throws {
        let block =
            "{scheme: hmac, hash: sha256, key: '{settings.secret}', signed: ['lit:hmacsha256=', body], "
            + "encoding: hex, from: 'header:X-Sig', prefix: hmacsha256=, prefix_optional: true}"
        let hex = "ce51c2907d1c2a5a7766dc289f747faacc3eeee4499b6a2cdced2c95861fe9fe"
        #expect(try await refusal(block, [HeaderField("X-Sig", hex)]) == nil)
        #expect(try await refusal(block, [HeaderField("X-Sig", "hmacsha256=" + hex)]) == nil)
        #expect(try await refusal(block, [HeaderField("X-Sig", "sha256=" + hex)]) != nil)
    }

    @Test("Escapes of the url are read before it is signed, but only those that are named")
    func decodedURL() async throws {
        let block =
            "{scheme: hmac, hash: sha256, key: '{settings.secret}', signed: [url], url_decode: reserved, "
            + "encoding: hex, from: 'header:X-Sig'}"
        func header(_ url: String) -> HeaderField {
            HeaderField(
                "X-Sig", BinaryText.hex.encode(Digest.hmac(.sha256, key: Array("s3cr3t".utf8), Array(url.utf8))))
        }
        let query = "a=%3a%2F%20"
        #expect(try await refusal(block, [header("https://gw.example/h?a=:/%20")], query: query) == nil)
        #expect(try await refusal(block, [header("https://gw.example/h?\(query)")], query: query) != nil)
    }

    @Test("A hash over parts with a secret among them")
    func digest() async throws {
        let block =
            "{scheme: digest, hash: sha256, parts: ['body:.app_id', body, 'body:.timestamp', settings.secret], "
            + "encoding: hex, from: 'header:X-Sig', prefix: mac=}"
        let body = #"{"app_id":"42","timestamp":"1700000000000"}"#
        let hex = "8c7fcbb3114690f789a3d8217215075a57bca167dea063ecef830309e0db9833"
        let right = [HeaderField("X-Sig", "mac=" + hex)]
        #expect(try await refusal(block, right, body: body) == nil)
        #expect(try await refusal(block, right, body: body, secrets: ["new", "s3cr3t"]) == nil)
        #expect(try await refusal(block, right, body: body, secrets: ["new"]) == "signature does not match")
        #expect(try await refusal(block, right, body: body + " ") == "signature does not match")
        #expect(try await refusal(block, [HeaderField("X-Sig", hex)], body: body) == "signature has not its prefix")
        #expect(try await refusal(block, right + right, body: body) == "header x-sig is given twice")
        let sorted =
            "{scheme: digest, hash: sha1, parts: [settings.secret, 'query:timestamp', 'query:nonce'], sort: true, "
            + "encoding: hex, from: 'query:signature'}"
        let query = "timestamp=1700000000&nonce=77&signature=a251c16d225767ddee2335c8f796e77852aabfd5"
        #expect(try await refusal(sorted, [], secrets: ["tok"], query: query) == nil)
        let other = query.replacing("nonce=77", with: "nonce=78")
        #expect(try await refusal(sorted, [], secrets: ["tok"], query: other) != nil)
    }

    @Test("An Ed25519 signature passes with any key of the list, and only over these bytes")
    func ed25519() async throws {
        let block =
            "{scheme: ed25519, key: '{settings.secret}', key_encoding: hex, signed: ['header:X-Time', body], "
            + "encoding: hex, from: 'header:X-Sig', timestamp: {from: 'header:X-Time', unit: s, tolerance: 5m}}"
        let key = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8"
        let headers = [
            HeaderField(
                "X-Sig",
                "c1b05005482c7400e2effd0ec035a195fae5b18b664fd489bdc10c3e5f173160"
                    + "a282780b5f84b8a90ed7ca9dbf6b261107c235a3ba463a264bdc955ef1e4450b"),
            HeaderField("X-Time", "1700000000"),
        ]
        #expect(try await refusal(block, headers, secrets: [key]) == nil)
        #expect(try await refusal(block, headers, body: Self.body + " ", secrets: [key]) == "signature does not match")
        #expect(try await refusal(block, [headers[1]], secrets: [key]) == "header x-sig is missing")
        #expect(throws: SettingProblems.self) {
            let harness = try ConnectorHarness(receive: "  verify: [\(block)]", jq: "empty")
            _ = try harness.connector(["secret": ["00"]])
        }
    }

    @Test("A token signed with a secret must be timely, for us, and about this body")
    func token() async throws {
        let block =
            "{scheme: jwt_secret, from: bearer, key: '{settings.secret}', algorithms: [HS256], issuer: [Vonage], "
            + "body_hash: {claim: payload_hash, hash: sha256, encoding: hex}}"
        let hash = BinaryText.hex.encode(Digest.hash(.sha256, Array(Self.body.utf8)))
        let head = #"{"alg":"HS256","typ":"JWT"}"#
        let claims = #"{"iss":"Vonage","iat":1700000000,"payload_hash":"\#(hash)"}"#
        let texts = [head, claims].map { BinaryText.base64url.encode(Array($0.utf8)) }
        let vector = "\(texts[0]).\(texts[1]).xflGv5EisaO7yp3RsIlVvYQZ7Wv9i8WS8G88diQtWTw"
        func bearer(_ token: String) -> [HeaderField] { [HeaderField("Authorization", "Bearer \(token)")] }
        #expect(try await refusal(block, bearer(vector)) == nil)
        #expect(
            try await refusal(block, bearer(vector), body: Self.body + " ")
                == "the token's claim payload_hash is not the body's hash")
        #expect(try await refusal(block, bearer(vector), secrets: ["x"]) == "the token's signature does not match")
        func made(_ algorithm: JWSAlgorithm, _ claims: JSON) throws -> [HeaderField] {
            bearer(try JWSSigner(algorithm, key: Array("s3cr3t".utf8)).token(claims: claims))
        }
        let old: JSON = ["iss": "Vonage", "exp": 1_699_999_000]
        #expect(try await refusal(block, made(.hs256, old)) == "the token has expired")
        #expect(try await refusal(block, made(.hs512, old)) == "the token's algorithm is not taken")
        #expect(try await refusal(block, made(.hs256, ["iss": "Vonage"])) == "the token tells no time")
        let stranger: JSON = ["iss": "x", "iat": 1_700_000_000]
        #expect(try await refusal(block, made(.hs256, stranger)) == "the token's issuer is another")
        let future: JSON = ["iss": "Vonage", "iat": 1_700_000_400]
        #expect(try await refusal(block, made(.hs256, future)) == "the token is from the future")
    }

    @Test("Of all, every block must pass; without a secret it is a mistake")
    func all() async throws {
        let block =
            "{scheme: all, of: [{scheme: equals, from: 'header:X-Key', value: '{settings.secret}'}, "
            + "{scheme: field_equals, field: 'body:.id', value: '1'}]}"
        let header = [HeaderField("X-Key", "s3cr3t")]
        #expect(try await refusal(block, header) == nil)
        #expect(try await refusal(block, header, body: #"{"id":2}"#) == "body member .id does not match")
        #expect(try await refusal(block, []) == "header x-key is missing")
        let bare = "{scheme: field_equals, field: 'body:.id', value: '1'}"
        for wrong in [bare, "{scheme: all, of: [\(bare)]}", "{scheme: all, of: []}"] {
            #expect(try !ConnectorHarness(receive: "  verify: [\(wrong)]").mistakes().isEmpty)
        }
    }

    private static let form =
        "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&"
        + "To=%2B18005551212"
    private static let formBlock =
        "{scheme: twilio, key: '{settings.secret}', from: 'header:X-Sig'}"

    private func formRefusal(
        _ signature: String, body: String = form, query: String = "foo=1&bar=2", host: String = "mycompany.com",
        secrets: [String] = ["12345"]
    ) async throws -> String? {
        try await refusal(
            Self.formBlock, [HeaderField("X-Sig", signature)], body: body, secrets: secrets, query: query,
            publicURL: "https://\(host)/myapp.php")
    }

    @Test(
        "The url and the sorted fields of a form are signed, with and without the port",
        arguments: [
            ("mycompany.com", "RSOYDt4T1cUTdK1PDd93/VVr8B8="), ("mycompany.com", "kvajT1Ptam85bY51eRf/AJRuM3w="),
            ("mycompany.com:443", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
            ("mycompany.com:1234", "CYn1h0gLBdNxDGkKJg6hYohgeD8="),
            ("mycompany.com:1234", "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ])
    func form(host: String, signature: String) async throws {
        #expect(try await formRefusal(signature, host: host) == nil)
        #expect(try await formRefusal(signature, host: host, secrets: ["new", "12345"]) == nil)
        let turned = Self.form.split(separator: "&").reversed().joined(separator: "&")
        #expect(try await formRefusal(signature, body: turned, host: host) == nil)
        #expect(try await formRefusal(signature, host: host, secrets: ["new"]) == "signature does not match")
        #expect(try await formRefusal(signature, host: "other.com") == "signature does not match")
    }

    @Test("A form that was changed, or whose signature is missing, given twice or cut short, is refused")
    func wrongForm() async throws {
        let right = "RSOYDt4T1cUTdK1PDd93/VVr8B8="
        let bodies = [
            Self.form.replacing("Digits=1234", with: "Digits=1235"), Self.form + "&More=1", Self.form + "&Digits=9",
            Self.form.replacing("&Digits=1234", with: ""), "", #"{"CallSid":"CA1234567890ABCDE"}"#,
        ]
        for body in bodies { #expect(try await formRefusal(right, body: body) == "signature does not match") }
        #expect(try await formRefusal(right, body: Self.form + "%") == "the body is no form")
        #expect(try await formRefusal(right, query: "bar=2&foo=1") == "signature does not match")
        #expect(try await formRefusal(String(right.dropLast(4))) == "signature does not match")
        #expect(try await formRefusal("RSOYDt4T1cUTdK1PDd93/VVr8B8=x") == "signature is not base64")
        #expect(try await refusal(Self.formBlock, [], body: Self.form) == "header x-sig is missing")
        let twice = [HeaderField("X-Sig", right), HeaderField("X-Sig", right)]
        #expect(try await refusal(Self.formBlock, twice, body: Self.form) == "header x-sig is given twice")
    }

    @Test("The hash of a body that is no form stands in the url that is signed")
    func hashedBody() async throws {
        let body = #"{"property": "value", "boolean": true}"#
        let query =
            "foo=1&bar=2&bodySHA256=0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
        let right = "a9nBmqA0ju/hNViExpshrM61xv4="
        #expect(try await formRefusal(right, body: body, query: query) == nil)
        #expect(
            try await formRefusal(right, body: body + " ", query: query)
                == "the body is not the one whose hash stands in the url")
        let without = String(query.prefix(11))
        #expect(try await formRefusal(right, body: body, query: without) == "signature does not match")
        let twice = query + "&bodySHA256=00"
        #expect(try await formRefusal(right, body: body, query: twice) == "query parameter bodySHA256 is given twice")
        // The signature of an empty form does not cover a body.
        let empty = BinaryText.base64.encode(
            Digest.hmac(.sha1, key: Array("12345".utf8), Array("https://mycompany.com/myapp.php".utf8)))
        #expect(try await formRefusal(empty, body: "", query: "") == nil)
        #expect(try await formRefusal(empty, body: body, query: "") == "signature does not match")
    }

    @Test("A signed form of which any byte was changed is refused")
    func tamperedForm() async throws {
        let block = Self.formBlock
        let harness = try ConnectorHarness(receive: "  verify: [\(block)]\n  decode: form", jq: "empty")
        let connector = try harness.connector(["secret": ["12345"]], publicURL: "https://mycompany.com/myapp.php")
        let header = HeaderField("X-Sig", "RSOYDt4T1cUTdK1PDd93/VVr8B8=")
        func refusal(_ body: [UInt8]) async -> String? {
            let text = String(decoding: body, as: UTF8.self)
            return await connector.receive(.post(text, [header], query: "foo=1&bar=2")).refusal
        }
        let right = Array(Self.form.utf8)
        #expect(await refusal(right) == nil)
        for index in right.indices {
            var body = right
            body[index] ^= 1
            #expect(await refusal(body) != nil, "byte \(index)")
        }
    }
}
