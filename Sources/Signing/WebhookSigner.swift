// Signs what we send to webhooks, as the Standard Webhooks specification 1.0 says (standardwebhooks.com), so that
// receivers can use any of its libraries.

package import Model

/// Signs webhook bodies with HMAC-SHA256. With several keys every body carries a signature of each: a receiver that
/// knows the old key or the new one accepts it, so keys are rotated without a gap.
package struct WebhookSigner: Sendable {
    /// How long a decoded key is, in bytes (Standard Webhooks, "Signature scheme").
    package static let keyBytes = 24...64

    private let keys: [[UInt8]]

    /// Each key is base64, with `whsec_` before it or without.
    /// - Throws: `no_key`, `key_not_base64`, `key_length`; the text names the cure and never the key.
    package init(keys: [String]) throws(SigningError) {
        guard !keys.isEmpty else { throw SigningError(.noKey, "no signing key was given; \(Self.cure)") }
        var decoded: [[UInt8]] = []
        for (index, key) in keys.enumerated() {
            let name = "signing key \(index + 1) of \(keys.count)"
            let text = key.hasPrefix(Self.prefix) ? String(key.dropFirst(Self.prefix.count)) : key
            guard let bytes = BinaryText.base64.decode(text) else {
                throw SigningError(.keyNotBase64, "\(name) is not base64; \(Self.cure)")
            }
            guard Self.keyBytes.contains(bytes.count) else {
                let bounds = "\(Self.keyBytes.lowerBound) to \(Self.keyBytes.upperBound)"
                throw SigningError(
                    .keyLength, "\(name) is \(bytes.count) bytes long, but must be \(bounds); \(Self.cure)")
            }
            decoded.append(bytes)
        }
        self.keys = decoded
    }

    /// The three header fields of a signed webhook. `id` is the same on every attempt of one message and holds no full
    /// stop; `time` is when this attempt is made, written in whole seconds. The signatures stand in the order of the
    /// keys, `v1,` before each.
    package func headers(id: String, at time: Timestamp, body: [UInt8]) -> [HeaderField] {
        let seconds = String(time.milliseconds / 1000)
        let signed = Array("\(id).\(seconds).".utf8) + body
        let signatures = keys.map { "v1," + BinaryText.base64.encode(Digest.hmac(.sha256, key: $0, signed)) }
        return [
            HeaderField("webhook-id", id),
            HeaderField("webhook-timestamp", seconds),
            HeaderField("webhook-signature", signatures.joined(separator: " ")),
        ]
    }

    private static let prefix = "whsec_"
    private static let cure = "make one with `openssl rand -base64 32` and put whsec_ before it"
}

extension WebhookSigner: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// How many keys there are; never the keys, not even in a debugger's dump.
    package var description: String { "WebhookSigner(\(keys.count) keys)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
