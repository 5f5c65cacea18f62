import Connectors
import Foundation
import Model
import Signing
import Testing

@Suite("Verification over raw bytes")
struct VerificationTests {
    static let body = "{\"id\":1,\"t\":\"hé👋\"}"
    static let secret = "s3cr3t"

    /// One recipe with a request that must pass.
    struct Vector: CustomTestStringConvertible, Sendable {
        let name: String
        let block: String
        let headers: [HeaderField]
        var body = VerificationTests.body
        var secrets = [VerificationTests.secret]
        var at = Timestamp(milliseconds: 1_700_000_000_000)
        var publicURL = "https://gw.example/h"

        var testDescription: String { name }

        func reception(
            headers: [HeaderField]? = nil, body: String? = nil, at time: Timestamp? = nil, secrets: [String]? = nil
        ) async throws -> Reception {
            let harness = try ConnectorHarness(receive: "  verify: [\(block)]", jq: "empty")
            let connector = try harness.connector(["secret": secrets ?? self.secrets], publicURL: publicURL)
            return await connector.receive(.post(body ?? self.body, headers ?? self.headers, at: time ?? at))
        }
    }

    static func hmac(_ rest: String) -> String { "{scheme: hmac, key: '{settings.secret}', \(rest)}" }

    static let vectors: [Vector] = [
        Vector(
            name: "hex with a prefix",
            block: hmac("hash: sha256, signed: [body], encoding: hex, from: 'header:X-Sig', prefix: 'sha256='"),
            headers: [
                HeaderField("X-Sig", "sha256=fa586f1e5e26d515ee3b8aa996a8d8b1847e9306e6612a729e7d5aa883051e4f")
            ]),
        Vector(
            name: "base64",
            block: hmac("hash: sha256, signed: [body], encoding: base64, from: 'header:X-Sig'"),
            headers: [HeaderField("X-Sig", "+lhvHl4m1RXuO4qplqjYsYR+kwbmYSpynn1aqIMFHk8=")]),
        Vector(
            name: "sha1",
            block: hmac("hash: sha1, signed: [body], encoding: hex, from: 'header:X-Sig', prefix: 'sha1='"),
            headers: [HeaderField("X-Sig", "sha1=62462c069d11b8aa705493a20c944d6cebfb23ba")]),
        Vector(
            name: "literals around a time",
            block: hmac(
                "hash: sha256, signed: ['lit:v0:', 'header:X-Time', 'lit::', body], encoding: hex, "
                    + "from: 'header:X-Sig', prefix: v0=, timestamp: {from: 'header:X-Time', unit: s, tolerance: 5m}"),
            headers: [
                HeaderField("X-Sig", "v0=b2f17cc9772fb01bdbdfff016cc8f2e057c0be524418430e22296ebef338c8b8"),
                HeaderField("X-Time", "1700000000"),
            ]),
        Vector(
            name: "time, full stop, body",
            block: hmac(
                "hash: sha256, signed: ['header:X-Time', 'lit:.', body], encoding: hex, from: 'header:X-Sig', "
                    + "timestamp: {from: 'header:X-Time', unit: s, tolerance: 5m}"),
            headers: [
                HeaderField("X-Sig", "fc2ac843f7a90e23e216c0aa68109e501d1601ecded07cb7d254d5063601ee1f"),
                HeaderField("X-Time", "1700000000"),
            ]),
        Vector(
            name: "an ISO time before the body",
            block: hmac(
                "hash: sha256, signed: ['header:X-Time', body], encoding: base64, from: 'header:X-Sig', "
                    + "timestamp: {from: 'header:X-Time', unit: iso, tolerance: 5m}"),
            headers: [
                HeaderField("X-Sig", "wKnZkV7qxBI8+kuJZrPQ3wr1Uz1vLSXQs2WYFH6yrRI="),
                HeaderField("X-Time", "2026-01-02T03:04:05Z"),
            ], at: Timestamp(milliseconds: 1_767_323_045_000)),
        Vector(
            name: "method, url, body and a time in milliseconds",
            block: hmac(
                "hash: sha256, signed: [method, url, body, 'header:X-Time'], encoding: base64, from: 'header:X-Sig', "
                    + "timestamp: {from: 'header:X-Time', unit: ms, tolerance: 5m}"),
            headers: [
                HeaderField("X-Sig", "TuR1mKYpGSjbccgLbRAsf9rNIwTRY9HoKgFdPuAgDcQ="),
                HeaderField("X-Time", "1700000000000"),
            ]),
        Vector(
            name: "Standard Webhooks",
            block: hmac(
                "hash: sha256, key_encoding: base64, key_prefix: whsec_, "
                    + "signed: ['header:webhook-id', 'lit:.', 'header:webhook-timestamp', 'lit:.', body], "
                    + "encoding: base64, from: 'header:webhook-signature', list: {separator: ' ', version: v1}, "
                    + "timestamp: {from: 'header:webhook-timestamp', unit: s, tolerance: 5m}"),
            headers: [
                HeaderField("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
                HeaderField("webhook-timestamp", "1614265330"),
                HeaderField("webhook-signature", "v1a,AAAA v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
            ], body: "{\"test\": 2432232314}", secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
            at: Timestamp(milliseconds: 1_614_265_330_000)),
    ]

    static let timed = vectors.filter { $0.block.contains("timestamp") }
    static let prefixed = vectors.filter { $0.block.contains("prefix: ") && !$0.block.contains("key_prefix") }

    @Test("A rightly signed request passes", arguments: vectors)
    func passes(vector: Vector) async throws {
        #expect(try await vector.reception().events == [])
    }

    @Test("One flipped byte of the body is refused", arguments: vectors)
    func flipped(vector: Vector) async throws {
        let body = vector.body.replacing("t", with: "u")
        #expect(try await vector.reception(body: body).refusal == "signature does not match")
    }

    @Test("The same JSON written otherwise is refused", arguments: vectors)
    func rewritten(vector: Vector) async throws {
        #expect(try await vector.reception(body: vector.body + " ").refusal == "signature does not match")
    }

    @Test("Another key is refused", arguments: vectors)
    func otherKey(vector: Vector) async throws {
        let other = vector.secrets[0].hasPrefix("whsec_") ? "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx" : "other"
        #expect(try await vector.reception(secrets: [other]).refusal == "signature does not match")
    }

    @Test("During a rotation the second key of the list passes", arguments: vectors)
    func secondKey(vector: Vector) async throws {
        let other = vector.secrets[0].hasPrefix("whsec_") ? "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx" : "other"
        #expect(try await vector.reception(secrets: [other, vector.secrets[0]]).events == [])
    }

    @Test("A missing signature is refused", arguments: vectors)
    func missing(vector: Vector) async throws {
        let name = vector.headers.contains { $0.name == "x-sig" } ? "x-sig" : "webhook-signature"
        let headers = vector.headers.filter { $0.name != name }
        #expect(try await vector.reception(headers: headers).refusal == "header \(name) is missing")
    }

    @Test("A signature that is given twice is refused, even when both are right", arguments: vectors)
    func twice(vector: Vector) async throws {
        let name = vector.headers.contains { $0.name == "x-sig" } ? "x-sig" : "webhook-signature"
        let again = vector.headers.filter { $0.name == name }
        #expect(try await vector.reception(headers: vector.headers + again).refusal == "header \(name) is given twice")
    }

    @Test("A signature without its prefix is refused", arguments: prefixed)
    func prefixless(vector: Vector) async throws {
        let headers = vector.headers.map { field in
            HeaderField(
                field.name,
                field.value.firstIndex(of: "=").map { index in
                    field.name == "x-sig" ? String(field.value[field.value.index(after: index)...]) : field.value
                } ?? field.value)
        }
        #expect(try await vector.reception(headers: headers).refusal == "signature has not its prefix")
    }

    @Test("An old request is refused", arguments: timed)
    func stale(vector: Vector) async throws {
        #expect(try await vector.reception(at: vector.at + .seconds(300)).events == [])
        #expect(try await vector.reception(at: vector.at + .seconds(412)).refusal == "timestamp is 412 s old")
    }

    @Test("A request from the future is refused", arguments: timed)
    func future(vector: Vector) async throws {
        #expect(try await vector.reception(at: vector.at - .seconds(300)).events == [])
        #expect(try await vector.reception(at: vector.at - .seconds(301)).refusal == "timestamp is 301 s in the future")
    }

    @Test("Hexadecimal is read in either case")
    func upperHex() async throws {
        let vector = Self.vectors[0]
        let value = vector.headers[0].value.uppercased().replacing("SHA256=", with: "sha256=")
        #expect(try await vector.reception(headers: [HeaderField("X-Sig", value)]).events == [])
    }

    @Test("What is no signature at all is refused", arguments: ["sha256=", "sha256=zz", "sha256=fa58 6f", "sha256=fa"])
    func nonsense(value: String) async throws {
        let refusal = try await Self.vectors[0].reception(headers: [HeaderField("X-Sig", value)]).refusal
        #expect(["signature is not hex", "signature does not match"].contains(refusal))
    }

    @Test(
        "A time that is none is refused",
        arguments: ["", "soon", "1.7e9", "-1700000000", "99999999999999999999", "1700000000000"])
    func badTime(value: String) async throws {
        let vector = Self.vectors[4]
        let headers = [vector.headers[0], HeaderField("X-Time", value)]
        let refusal = try #require(try await vector.reception(headers: headers).refusal)
        #expect(refusal.hasPrefix("timestamp is"))
    }

    @Test(
        "The url that is signed is the one that was called: with the query as it came, and with the secret of the path")
    func signedURL() async throws {
        let block = Self.hmac("hash: sha512, signed: [url], encoding: base64url, from: 'header:X-Sig'")
        let harness = try ConnectorHarness(receive: "  verify: [\(block)]", jq: "empty")
        let connector = try harness.connector(["secret": ["s"]], publicURL: "https://gw.example/h")
        func reception(signing url: String, query: String, secret: String?) async -> Reception {
            let digest = Digest.hmac(.sha512, key: Array("s".utf8), Array(url.utf8))
            let header = HeaderField("X-Sig", BinaryText.base64url.encode(digest))
            return await connector.receive(.post("{}", [header], query: query, secret: secret))
        }
        let signed = "https://gw.example/h?b=%41&a=+1"
        #expect(await reception(signing: signed, query: "b=%41&a=+1", secret: nil).events == [])
        #expect(await reception(signing: signed, query: "b=A&a=+1", secret: nil).refusal != nil)
        #expect(await reception(signing: "https://gw.example/h/a%2Fb", query: "", secret: "a/b").events == [])
    }
}
