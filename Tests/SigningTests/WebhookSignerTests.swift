// Standard Webhooks: the specification's example, rotation by overlap, and keys that stay secret.

import Model
import Signing
import Testing

@Suite("Webhook signer")
struct WebhookSignerTests {
    static let key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    static let id = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    static let time = Timestamp(milliseconds: 1_614_265_330_999)
    static let body = Array(#"{"test": 2432232314}"#.utf8)

    @Test("The example of the specification comes out", arguments: [key, String(key.dropFirst(6))])
    func example(key: String) throws {
        let headers = try WebhookSigner(keys: [key]).headers(id: Self.id, at: Self.time, body: Self.body)
        #expect(
            headers == [
                HeaderField("webhook-id", Self.id),
                HeaderField("webhook-timestamp", "1614265330"),
                HeaderField("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
            ])
    }

    @Test("Two keys give two signatures, in their order, each the one that its key gives alone")
    func rotation() throws {
        let other = "whsec_" + BinaryText.base64.encode(RandomBytes.make(32))
        func signature(_ keys: [String]) throws -> String? {
            try WebhookSigner(keys: keys).headers(id: Self.id, at: Self.time, body: Self.body).last?.value
        }
        let both = try #require(try signature([Self.key, other])).split(separator: " ").map(String.init)
        #expect(both == [try signature([Self.key]), try signature([other])])
        #expect(both[0] != both[1])
    }

    @Test("Another id, second or body gives another signature")
    func bound() throws {
        let signer = try WebhookSigner(keys: [Self.key])
        let signatures = [
            signer.headers(id: Self.id, at: Self.time, body: Self.body),
            signer.headers(id: Self.id + "x", at: Self.time, body: Self.body),
            signer.headers(id: Self.id, at: Self.time + .milliseconds(1), body: Self.body),
            signer.headers(id: Self.id, at: Self.time, body: Self.body + [0x20]),
        ].map { $0.last?.value }
        #expect(Set(signatures).count == signatures.count)
    }

    @Test(
        "Keys of 24 and 64 bytes pass, shorter and longer ones do not",
        arguments: [
            (23, false), (24, true), (64, true), (65, false), (0, false),
        ])
    func keyLength(count: Int, passes: Bool) {
        let key = "whsec_" + BinaryText.base64.encode(RandomBytes.make(count))
        if passes {
            #expect(throws: Never.self) { try WebhookSigner(keys: [key]) }
        } else {
            let error = #expect(throws: SigningError.self) { try WebhookSigner(keys: [key]) }
            #expect(error?.code == .keyLength)
        }
    }

    @Test("No key at all is refused")
    func noKey() {
        let error = #expect(throws: SigningError.self) { try WebhookSigner(keys: []) }
        #expect(error?.code == .noKey)
    }

    @Test(
        "A refused key is named by its place and cure, and not shown",
        arguments: [
            ("whsec_SuperSecretKey!", SigningError.Code.keyNotBase64), ("hunter2", .keyNotBase64),
            ("whsec_U2hvcnRTZWNyZXQ=", .keyLength), ("sk_live_0123456789012345678901234", .keyNotBase64),
        ])
    func silent(key: String, code: SigningError.Code) throws {
        let error = try #require(#expect(throws: SigningError.self) { try WebhookSigner(keys: [Self.key, key]) })
        #expect(error.code == code)
        let told = "\(error) \(String(reflecting: error)) \(error.message)"
        let secret = key.hasPrefix("whsec_") ? String(key.dropFirst(6)) : key
        #expect(!told.contains(secret))
        #expect(!told.contains("ShortSecret"))
        #expect(told.contains("signing key 2 of 2"))
        #expect(told.contains("openssl rand -base64 32"))
    }

    @Test("Printing or dumping a signer shows no key")
    func dumped() throws {
        let signer = try WebhookSigner(keys: [Self.key])
        var told = "\(signer) \(String(reflecting: signer)) \(String(describing: [signer]))"
        dump(signer, to: &told)
        #expect(told.contains("1 keys"))
        // The key's first byte is 0x31 = 49; a dump of the bytes would list 49, 242, 144.
        #expect(!told.contains("242"))
        #expect(!told.contains("MfKQ"))
    }
}
