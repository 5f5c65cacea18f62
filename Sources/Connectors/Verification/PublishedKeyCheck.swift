// The jwt_jwks scheme: a token (RFC 7519) signed with a private key whose public half the issuer publishes (RFC 7517).

import Model
import Signing

/// A jwt_jwks block with the endpoint's settings.
struct PublishedKeyCheck: Sendable {
    /// `nil`: a setting that it needs is not given.
    private let source: KeySource?
    /// Where the token stands.
    let from: Part
    private let algorithms: [String]
    private let claims: TokenClaims
    /// What a key must say of itself: a list under `property` that holds the part.
    private let rule: (property: String, part: Part)?
    /// Whether its settings are given.
    let isSet: Bool

    /// - Throws: a setting that makes no https address.
    init?(_ fields: Fields, settings: [String: [String]]) throws(SettingProblems) {
        let isDiscovery = fields["discovery"] != nil
        guard let from = fields.part("from"), let address = fields.template(isDiscovery ? "discovery" : "jwks") else {
            return nil
        }
        self.from = from
        algorithms = fields.strings("algorithms")
        claims = TokenClaims(fields, settings: settings)
        if let rule = fields.fields("key_rule"), let property = rule.string("property"),
            let part = rule.part("contains")
        {
            self.rule = (property, part)
        } else {
            rule = nil
        }
        source = try address.value(settings).map { text throws(SettingProblems) in
            guard let address = WebAddress(text), address.origin.hasPrefix("https://") else {
                throw SettingProblems([
                    SettingProblem(setting: address.settings.first, message: "makes no https address of keys")
                ])
            }
            let hosts = fields.list("key_hosts").compactMap(\.string)
            return KeySource(address: address, isDiscovery: isDiscovery, hosts: hosts)
        }
        let audience = fields.template("audience")?.values(settings) ?? []
        isSet = source != nil && audience.contains { !$0.isEmpty }
    }

    /// What the token says. Everything that needs no key is looked at first: what cannot pass makes us ask nobody.
    func finding(of parts: inout RequestParts, by ring: KeyRing) async -> Finding {
        do throws(RequestParts.Missing) {
            guard let source else { return .refused("no address of keys is set") }
            guard let token = JWS(compact: try parts.text(from)) else { return .refused("the token cannot be read") }
            guard let algorithm = token.algorithm?.rawValue, algorithms.contains(algorithm) else {
                return .refused("the token's algorithm is not taken")
            }
            guard let id = token.keyID, !id.isEmpty else { return .refused("the token names no key") }
            if let reason = try claims.refusal(of: token.payload, &parts) { return .refused(reason) }
            let word = try rule.map { rule throws(RequestParts.Missing) in try parts.text(rule.part) }
            let keys: [JSON]
            do throws(KeyRing.Unavailable) {
                keys = try await ring.keys(of: source, named: id)
            } catch {
                return .undecided(error.reason)
            }
            let usable = keys.filter { Self.isFor($0, algorithm) }
            guard !usable.isEmpty else { return .refused("the token is signed with a key that is not published") }
            let signers = usable.filter { PublicKey(jwk: $0).map { token.isSigned(by: $0) } ?? false }
            guard !signers.isEmpty else { return .refused("the token's signature does not match") }
            if let rule, let word, !signers.contains(where: { Self.has($0[rule.property], word) }) {
                return .refused("the token's key does not stand for \(rule.part.name)")
            }
            return .passed
        } catch {
            return .refused(error.reason)
        }
    }

    /// RFC 7517 sections 4.2 and 4.4: a key may say what it is for.
    private static func isFor(_ key: JSON, _ algorithm: String) -> Bool {
        (key["use"].isNull || key["use"].string == "sig") && (key["alg"].isNull || key["alg"].string == algorithm)
    }

    private static func has(_ list: JSON, _ word: String) -> Bool {
        (list.array ?? []).contains { $0.string == word }
    }
}
