// Signed tokens that bring an answer back to its conversation: in the address that people answer to, in our
// Message-IDs, and in the text for the programs that change both. What such a token proves: docs/decisions/0039.

import Model
import Signing

/// Signs and checks the tokens of one channel.
package struct ThreadSigner: Sendable {
    /// The first signs, all are good for checking: a new key goes before the old one, which stays until the mails
    /// signed with it are no longer answered.
    private let keys: [[UInt8]]
    /// Part of what is signed: a token of one mailbox is worth nothing at another.
    private let channel: String

    /// How long a key must be, in bytes.
    package static let keyBytesMin = 16
    /// 60 bits in base 32: a guess by mail would have to be made some 10^18 times.
    static let signatureLength = 12
    /// What an id of ours is, without its prefix.
    static let idLength = 26
    /// How long a token is: only letters and digits of Crockford's base 32, in lower case, for servers change case.
    static let tokenLength = idLength + signatureLength

    /// `nil` without a key, and with one that is shorter than ``keyBytesMin``.
    package init?(keys: [[UInt8]], channel: String) {
        guard !keys.isEmpty, keys.allSatisfy({ $0.count >= Self.keyBytesMin }) else { return nil }
        self.keys = keys
        self.channel = channel
    }

    /// The token of a conversation.
    func token(_ conversation: ConversationID) -> String {
        Self.bare(conversation.text) + signature(Self.bare(conversation.text), "", keys[0])
    }

    /// The token of a message in a conversation: it is good for that Message-ID alone.
    func token(_ conversation: ConversationID, _ message: MessageID) -> String {
        let (first, second) = (Self.bare(conversation.text), Self.bare(message.text))
        return first + signature(first, second, keys[0])
    }

    /// The conversation of a token in any case; `nil` for one that we did not sign.
    func conversation(_ token: String, message: String = "") -> ConversationID? {
        guard let text = Self.normal(token), text.utf8.count == Self.tokenLength else { return nil }
        guard message.isEmpty || Self.normal(message)?.utf8.count == Self.idLength else { return nil }
        let id = String(text.prefix(Self.idLength))
        let given = Array(text.utf8.suffix(Self.signatureLength))
        let other = Self.normal(message) ?? ""
        var isGood = false
        // Every key is tried, so that the time tells nothing of which one it was.
        for key in keys where constantTimeEqual(given, Array(signature(id, other, key).utf8)) { isGood = true }
        return isGood ? ConversationID("\(ConversationKind.prefix)_\(id)") : nil
    }

    private func signature(_ conversation: String, _ message: String, _ key: [UInt8]) -> String {
        let signed = "mail thread 1 \(channel.utf8.count) \(channel) \(conversation) \(message)"
        return Self.digits(Digest.hmac(.sha256, key: key, Array(signed.utf8)), count: Self.signatureLength)
    }

    /// An id without its prefix.
    static func bare(_ id: String) -> String {
        id.firstIndex(of: "_").map { String(id[id.index(after: $0)...]) } ?? id
    }

    /// The first bits of `bytes` in base 32.
    private static func digits(_ bytes: [UInt8], count: Int) -> String {
        var text: [UInt8] = []
        var bits = 0
        var held = 0
        for byte in bytes where text.count < count {
            bits = bits << 8 | Int(byte)
            held += 8
            while held >= 5, text.count < count {
                held -= 5
                text.append(alphabet[bits >> held & 31])
            }
            bits &= 1 << held - 1
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// In lower case; `nil` when a sign is no digit of the base.
    private static func normal(_ token: String) -> String? {
        var text: [UInt8] = []
        for byte in token.utf8 {
            let lower = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
            guard isDigit(lower) else { return nil }
            text.append(lower)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether a byte is a digit of the base, in either case.
    static func isDigit(_ byte: UInt8) -> Bool {
        let lower = (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
        return alphabet.contains(lower)
    }

    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
}
