// Keys of the Standard Webhooks specification 1.0 (standardwebhooks.com): their first letters say what they are for, so
// one list may hold all kinds.

/// One key of a list.
enum WebhookKey: Sendable {
    /// `whsec_`, or nothing before it: both sides sign and verify with it, `v1`.
    case secret([UInt8])
    /// `whsk_`: signs, `v1a`.
    case privateKey(Ed25519Key)
    /// `whpk_`: verifies, `v1a`.
    case publicKey(PublicKey)

    /// How long a decoded secret is, in bytes ("Signature scheme").
    static let secretBytes = 24...64

    /// Reads every key.
    /// - Throws: `no_key`, `key_not_base64`, `key_length`, `key_unusable`; the text names the key by its place, and the
    ///   cure, and never the key.
    static func list(_ texts: [String]) throws(SigningError) -> [WebhookKey] {
        guard !texts.isEmpty else { throw SigningError(.noKey, "no key was given; \(cure)") }
        var keys: [WebhookKey] = []
        for (index, text) in texts.enumerated() {
            keys.append(try WebhookKey(text, called: "signing key \(index + 1) of \(texts.count)"))
        }
        return keys
    }

    private init(_ text: String, called name: String) throws(SigningError) {
        let prefix = ["whsec_", "whsk_", "whpk_"].first(where: text.hasPrefix) ?? ""
        guard let bytes = BinaryText.base64.decode(String(text.dropFirst(prefix.count))) else {
            throw SigningError(.keyNotBase64, "\(name) is not base64; \(Self.cure)")
        }
        func length(_ expected: String, _ cure: String) -> SigningError {
            SigningError(.keyLength, "\(name) is \(bytes.count) bytes long, but must be \(expected); \(cure)")
        }
        switch prefix {
        case "whsk_":
            guard bytes.count == 32 || bytes.count == 64 else { throw length("32 or 64", Self.pairCure) }
            guard let key = Ed25519Key(bytes) else {
                throw SigningError(
                    .keyUnusable, "the two halves of \(name) do not belong together; \(Self.pairCure)")
            }
            self = .privateKey(key)
        case "whpk_":
            guard bytes.count == 32 else { throw length("32", Self.pairCure) }
            guard let key = PublicKey(ed25519: bytes) else {
                throw SigningError(.keyUnusable, "\(name) is no public key; \(Self.pairCure)")
            }
            self = .publicKey(key)
        default:
            let bounds = "\(Self.secretBytes.lowerBound) to \(Self.secretBytes.upperBound)"
            guard Self.secretBytes.contains(bytes.count) else { throw length(bounds, Self.cure) }
            self = .secret(bytes)
        }
    }

    private static let cure = "make one with `openssl rand -base64 32` and put whsec_ before it"
    static let pairCure = "make a pair with `samtal new key --pair`"
}
