// Digests against the vectors of the standards.

import Signing
import Testing

@Suite("Digests")
struct DigestTests {
    @Test(
        "Each hash of \"abc\" is the one in FIPS 180-4",
        arguments: [
            (HashAlgorithm.sha1, "a9993e364706816aba3e25717850c26c9cd0d89d"),
            (.sha224, "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7"),
            (.sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                .sha384,
                "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7"
            ),
            (
                .sha512,
                "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                    + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"
            ),
        ])
    func abc(algorithm: HashAlgorithm, expected: String) {
        #expect(BinaryText.hex.encode(Digest.hash(algorithm, Array("abc".utf8))) == expected)
    }

    @Test("The hash of nothing is the known one")
    func empty() {
        #expect(
            BinaryText.hex.encode(Digest.hash(.sha256, []))
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    }

    @Test("An empty key and an empty message still give the known keyed hash")
    func emptyKey() {
        #expect(
            BinaryText.hex.encode(Digest.hmac(.sha256, key: [], []))
                == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    @Test("HMAC gives the results of RFC 4231", arguments: RFC4231.vectors)
    func rfc4231(vector: RFC4231) {
        let digest = Digest.hmac(vector.algorithm, key: vector.key, vector.message)
        #expect(BinaryText.hex.encode(digest) == vector.expected)
    }

    @Test("The truncated HMAC of RFC 4231 case 5 is the start of the whole one")
    func truncated() {
        let digest = Digest.hmac(
            .sha256, key: [UInt8](repeating: 0x0C, count: 20), Array("Test With Truncation".utf8))
        #expect(BinaryText.hex.encode(Array(digest.prefix(16))) == "a3b6167473100ee06e0c796c2955552b")
    }

    @Test("Equal bytes are equal, and one changed bit is not", arguments: [1, 16, 20, 32, 64])
    func comparison(count: Int) {
        let bytes = RandomBytes.make(count)
        #expect(constantTimeEqual(bytes, bytes))
        for place in 0..<count {
            var changed = bytes
            changed[place] ^= 0x01
            #expect(!constantTimeEqual(bytes, changed))
        }
    }

    @Test("Bytes of different lengths are unequal, also when one begins with the other")
    func lengths() {
        #expect(!constantTimeEqual([1, 2, 3], [1, 2]))
        #expect(!constantTimeEqual([1, 2], [1, 2, 3]))
        #expect(!constantTimeEqual([], [0]))
        #expect(constantTimeEqual([], []))
    }
}

/// One row of RFC 4231 section 4.
struct RFC4231: Sendable, CustomTestStringConvertible {
    let number: Int
    let algorithm: HashAlgorithm
    let key: [UInt8]
    let message: [UInt8]
    let expected: String

    var testDescription: String { "case \(number), \(algorithm.rawValue)" }

    private static func rows(
        _ number: Int, _ key: [UInt8], _ message: [UInt8], _ expected: [HashAlgorithm: String]
    ) -> [RFC4231] {
        expected.map { RFC4231(number: number, algorithm: $0, key: key, message: message, expected: $1) }
    }

    private static func bytes(_ byte: UInt8, _ count: Int) -> [UInt8] { [UInt8](repeating: byte, count: count) }

    static let vectors: [RFC4231] = short + long

    private static let short: [RFC4231] =
        rows(
            1, bytes(0x0B, 20), Array("Hi There".utf8),
            [
                .sha224: "896fb1128abbdf196832107cd49df33f47b4b1169912ba4f53684b22",
                .sha256: "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
                .sha384:
                    "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
                .sha512: "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
                    + "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854",
            ])
        + rows(
            2, Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
            [
                .sha224: "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44",
                .sha256: "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
                .sha384:
                    "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
                .sha512: "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
                    + "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
            ])
        + rows(
            3, bytes(0xAA, 20), bytes(0xDD, 50),
            [
                .sha224: "7fb3cb3588c6c1f6ffa9694d7d6ad2649365b0c1f65d69d1ec8333ea",
                .sha256: "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
                .sha384:
                    "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a34f27",
                .sha512: "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39"
                    + "bf3e848279a722c806b485a47e67c807b946a337bee8942674278859e13292fb",
            ])
        + rows(
            4, Array(1...25), bytes(0xCD, 50),
            [
                .sha224: "6c11506874013cac6a2abc1bb382627cec6a90d86efc012de7afec5a",
                .sha256: "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
                .sha384:
                    "3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e6801dd23c4a7d679ccf8a386c674cffb",
                .sha512: "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3db"
                    + "a91ca5c11aa25eb4d679275cc5788063a5f19741120c4f2de2adebeb10a298dd",
            ])

    private static let long: [RFC4231] =
        rows(
            6, bytes(0xAA, 131), Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
            [
                .sha224: "95e9a0db962095adaebe9b2d6f0dbce2d499f112f2d2b7273fa6870e",
                .sha256: "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
                .sha384:
                    "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
                .sha512: "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f352"
                    + "6b56d037e05f2598bd0fd2215d6a1e5295e64f73f63f0aec8b915a985d786598",
            ])
        + rows(
            7, bytes(0xAA, 131),
            Array(
                ("This is a test using a larger than block-size key and a larger than block-size data. "
                    + "The key needs to be hashed before being used by the HMAC algorithm.").utf8),
            [
                .sha224: "3a854166ac5d9f023f54d517d0b39dbd946770db9c2b95c9f6f565d1",
                .sha256: "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
                .sha384:
                    "6617178e941f020d351e2f254e8fd32c602420feb0b8fb9adccebb82461e99c5a678cc31e799176d3860e6110c46523e",
                .sha512: "e37b6a775dc87dbaa4dfa9f96e5e3ffddebd71f8867289865df5a32d20cdc944"
                    + "b6022cac3c4982b10d5eeb55c3e4de15134676fb6de0446065c97440fa8c6a58",
            ])
}
