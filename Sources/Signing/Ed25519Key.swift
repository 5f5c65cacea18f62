// Private keys of Ed25519 (RFC 8032), over OpenSSL's EVP.

import COpenSSL

/// A private key that signs.
package struct Ed25519Key: Sendable, Hashable {
    /// How long the private half is, in bytes (RFC 8032 section 5.1.5).
    static let seedBytes = 32

    private let seed: [UInt8]
    /// The public half, 32 bytes.
    package let publicBytes: [UInt8]

    /// - Parameter bytes: the private half of 32 bytes, or both halves one after the other, as many libraries keep a
    ///   pair; `nil` for another length and for halves that do not belong together.
    package init?(_ bytes: [UInt8]) {
        seed = Array(bytes.prefix(Self.seedBytes))
        guard bytes.count == Self.seedBytes || bytes.count == 2 * Self.seedBytes,
            let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count)
        else { return nil }
        defer { EVP_PKEY_free(key) }
        var (half, size) = ([UInt8](repeating: 0, count: Self.seedBytes), Self.seedBytes)
        guard EVP_PKEY_get_raw_public_key(key, &half, &size) == 1, size == Self.seedBytes else { return nil }
        publicBytes = half
        if bytes.count > Self.seedBytes, Array(bytes.suffix(Self.seedBytes)) != half { return nil }
    }

    /// A key that nobody had before.
    /// - Returns: both halves, 64 bytes.
    package static func make() -> [UInt8] {
        while true {
            let seed = RandomBytes.make(seedBytes)
            if let key = Ed25519Key(seed) { return seed + key.publicBytes }
        }
    }

    /// The signature of a message, 64 bytes; for one message always the same.
    package func signature(of message: [UInt8]) -> [UInt8] {
        var (signature, size) = ([UInt8](repeating: 0, count: 64), 64)
        let context = EVP_MD_CTX_new()
        let key = EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nil, seed, seed.count)
        defer {
            EVP_MD_CTX_free(context)
            EVP_PKEY_free(key)
        }
        // OpenSSL fails here only when it has no memory: the key was tried when it was read.
        guard EVP_DigestSignInit(context, nil, nil, nil, key) == 1,
            EVP_DigestSign(context, &signature, &size, message, message.count) == 1, size == signature.count
        else { preconditionFailure("OpenSSL made no signature") }
        return signature
    }
}

extension Ed25519Key: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Never the key, not even in a debugger's dump.
    package var description: String { "Ed25519Key" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
