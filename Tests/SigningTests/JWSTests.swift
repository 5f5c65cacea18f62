import Model
import Signing
import Testing

@Suite("Public-key signatures and signed tokens")
struct JWSTests {
    static let rsaKey: JSON = ["kty": "RSA", "n": .string(TestKeys.rsaModulus), "e": "AQAB"]
    static let ecKey: JSON = [
        "kty": "EC", "crv": "P-256", "x": .string(TestKeys.ecX), "y": .string(TestKeys.ecY),
    ]

    @Test(
        "What a private key signs, its public key proves, and a changed byte does not",
        arguments: [JWSAlgorithm.rs256, .rs384, .rs512, .ps256, .ps384, .ps512, .es256])
    func pairs(algorithm: JWSAlgorithm) throws {
        let pem = algorithm == .es256 ? TestKeys.ecPrivate : TestKeys.rsaPrivate
        let jwk = algorithm == .es256 ? Self.ecKey : Self.rsaKey
        let signer = try JWSSigner(algorithm, key: Array(pem.utf8), keyID: "k1")
        let token = try signer.token(claims: ["iss": "me", "exp": 1])
        let read = try #require(JWS(compact: token))
        let key = try #require(PublicKey(jwk: jwk))
        #expect(read.algorithm == algorithm && read.keyID == "k1" && read.payload["iss"] == "me")
        #expect(read.isSigned(by: key))
        #expect(!read.isSigned(secret: Array("secret".utf8)))
        let pieces = token.split(separator: ".").map(String.init)
        let other = BinaryText.base64url.encode(JSON.object(["iss": "you", "exp": 1]).bytes)
        #expect(try #require(JWS(compact: "\(pieces[0]).\(other).\(pieces[2])")).isSigned(by: key) == false)
        let stranger = try #require(PublicKey(jwk: algorithm == .es256 ? Self.rsaKey : Self.ecKey))
        #expect(!read.isSigned(by: stranger))
    }

    @Test("A secret signs and proves", arguments: [JWSAlgorithm.hs256, .hs384, .hs512])
    func secrets(algorithm: JWSAlgorithm) throws {
        let token = try JWSSigner(algorithm, key: Array("s3cr3t".utf8)).token(claims: ["a": 1])
        let read = try #require(JWS(compact: token))
        #expect(read.isSigned(secret: Array("s3cr3t".utf8)))
        #expect(!read.isSigned(secret: Array("other".utf8)) && !read.isSigned(secret: []))
    }

    @Test("A public key as the secret of a keyed hash proves nothing to a reader who holds the public key")
    func confusion() throws {
        let token = try JWSSigner(.hs256, key: Array(TestKeys.rsaModulus.utf8)).token(claims: [:])
        let key = try #require(PublicKey(jwk: Self.rsaKey))
        #expect(try #require(JWS(compact: token)).isSigned(by: key) == false)
    }

    @Test("A token with the algorithm none, or with extensions, is proved by nothing")
    func none() throws {
        func text(_ header: JSON) -> String { BinaryText.base64url.encode(header.bytes) + ".e30." }
        let read = try #require(JWS(compact: text(["alg": "none"])))
        #expect(read.algorithm == nil && !read.isSigned(secret: [1]))
        #expect(JWS(compact: text(["alg": "HS256", "crit": ["x"]])) == nil)
        for nonsense in ["", "a.b", "e30.e30.e30.e30", "e30.W10.", "e30.e30.!"] {
            #expect(JWS(compact: nonsense) == nil)
        }
    }

    @Test("Ed25519 verifies what openssl signed, and nothing else")
    func ed25519() throws {
        let key = try #require(
            BinaryText.hex.decode("03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8").flatMap {
                PublicKey(ed25519: $0)
            })
        let signature = try #require(
            BinaryText.hex.decode(
                "c1b05005482c7400e2effd0ec035a195fae5b18b664fd489bdc10c3e5f173160"
                    + "a282780b5f84b8a90ed7ca9dbf6b261107c235a3ba463a264bdc955ef1e4450b"))
        let message = Array("1700000000{\"id\":1,\"t\":\"hé👋\"}".utf8)
        #expect(key.verifies(signature, of: message, by: .ed25519))
        #expect(!key.verifies(signature, of: message + [0], by: .ed25519))
        #expect(!key.verifies(Array(signature.dropLast()), of: message, by: .ed25519))
        #expect(PublicKey(ed25519: [1, 2]) == nil)
    }

    @Test("A key that cannot sign is told without the key", arguments: [JWSAlgorithm.rs256, .es256, .es384])
    func badKey(algorithm: JWSAlgorithm) {
        let wrong = algorithm == .rs256 ? TestKeys.ecPrivate : TestKeys.rsaPrivate
        for key in ["-----BEGIN PRIVATE KEY-----\nMII\n-----END PRIVATE KEY-----", wrong] {
            do throws(SigningError) {
                _ = try JWSSigner(algorithm, key: Array(key.utf8))
                Issue.record("expected a mistake")
            } catch {
                #expect(error.code == .keyUnusable && !error.message.contains("MII"))
            }
        }
    }
}
