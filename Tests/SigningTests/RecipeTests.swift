// The digest recipes that connectors are made of, on one body with two signs beyond ASCII.

import Signing
import Testing

@Suite("Signature recipes")
struct RecipeTests {
    static let body = Array(#"{"id":1,"t":"hé👋"}"#.utf8)

    @Test("The body has the bytes that the vectors were made of")
    func bodyBytes() {
        #expect(BinaryText.hex.encode(Self.body) == "7b226964223a312c2274223a2268c3a9f09f918b227d")
        #expect(
            BinaryText.hex.encode(Digest.hash(.sha256, Self.body))
                == "e741893a95baab3c2967bb3503d602025bda84c12b24204563647d920c29380f")
    }

    @Test("A keyed hash of the listed parts is the expected one", arguments: Recipe.all)
    func keyed(recipe: Recipe) {
        #expect(recipe.encoding.encode(recipe.digest(of: recipe.signed)) == recipe.expected)
    }

    @Test("One flipped bit anywhere in the signed bytes changes the digest", arguments: Recipe.all)
    func flipped(recipe: Recipe) {
        for place in recipe.signed.indices {
            var changed = recipe.signed
            changed[place] ^= 0x01
            #expect(recipe.encoding.encode(recipe.digest(of: changed)) != recipe.expected)
        }
    }

    @Test("A plain digest with the secret at the end is the expected one")
    func plainDigest() {
        let body = #"{"app_id":"42","timestamp":"1700000000000"}"#
        let digest = Digest.hash(.sha256, Array("42\(body)1700000000000s3cr3t".utf8))
        #expect(BinaryText.hex.encode(digest) == "8c7fcbb3114690f789a3d8217215075a57bca167dea063ecef830309e0db9833")
    }

    @Test("A plain digest of sorted parts is the expected one")
    func sortedDigest() {
        let parts = ["tok", "1700000000", "77"].sorted().joined()
        #expect(
            BinaryText.hex.encode(Digest.hash(.sha1, Array(parts.utf8)))
                == "a251c16d225767ddee2335c8f796e77852aabfd5")
    }

    @Test("A signed token's signature is the expected one (RFC 7515, HS256)")
    func signedToken() {
        let bodyHash = BinaryText.hex.encode(Digest.hash(.sha256, Self.body))
        let parts = [
            #"{"alg":"HS256","typ":"JWT"}"#,
            #"{"iss":"Vonage","iat":1700000000,"payload_hash":"\#(bodyHash)"}"#,
        ]
        let signed = parts.map { BinaryText.base64url.encode(Array($0.utf8)) }.joined(separator: ".")
        let signature = Digest.hmac(.sha256, key: Array("s3cr3t".utf8), Array(signed.utf8))
        #expect(BinaryText.base64url.encode(signature) == "xflGv5EisaO7yp3RsIlVvYQZ7Wv9i8WS8G88diQtWTw")
    }
}

/// A keyed hash over parts put one after the other.
struct Recipe: Sendable, CustomTestStringConvertible {
    let name: String
    var algorithm = HashAlgorithm.sha256
    var key = "s3cr3t"
    let signed: [UInt8]
    let encoding: BinaryText
    let expected: String

    var testDescription: String { name }

    func digest(of message: [UInt8]) -> [UInt8] { Digest.hmac(algorithm, key: Array(key.utf8), message) }

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }
    private static let body = RecipeTests.body

    static let all: [Recipe] = [
        Recipe(
            name: "body, hex", signed: body, encoding: .hex,
            expected: "fa586f1e5e26d515ee3b8aa996a8d8b1847e9306e6612a729e7d5aa883051e4f"),
        Recipe(
            name: "body, base64", signed: body, encoding: .base64,
            expected: "+lhvHl4m1RXuO4qplqjYsYR+kwbmYSpynn1aqIMFHk8="),
        Recipe(
            name: "body, SHA-1", algorithm: .sha1, signed: body, encoding: .hex,
            expected: "62462c069d11b8aa705493a20c944d6cebfb23ba"),
        Recipe(
            name: "v0, time and body with colons", signed: bytes("v0:1700000000:") + body, encoding: .hex,
            expected: "b2f17cc9772fb01bdbdfff016cc8f2e057c0be524418430e22296ebef338c8b8"),
        Recipe(
            name: "time, full stop, body", signed: bytes("1700000000.") + body, encoding: .hex,
            expected: "fc2ac843f7a90e23e216c0aa68109e501d1601ecded07cb7d254d5063601ee1f"),
        Recipe(
            name: "body, time", signed: body + bytes("1700000000"), encoding: .hex,
            expected: "4509acc97c249b613cf3dab6b5e724bc8b7109f89af1fcf0e3834b736fff6be6"),
        Recipe(
            name: "RFC 3339 time, body", signed: bytes("2026-01-02T03:04:05Z") + body, encoding: .base64,
            expected: "wKnZkV7qxBI8+kuJZrPQ3wr1Uz1vLSXQs2WYFH6yrRI="),
        Recipe(
            name: "method, URL, body, time in milliseconds",
            signed: bytes("POSThttps://gw.example/h") + body + bytes("1700000000000"), encoding: .base64,
            expected: "TuR1mKYpGSjbccgLbRAsf9rNIwTRY9HoKgFdPuAgDcQ="),
        Recipe(
            name: "literal, body", signed: bytes("hmacsha256=") + body, encoding: .hex,
            expected: "ce51c2907d1c2a5a7766dc289f747faacc3eeee4499b6a2cdced2c95861fe9fe"),
        Recipe(
            name: "challenge, hex", signed: bytes("890e4665-4dfe-4ab1-b689-ed553bceeed0"), encoding: .hex,
            expected: "63c7a919bedbaacb240b7f164b53ceec3659f89f076bdd25f84469154bedb6e8"),
        Recipe(
            name: "challenge, base64", signed: bytes("abc"), encoding: .base64,
            expected: "57gJGcUThbnobDNjxz+FzQFSIuTU65RQgtYdeyHrgkE="),
        Recipe(
            name: "URL and sorted form", algorithm: .sha1, key: "12345",
            signed: bytes(
                "https://mycompany.com/myapp.php?foo=1&bar=2CallSidCA1234567890ABCDECaller+14158675309Digits1234"
                    + "From+14158675309To+18005551212"),
            encoding: .base64, expected: "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
    ]
}
