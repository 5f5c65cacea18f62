// Signed JSON in compact form (RFC 7515): read, and held against a key.

package import Model

/// The algorithms of RFC 7518 section 3.1 that we take. `none` is not among them.
package enum JWSAlgorithm: String, Sendable, CaseIterable {
    case hs256 = "HS256"
    case hs384 = "HS384"
    case hs512 = "HS512"
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"

    package var hash: HashAlgorithm {
        switch self {
        case .hs256, .rs256, .ps256, .es256: .sha256
        case .hs384, .rs384, .ps384, .es384: .sha384
        case .hs512, .rs512, .ps512: .sha512
        }
    }

    /// How a private key signs; `nil`: with a shared secret.
    package var signature: SignatureAlgorithm? {
        switch self {
        case .hs256, .hs384, .hs512: nil
        case .rs256, .rs384, .rs512: .rsaPKCS1(hash)
        case .ps256, .ps384, .ps512: .rsaPSS(hash)
        case .es256: .ecdsa(hash, size: 32)
        case .es384: .ecdsa(hash, size: 48)
        }
    }
}

/// A token that was read and not yet believed.
package struct JWS: Sendable {
    package let header: JSON
    /// The claims.
    package let payload: JSON
    /// `nil`: one that we do not take.
    package let algorithm: JWSAlgorithm?
    /// The id of the key; `nil`: not said.
    package var keyID: String? { header["kid"].string }
    private let signed: [UInt8]
    private let signature: [UInt8]

    /// How long a token may be, in bytes.
    package static let bytesMax = 16_384

    /// Reads `header.payload.signature`; `nil` for anything else, and for a header with extensions that must be
    /// understood (`crit`).
    package init?(compact text: String) {
        guard text.utf8.count <= Self.bytesMax else { return nil }
        let pieces = text.split(separator: ".", omittingEmptySubsequences: false)
        guard pieces.count == 3, let head = BinaryText.base64url.decode(String(pieces[0])),
            let body = BinaryText.base64url.decode(String(pieces[1])),
            let signature = BinaryText.base64url.decode(String(pieces[2])), let header = try? JSON(parsing: head),
            let payload = try? JSON(parsing: body), payload.object != nil, header["crit"].isNull
        else { return nil }
        self.header = header
        self.payload = payload
        self.signature = signature
        algorithm = header["alg"].string.flatMap { JWSAlgorithm(rawValue: $0) }
        signed = Array("\(pieces[0]).\(pieces[1])".utf8)
    }

    /// Whether it was signed with this secret; false for an algorithm that takes no secret.
    package func isSigned(secret: [UInt8]) -> Bool {
        guard let algorithm, algorithm.signature == nil, !secret.isEmpty else { return false }
        return constantTimeEqual(Digest.hmac(algorithm.hash, key: secret, signed), signature)
    }

    /// Whether it was signed by the owner of this key; false for an algorithm that takes a secret.
    package func isSigned(by key: PublicKey) -> Bool {
        guard let scheme = algorithm?.signature else { return false }
        return key.verifies(signature, of: signed, by: scheme)
    }
}
