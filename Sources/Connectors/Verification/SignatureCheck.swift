// The hmac scheme: a keyed digest (RFC 2104) over parts of the request, and a time that must be near.

import Model
import Signing

/// An hmac block with the endpoint's keys.
struct SignatureCheck: Sendable {
    /// How many signatures of a list are looked at.
    static let signaturesMax = 16

    let declaration: HMACDeclaration
    let keys: [[UInt8]]

    /// - Throws: a key that is not written in its encoding.
    init(_ declaration: HMACDeclaration, settings: [String: [String]]) throws(SettingProblems) {
        self.declaration = declaration
        var keys: [[UInt8]] = []
        for text in declaration.key.values(settings) where !text.isEmpty {
            guard let key = Self.key(text, declaration), !key.isEmpty,
                !declaration.isEd25519 || PublicKey(ed25519: key) != nil
            else {
                let name = declaration.key.settings.first
                throw SettingProblems([
                    SettingProblem(setting: name, message: "is not a key in \(declaration.keyEncoding.rawValue)")
                ])
            }
            keys.append(key)
        }
        self.keys = keys
    }

    private static func key(_ text: String, _ declaration: HMACDeclaration) -> [UInt8]? {
        var text = text
        if let prefix = declaration.keyPrefix, text.hasPrefix(prefix) { text.removeFirst(prefix.count) }
        return switch declaration.keyEncoding {
        case .utf8: Array(text.utf8)
        case .hex: BinaryText.hex.decode(text)
        case .base64: BinaryText.base64.decode(text)
        }
    }

    /// `nil` when a signature matches and the time is near, else why not.
    func refusal(of parts: inout RequestParts) -> String? {
        do throws(RequestParts.Missing) {
            try parse(&parts)
            if let reason = try Self.staleness(&parts, declaration.timestamp) { return reason }
            var given = try parts.text(declaration.from)
            if let prefix = declaration.prefix {
                if given.hasPrefix(prefix) {
                    given.removeFirst(prefix.count)
                } else if !declaration.isPrefixOptional {
                    return "signature has not its prefix"
                }
            }
            let signatures = try signatures(in: given)
            var message: [UInt8] = []
            for part in declaration.signed {
                let bytes = try parts.bytes(part)
                message += part == .url && declaration.decodesURL ? Self.decodedURL(bytes) : bytes
            }
            if declaration.isEd25519 {
                let isMatch = keys.compactMap { PublicKey(ed25519: $0) }.contains { key in
                    signatures.contains { key.verifies($0, of: message, by: .ed25519) }
                }
                return isMatch ? nil : "signature does not match"
            }
            let expected = keys.map { Digest.hmac(declaration.hash, key: $0, message) }
            let isMatch = signatures.reduce(false) { Verifier.matches($1, expected) || $0 }
            return isMatch ? nil : "signature does not match"
        } catch {
            return error.reason
        }
    }

    /// Reads the header that says several things.
    private func parse(_ parts: inout RequestParts) throws(RequestParts.Missing) {
        guard let (from, separator, equals) = declaration.parse else { return }
        var found: [String: [String]] = [:]
        for item in try parts.text(from).split(separator: separator).prefix(Self.signaturesMax) {
            guard let sign = item.firstRange(of: equals) else { continue }
            let name = String(item[..<sign.lowerBound].drop { $0 == " " })
            found[name, default: []].append(String(item[sign.upperBound...]))
        }
        parts.signature = found
    }

    /// The url with those escapes read that some senders read before they sign.
    private static func decodedURL(_ bytes: [UInt8]) -> [UInt8] {
        var text = String(decoding: bytes, as: UTF8.self)
        for (escape, sign) in urlEscapes {
            text = text.replacing(escape, with: sign).replacing(escape.lowercased(), with: sign)
        }
        return Array(text.utf8)
    }

    private static let urlEscapes: KeyValuePairs<String, String> = [
        "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$", "%27": "'", "%28": "(", "%29": ")",
        "%2A": "*", "%2C": ",", "%3B": ";",
    ]

    /// The signatures that count, decoded.
    private func signatures(in text: String) throws(RequestParts.Missing) -> [[UInt8]] {
        var texts = [Substring(text)]
        if let (separator, version) = declaration.list {
            texts = text.split(separator: separator)
            if let version {
                texts = texts.compactMap { item in
                    item.hasPrefix("\(version),") ? item.dropFirst(version.count + 1) : nil
                }
            }
        }
        guard !texts.isEmpty else {
            let version = declaration.list?.version.map { " of version \($0)" } ?? ""
            throw RequestParts.Missing(reason: "no signature\(version) is given", isAbsent: true)
        }
        let decoded = texts.prefix(Self.signaturesMax).compactMap { declaration.encoding.decode(String($0)) }
        guard !decoded.isEmpty else {
            throw RequestParts.Missing(reason: "signature is not \(declaration.encoding.rawValue)", isAbsent: false)
        }
        return decoded
    }

    /// `nil` when the time is near enough or no rule asks for one.
    static func staleness(
        _ parts: inout RequestParts, _ rule: (from: Part, unit: TimeUnit, tolerance: Duration)?
    ) throws(RequestParts.Missing) -> String? {
        guard let (from, unit, tolerance) = rule else { return nil }
        guard let time = time(try parts.text(from), unit) else {
            return "timestamp is not a time in \(unit.rawValue)"
        }
        let age = (parts.request.receivedAt - time).wholeMilliseconds
        guard abs(age) > tolerance.wholeMilliseconds else { return nil }
        return age > 0 ? "timestamp is \(age / 1000) s old" : "timestamp is \(-age / 1000) s in the future"
    }

    private static func time(_ text: String, _ unit: TimeUnit) -> Timestamp? {
        if unit == .iso { return Timestamp(rfc3339: text) }
        // 14 digits of milliseconds reach the year 5138: enough, and no sum of such times can overflow.
        let digitsMax = unit == .s ? 11 : 14
        guard (1...digitsMax).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let number = Int64(text)
        else { return nil }
        return Timestamp(milliseconds: unit == .s ? number * 1000 : number)
    }
}
