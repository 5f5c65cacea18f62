// A network asks whether we hold the key: it sends a value, and wants its keyed digest back.

import Model
import Signing

/// How the value of a challenge is signed and answered.
struct ChallengeSignature: Sendable {
    let method: String
    /// The value to sign.
    private let value: Part
    private let hash: HashAlgorithm
    private let key: Template
    private let encoding: BinaryText
    /// The answer; `{signature}` and `{value}` stand for what they say.
    private let body: String
    private let contentType: String

    init?(_ fields: Fields) {
        guard let value = fields.part("value"), let hash = fields.choice("hash", of: HashAlgorithm.self),
            let key = fields.template("key"), let encoding = fields.choice("encoding", of: BinaryText.self),
            let body = fields.string("body")
        else { return nil }
        self.value = value
        self.hash = hash
        self.key = key
        self.encoding = encoding
        self.body = body
        method = fields.string("method") ?? "GET"
        contentType = fields.string("content_type") ?? "application/json"
    }

    /// The value's keyed digest in the answer's text; refused when the value cannot stand in it as it is, or could be
    /// the body of a request: the signature is given to whoever asks, often by the key that bodies are verified with.
    func reception(_ parts: inout RequestParts) -> Reception {
        do throws(RequestParts.Missing) {
            let text = try parts.text(value)
            guard (1...Handshake.echoBytesMax).contains(text.utf8.count), text.utf8.allSatisfy(Self.isPlain),
                (try? JSON(parsing: text)) == nil
            else {
                return .refused(status: 400, reason: "\(value.name) is no challenge")
            }
            guard let key = key.value(parts.settings), !key.isEmpty else {
                return .refused(status: 403, reason: "no secret is set that could sign the challenge")
            }
            let digest = Digest.hmac(hash, key: Array(key.utf8), Array(text.utf8))
            let answer = body.replacing("{signature}", with: encoding.encode(digest)).replacing("{value}", with: text)
            return .answered(Answer(status: 200, contentType: contentType, body: Array(answer.utf8)))
        } catch {
            return .refused(status: 400, reason: error.reason)
        }
    }

    /// Letters, digits and signs that mean nothing in JSON: the answer repeats the value.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "-._~+/=:".utf8.contains(byte)
        }
    }
}
