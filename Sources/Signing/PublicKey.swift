// Public keys and the signatures that they prove, over OpenSSL's EVP.

import COpenSSL
package import Model

/// How a signature was made.
package enum SignatureAlgorithm: Sendable, Hashable {
    /// RFC 8032; over the message itself.
    case ed25519
    /// RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2).
    case rsaPKCS1(HashAlgorithm)
    /// RSASSA-PSS (RFC 8017 section 8.1) with a salt as long as the hash.
    case rsaPSS(HashAlgorithm)
    /// ECDSA; the two numbers one after the other (RFC 7518 section 3.4), `size` bytes each.
    case ecdsa(HashAlgorithm, size: Int)

    var hash: HashAlgorithm? {
        switch self {
        case .ed25519: nil
        case .rsaPKCS1(let hash), .rsaPSS(let hash), .ecdsa(let hash, _): hash
        }
    }

    /// Whether a key of this kind and size makes such signatures.
    func suits(_ key: OpaquePointer) -> Bool {
        let bits = EVP_PKEY_get_bits(key)
        return switch self {
        case .ed25519: EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519
        case .rsaPKCS1, .rsaPSS: EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && Self.rsaBits.contains(bits)
        case .ecdsa(_, let size): EVP_PKEY_get_base_id(key) == EVP_PKEY_EC && bits == Int32(size * 8)
        }
    }

    func prepare(_ context: OpaquePointer?) -> Bool {
        guard case .rsaPSS = self else { return true }
        return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) > 0
            && EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) > 0
    }

    /// NIST SP 800-131A for the least; the most keeps a hostile key from costing much.
    private static let rsaBits: ClosedRange<Int32> = 2048...8192
}

/// A public key: the DER text of its SubjectPublicKeyInfo.
package struct PublicKey: Sendable, Hashable {
    let der: [UInt8]

    private init?(der: [UInt8]) {
        self.der = der
        guard (withKey { _ in true }) == true else { return nil }
    }

    /// An Ed25519 key of 32 bytes (RFC 8410).
    package init?(ed25519 bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.init(der: DER.sequence(DER.sequence(DER.object([0x2B, 0x65, 0x70])), DER.bitString(bytes)))
    }

    /// A key as RFC 7517 writes it: RSA, or EC on P-256 or P-384; `nil` for any other and for one that is no key.
    package init?(jwk: JSON) {
        func bytes(_ name: String) -> [UInt8]? { jwk[name].string.flatMap { BinaryText.base64url.decode($0) } }
        switch jwk["kty"].string {
        case "RSA":
            guard let modulus = bytes("n"), let exponent = bytes("e"), modulus.count <= 1024, exponent.count <= 8
            else { return nil }
            let algorithm = DER.sequence(DER.object([0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x01, 0x01]), DER.null)
            let numbers = DER.sequence(DER.integer(modulus), DER.integer(exponent))
            self.init(der: DER.sequence(algorithm, DER.bitString(numbers)))
        case "EC":
            let curves: [String: (object: [UInt8], size: Int)] = [
                "P-256": ([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07], 32),
                "P-384": ([0x2B, 0x81, 0x04, 0x00, 0x22], 48),
            ]
            guard let curve = jwk["crv"].string.flatMap({ curves[$0] }), let x = bytes("x"), let y = bytes("y"),
                x.count == curve.size, y.count == curve.size
            else { return nil }
            let kind = DER.object([0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01])
            let algorithm = DER.sequence(kind, DER.object(curve.object))
            self.init(der: DER.sequence(algorithm, DER.bitString([4] + x + y)))
        default: return nil
        }
    }

    /// The key of an X.509 certificate in PEM that is valid at `time`. Who issued it is not asked: that is for the
    /// caller, who knows where it came from.
    package init?(certificate pem: [UInt8], at time: Timestamp) {
        guard pem.count <= 65_536, let file = BIO_new_mem_buf(pem, Int32(pem.count)) else { return nil }
        defer { BIO_free(file) }
        guard let certificate = PEM_read_bio_X509(file, nil, nil, nil) else { return nil }
        defer { X509_free(certificate) }
        var seconds = time_t(time.milliseconds / 1000)
        guard X509_cmp_time(X509_get0_notBefore(certificate), &seconds) < 0,
            X509_cmp_time(X509_get0_notAfter(certificate), &seconds) > 0,
            let key = X509_get0_pubkey(certificate)
        else { return nil }
        let size = Int(i2d_PUBKEY(key, nil))
        guard size > 0 else { return nil }
        var der = [UInt8](repeating: 0, count: size)
        der.withUnsafeMutableBufferPointer { buffer in
            var end = buffer.baseAddress
            _ = i2d_PUBKEY(key, &end)
        }
        self.init(der: der)
    }

    /// Whether the signature is one of `message` by this key's owner. False for a key of another kind as well.
    package func verifies(_ signature: [UInt8], of message: [UInt8], by algorithm: SignatureAlgorithm) -> Bool {
        var signature = signature
        if case .ecdsa(_, let size) = algorithm {
            guard signature.count == 2 * size else { return false }
            signature = DER.sequence(
                DER.integer(Array(signature.prefix(size))), DER.integer(Array(signature.suffix(size))))
        }
        let isMatch = withKey { key in
            guard algorithm.suits(key), let context = EVP_MD_CTX_new() else { return false }
            defer { EVP_MD_CTX_free(context) }
            var details: OpaquePointer?
            guard EVP_DigestVerifyInit(context, &details, algorithm.hash?.evp, nil, key) == 1,
                algorithm.prepare(details)
            else { return false }
            return EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
        }
        ERR_clear_error()
        return isMatch ?? false
    }

    private func withKey<Result>(_ body: (OpaquePointer) -> Result) -> Result? {
        der.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            guard let key = d2i_PUBKEY(nil, &start, buffer.count) else {
                ERR_clear_error()
                return nil
            }
            defer { EVP_PKEY_free(key) }
            return body(key)
        }
    }
}
