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

    /// RFC 8032 section 7.1, TEST 2.
    private static let seed = "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"
    private static let publicHalf = "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"

    private static func key(_ prefix: String, _ hex: String) throws -> String {
        prefix + BinaryText.base64.encode(try #require(BinaryText.hex.decode(hex)))
    }

    @Test("The signature of RFC 8032 comes out, from the first half of a pair and from both")
    func ed25519() throws {
        for hex in [Self.seed, Self.seed + Self.publicHalf] {
            let bytes = try #require(BinaryText.hex.decode(hex))
            let key = try #require(Ed25519Key(bytes))
            #expect(BinaryText.hex.encode(key.publicBytes) == Self.publicHalf)
            #expect(
                BinaryText.hex.encode(key.signature(of: [0x72]))
                    == "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                    + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")
        }
    }

    @Test("A mixed list signs by v1 and v1a in its order, a public key signs nothing, and each key alone verifies")
    func mixed() throws {
        let (pair, other) = (Ed25519Key.make(), Ed25519Key.make())
        let mine = "whsk_" + BinaryText.base64.encode(pair)
        let theirs = "whpk_" + BinaryText.base64.encode(Array(other.suffix(32)))
        let headers = try WebhookSigner(keys: [mine, theirs, Self.key])
            .headers(id: Self.id, at: Self.time, body: Self.body)
        let signatures = try #require(headers.last?.value)
        #expect(signatures.split(separator: " ").map { $0.prefix { $0 != "," } } == ["v1a", "v1"])
        func accepts(_ key: String, id: String = Self.id, _ signatures: String = signatures) throws -> Bool {
            try WebhookVerifier(keys: [key]).accepts(signatures, id: id, time: "1614265330", body: Self.body)
        }
        let published = "whpk_" + BinaryText.base64.encode(Array(pair.suffix(32)))
        #expect(try accepts(published) && accepts(Self.key))
        #expect(try !accepts(theirs))
        #expect(try !accepts(published, id: "other"))
        #expect(try !accepts(published, signatures.replacing("v1a,", with: "v1,")))
        #expect(try !accepts(Self.key, signatures.replacing("v1,", with: "v1a,")))
        #expect(try WebhookVerifier(keys: [mine]).isEmpty)
        #expect(try !accepts(mine))
    }

    @Test("A list of public keys alone is refused by the signer: nothing would be signed")
    func publicOnly() throws {
        let error = #expect(throws: SigningError.self) {
            try WebhookSigner(keys: [try Self.key("whpk_", Self.publicHalf)])
        }
        #expect(error?.code == .noKey)
    }

    @Test("The halves of a pair must be whole and belong together")
    func halves() throws {
        let wrong = [
            (try Self.key("whsk_", Self.seed + Self.seed), SigningError.Code.keyUnusable),
            (try Self.key("whsk_", Self.seed + "00"), .keyLength),
            (try Self.key("whpk_", Self.seed + "00"), .keyLength),
        ]
        for (key, code) in wrong {
            let error = #expect(throws: SigningError.self) { try WebhookVerifier(keys: [key]) }
            #expect(error?.code == code)
            #expect(error?.description.contains("samtal new key --pair") == true)
            #expect(error?.description.contains(key.dropFirst(5)) == false)
        }
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
