// Signs JSON in compact form (RFC 7515), for services that take a token of our own making.

import COpenSSL
package import Model

/// Signs claims with one key.
package struct JWSSigner: Sendable {
    package let algorithm: JWSAlgorithm
    /// Written as `kid`; `nil`: not said.
    package let keyID: String?
    private let key: [UInt8]

    /// - Parameter key: for HS256 and its kin the secret; for the others a private key in PEM without a password.
    /// - Throws: `no_key` or `key_unusable`; the text holds nothing of the key.
    package init(_ algorithm: JWSAlgorithm, key: [UInt8], keyID: String? = nil) throws(SigningError) {
        guard !key.isEmpty else { throw SigningError(.noKey, "no key was given to sign with") }
        self.algorithm = algorithm
        self.keyID = keyID
        self.key = key
        guard let scheme = algorithm.signature else { return }
        guard (withPrivateKey { scheme.suits($0) }) == true else {
            throw SigningError(
                .keyUnusable, "the key is no private key in PEM, without a password, that \(algorithm.rawValue) can use"
            )
        }
    }

    /// The token: `header.claims.signature`. `header` adds members to `alg`, `typ` and `kid`.
    /// - Throws: `key_unusable` when OpenSSL cannot sign.
    package func token(claims: JSON, header: [String: JSON] = [:]) throws(SigningError) -> String {
        var members: [String: JSON] = ["typ": "JWT"]
        for (name, value) in header { members[name] = value }
        members["alg"] = .string(algorithm.rawValue)
        if let keyID { members["kid"] = .string(keyID) }
        let head = BinaryText.base64url.encode(JSON.object(members).bytes)
        let signed = "\(head).\(BinaryText.base64url.encode(claims.bytes))"
        return "\(signed).\(BinaryText.base64url.encode(try signature(of: Array(signed.utf8))))"
    }

    /// The signature alone, in the form of RFC 7518.
    /// - Throws: `key_unusable` when OpenSSL cannot sign.
    package func signature(of message: [UInt8]) throws(SigningError) -> [UInt8] {
        guard let scheme = algorithm.signature else { return Digest.hmac(algorithm.hash, key: key, message) }
        let made: [UInt8]? = withPrivateKey { Self.sign(message, with: $0, by: scheme) } ?? nil
        ERR_clear_error()
        guard let made else { throw SigningError(.keyUnusable, "the key could not sign") }
        guard case .ecdsa(_, let size) = scheme else { return made }
        guard let pair = DER.pair(made, size: size) else { throw SigningError(.keyUnusable, "the key could not sign") }
        return pair
    }

    private static func sign(
        _ message: [UInt8], with key: OpaquePointer, by scheme: SignatureAlgorithm
    ) -> [UInt8]? {
        guard let context = EVP_MD_CTX_new() else { return nil }
        defer { EVP_MD_CTX_free(context) }
        var details: OpaquePointer?
        var size = 0
        guard EVP_DigestSignInit(context, &details, scheme.hash?.evp, nil, key) == 1, scheme.prepare(details),
            EVP_DigestSign(context, nil, &size, message, message.count) == 1
        else { return nil }
        var signature = [UInt8](repeating: 0, count: size)
        guard EVP_DigestSign(context, &signature, &size, message, message.count) == 1 else { return nil }
        return Array(signature.prefix(size))
    }

    private func withPrivateKey<Result>(_ body: (OpaquePointer) -> Result) -> Result? {
        guard let file = BIO_new_mem_buf(key, Int32(key.count)) else { return nil }
        defer { BIO_free(file) }
        // A key with a password must not make OpenSSL ask for it on the terminal.
        let noPassword:
            @convention(c) (
                UnsafeMutablePointer<CChar>?, Int32, Int32, UnsafeMutableRawPointer?
            ) -> Int32 = { _, _, _, _ in -1 }
        guard let key = PEM_read_bio_PrivateKey(file, nil, noPassword, nil) else {
            ERR_clear_error()
            return nil
        }
        defer { EVP_PKEY_free(key) }
        return body(key)
    }
}

extension JWSSigner: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The algorithm; never the key, not even in a debugger's dump.
    package var description: String { "JWSSigner(\(algorithm.rawValue))" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
