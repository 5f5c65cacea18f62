// Signs what we send to webhooks, as the Standard Webhooks specification 1.0 says (standardwebhooks.com), so that
// receivers can use any of its libraries.

package import Model

/// Signs webhook bodies, by HMAC-SHA256 (`v1`) or Ed25519 (`v1a`) as each key says. With several keys every body
/// carries a signature of each: a receiver that knows the old key or the new one accepts it, so keys are rotated
/// without a gap.
package struct WebhookSigner: Sendable {
    private let keys: [WebhookKey]

    /// Each key is base64, with `whsec_` or `whsk_` before it, or nothing: then it is as with `whsec_`. A key with
    /// `whpk_` is the other side's and signs nothing.
    /// - Throws: `no_key`, `key_not_base64`, `key_length`, `key_unusable`; the text names the cure and never the key.
    package init(keys: [String]) throws(SigningError) {
        let signing = try WebhookKey.list(keys).filter { if case .publicKey = $0 { false } else { true } }
        guard !signing.isEmpty else {
            throw SigningError(.noKey, "a public key alone signs nothing; \(WebhookKey.pairCure)")
        }
        self.keys = signing
    }

    /// The three header fields of a signed webhook. `id` is the same on every attempt of one message and holds no full
    /// stop; `time` is when this attempt is made, written in whole seconds. The signatures stand in the order of the
    /// keys, a blank between them, `v1,` or `v1a,` before each.
    package func headers(id: String, at time: Timestamp, body: [UInt8]) -> [HeaderField] {
        let seconds = String(time.milliseconds / 1000)
        let signed = Array("\(id).\(seconds).".utf8) + body
        let signatures = keys.compactMap { key in
            switch key {
            case .secret(let bytes): "v1," + BinaryText.base64.encode(Digest.hmac(.sha256, key: bytes, signed))
            case .privateKey(let key): "v1a," + BinaryText.base64.encode(key.signature(of: signed))
            case .publicKey: nil
            }
        }
        return [
            HeaderField("webhook-id", id),
            HeaderField("webhook-timestamp", seconds),
            HeaderField("webhook-signature", signatures.joined(separator: " ")),
        ]
    }
}

extension WebhookSigner: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// How many keys there are; never the keys, not even in a debugger's dump.
    package var description: String { "WebhookSigner(\(keys.count) keys)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
