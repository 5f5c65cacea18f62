// What a signed token must say (RFC 7519 section 4.1).

import Model
import Signing

/// The rules for the claims of a token.
struct TokenClaims: Sendable {
    private let fields: Fields
    private let settings: [String: [String]]

    init(_ fields: Fields, settings: [String: [String]]) {
        self.fields = fields
        self.settings = settings
    }

    /// `nil` when every rule holds, else why not. A token must say when it was made or when it ends.
    func refusal(of claims: JSON, _ parts: inout RequestParts) throws(RequestParts.Missing) -> String? {
        if let reason = untimely(claims, at: parts.request.receivedAt) { return reason }
        if fields["issuer"] != nil {
            let issuers = fields.strings("issuer").compactMap { try? Template($0) }.flatMap { $0.values(settings) }
            guard let issuer = claims["iss"].string, issuers.contains(issuer) else {
                return "the token's issuer is another"
            }
        }
        if let template = fields.template("audience") {
            let given = claims["aud"].array?.compactMap(\.string) ?? claims["aud"].string.map { [$0] } ?? []
            let wanted = template.values(settings).filter { !$0.isEmpty }
            guard given.contains(where: wanted.contains) else { return "the token is for another audience" }
        }
        for rule in fields.fields("claims")?.members ?? [] {
            guard let part = rule.value.string.flatMap({ Part($0) }), let claim = Self.text(claims[rule.name]),
                constantTimeEqual(Array(claim.utf8), Array(try parts.text(part).utf8))
            else { return "the token's claim \(rule.name) does not match" }
        }
        if let rule = fields.fields("body_hash"), let name = rule.string("claim") {
            guard let hash = rule.choice("hash", of: HashAlgorithm.self),
                let given = claims[name].string.flatMap({ rule.choice("encoding", of: BinaryText.self)?.decode($0) }),
                constantTimeEqual(given, Digest.hash(hash, parts.request.body))
            else { return "the token's claim \(name) is not the body's hash" }
        }
        return nil
    }

    /// A claim as a text; `nil` for a list, an object and nothing.
    private static func text(_ claim: JSON) -> String? {
        switch claim {
        case .string(let text): text
        case .integer, .number, .bool: claim.text
        case .null, .array, .object: nil
        }
    }

    private func untimely(_ claims: JSON, at now: Timestamp) -> String? {
        let skew = Double((fields.duration("skew") ?? .seconds(300)).wholeMilliseconds) / 1000
        let seconds = Double(now.milliseconds) / 1000
        for name in ["exp", "nbf", "iat"] where !claims[name].isNull && claims[name].double == nil {
            return "the token's claim \(name) is no time"
        }
        let end = claims["exp"].double
        let made = claims["iat"].double
        if end == nil, made == nil { return "the token tells no time" }
        if let end, seconds > end + skew { return "the token has expired" }
        if end == nil, let made, seconds > made + skew { return "the token is too old" }
        if let start = claims["nbf"].double, seconds < start - skew { return "the token is not valid yet" }
        if let made, seconds < made - skew { return "the token is from the future" }
        return nil
    }
}
