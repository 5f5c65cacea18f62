// Bearer tokens for our own API (RFC 6750). The configuration and the store hold only their hashes.

/// A token is `sam_` and 43 signs of base64url: 256 random bits, so a plain hash is enough to keep it.
package enum APIToken {
    /// A new token. It is shown once; keep ``hash(_:)`` of it.
    package static func mint() -> String {
        "sam_" + BinaryText.base64url.encode(RandomBytes.make(randomBytes))
    }

    /// What is kept of a token: `sha256:` and 64 hex digits.
    package static func hash(_ token: String) -> String {
        "sha256:" + BinaryText.hex.encode(Digest.hash(.sha256, Array(token.utf8)))
    }

    /// Whether `hash` was made of `token`; takes the same time wherever they differ.
    package static func matches(_ token: String, hash: String) -> Bool {
        constantTimeEqual(Array(Self.hash(token).utf8), Array(hash.utf8))
    }

    private static let randomBytes = 32
}
