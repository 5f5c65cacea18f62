// Verifies what webhooks send to us, as the Standard Webhooks specification 1.0 says (standardwebhooks.com).

import Model

/// Verifies webhook bodies by any of several keys, by HMAC-SHA256 (`v1`) or Ed25519 (`v1a`) as each key says.
package struct WebhookVerifier: Sendable {
    /// How many signatures of one request are looked at.
    static let signaturesMax = 16

    private let secrets: [[UInt8]]
    private let publicKeys: [PublicKey]

    /// Each key is base64, with `whsec_` or `whpk_` before it, or nothing: then it is as with `whsec_`. A key with
    /// `whsk_` is our own: nobody else signs with it, so nothing is verified by it.
    /// - Throws: `no_key`, `key_not_base64`, `key_length`, `key_unusable`; the text names the cure and never the key.
    package init(keys: [String]) throws(SigningError) {
        let keys = try WebhookKey.list(keys)
        secrets = keys.compactMap { if case .secret(let bytes) = $0 { bytes } else { nil } }
        publicKeys = keys.compactMap { if case .publicKey(let key) = $0 { key } else { nil } }
    }

    /// Whether there is no key that anything could be verified by.
    package var isEmpty: Bool { secrets.isEmpty && publicKeys.isEmpty }

    /// Whether one of the signatures is one of the keys' for this id, time and body. A signature counts for keys of its
    /// own kind only; secrets are compared in constant time. Whether the time is near is for the caller to say.
    /// - Parameters:
    ///   - signatures: as `webhook-signature` has them: a blank between two, `v1,` or `v1a,` before each.
    ///   - time: as `webhook-timestamp` has it.
    package func accepts(_ signatures: String, id: String, time: String, body: [UInt8]) -> Bool {
        let signed = Array("\(id).\(time).".utf8) + body
        let expected = secrets.map { Digest.hmac(.sha256, key: $0, signed) }
        var isMatch = false
        for text in signatures.split(separator: " ").prefix(Self.signaturesMax) {
            let pair = text.split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2, let signature = BinaryText.base64.decode(String(pair[1])) else { continue }
            switch pair[0] {
            case "v1": isMatch = expected.reduce(false) { constantTimeEqual(signature, $1) || $0 } || isMatch
            case "v1a":
                isMatch = publicKeys.contains { $0.verifies(signature, of: signed, by: .ed25519) } || isMatch
            default: break
            }
        }
        return isMatch
    }
}

extension WebhookVerifier: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// How many keys there are; never the keys, not even in a debugger's dump.
    package var description: String { "WebhookVerifier(\(secrets.count + publicKeys.count) keys)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
