// Tokens of our own API.

import Signing
import Testing

@Suite("API tokens")
struct APITokenTests {
    @Test("A minted token is sam_ and 256 bits, and no two are alike")
    func mint() throws {
        let tokens = (0..<100).map { _ in APIToken.mint() }
        #expect(Set(tokens).count == 100)
        for token in tokens {
            #expect(token.hasPrefix("sam_"))
            #expect(try #require(BinaryText.base64url.decode(String(token.dropFirst(4)))).count == 32)
        }
    }

    @Test("A token's hash is sha256: and the hex of the digest")
    func hash() {
        #expect(APIToken.hash("abc") == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test("A token matches its own hash and nothing else")
    func matches() {
        let token = APIToken.mint()
        let hash = APIToken.hash(token)
        #expect(APIToken.matches(token, hash: hash))
        #expect(!APIToken.matches(APIToken.mint(), hash: hash))
        #expect(!APIToken.matches(token + " ", hash: hash))
        #expect(!APIToken.matches("", hash: hash))
        #expect(!APIToken.matches(token, hash: ""))
        #expect(!APIToken.matches(token, hash: token))
        #expect(!APIToken.matches(token, hash: String(hash.dropFirst(7))))
        #expect(!APIToken.matches(hash, hash: hash))
    }

    @Test("Random bytes have the length asked for and differ")
    func random() {
        #expect(RandomBytes.make(0) == [])
        #expect(RandomBytes.make(33).count == 33)
        #expect(RandomBytes.make(16) != RandomBytes.make(16))
    }
}
