// The schemes beyond a keyed digest: a hash with a secret inside, tokens signed with a secret, and several at once.

import Model
import Signing

/// A block with the endpoint's secrets.
struct FurtherCheck: Sendable {
    let scheme: String
    /// The blocks of `all`, in the order in which they are asked; empty for any other.
    let inner: [Verifier.Check]
    private let fields: Fields
    private let secrets: [[UInt8]]
    /// The settings that must have a value.
    private let needed: [String]
    private let settings: [String: [String]]

    /// - Throws: a key that is not written in its encoding.
    init(_ fields: Fields, settings: [String: [String]]) throws(SettingProblems) {
        self.fields = fields
        self.settings = settings
        scheme = fields.string("scheme") ?? ""
        let template = fields.template(scheme == "field_equals" ? "value" : "key")
        secrets = template?.values(settings).filter { !$0.isEmpty }.map { Array($0.utf8) } ?? []
        needed = fields.strings("parts").compactMap { text in
            if case .setting(let name) = Part(text) { name } else { nil }
        }
        let blocks = fields.list("of").compactMap { $0.fields.flatMap { VerifyBlock($0) } }
        inner = blocks.isEmpty ? [] : try Verifier(blocks, settings: settings).checks.localFirst
    }

    /// Where a signed token stands; `nil`: the scheme has none.
    var token: Part? { scheme == "jwt_secret" ? fields.part("from") : nil }

    /// Whether its settings are given.
    var isSet: Bool {
        switch scheme {
        case "all": !inner.isEmpty && inner.allSatisfy(\.isSet)
        case "digest": !needed.isEmpty && needed.allSatisfy { !(settings[$0]?.first ?? "").isEmpty }
        default: !secrets.isEmpty
        }
    }

    /// Of `all`, the first block that refuses decides, even when another could not be asked.
    func finding(of parts: inout RequestParts, by ring: KeyRing) async -> Finding {
        guard scheme == "all" else { return Finding(refusal: refusal(of: &parts)) }
        guard !inner.isEmpty else { return .refused("no block stands in all") }
        var finding = Finding.passed
        for check in inner {
            switch await check.finding(of: &parts, by: ring) {
            case .passed: continue
            case .refused(let reason): return .refused(reason)
            case .undecided(let reason): finding = .undecided(reason)
            }
        }
        return finding
    }

    /// `nil` when the request passes, else why not.
    private func refusal(of parts: inout RequestParts) -> String? {
        do throws(RequestParts.Missing) {
            switch scheme {
            case "field_equals":
                guard let part = fields.part("field") else { return "no field is named" }
                return Verifier.matches(Array(try parts.text(part).utf8), secrets)
                    ? nil : "\(part.name) does not match"
            case "digest": return try digestRefusal(&parts)
            case "jwt_secret": return try tokenRefusal(&parts)
            case "twilio":
                guard let from = fields.part("from") else { return "no signature is named" }
                return try SignedForm.refusal(of: &parts, from: from, secrets: secrets)
            default: return "the scheme is unknown"
            }
        } catch {
            return error.reason
        }
    }

    private func digestRefusal(_ parts: inout RequestParts) throws(RequestParts.Missing) -> String? {
        guard let from = fields.part("from"), let hash = fields.choice("hash", of: HashAlgorithm.self),
            let encoding = fields.choice("encoding", of: BinaryText.self)
        else { return "the digest is not declared" }
        var given = try parts.text(from)
        if let prefix = fields.string("prefix") {
            guard given.hasPrefix(prefix) else { return "signature has not its prefix" }
            given.removeFirst(prefix.count)
        }
        guard let signature = encoding.decode(given) else { return "signature is not \(encoding.rawValue)" }
        // One message for each value of a setting with several.
        var messages: [[[UInt8]]] = [[]]
        for part in fields.strings("parts").compactMap({ Part($0) }) {
            let values: [[UInt8]]
            if case .setting(let name) = part {
                values = (settings[name] ?? []).map { Array($0.utf8) }
            } else {
                values = [try parts.bytes(part)]
            }
            messages = messages.flatMap { message in values.map { message + [$0] } }
        }
        let isSorted = fields.boolean("sort") ?? false
        let expected = messages.map { pieces in
            let pieces = isSorted ? pieces.sorted { $0.lexicographicallyPrecedes($1) } : pieces
            return Digest.hash(hash, pieces.flatMap { $0 })
        }
        return Verifier.matches(signature, expected) ? nil : "signature does not match"
    }

    private func tokenRefusal(_ parts: inout RequestParts) throws(RequestParts.Missing) -> String? {
        guard let from = fields.part("from") else { return "no token is named" }
        guard let token = JWS(compact: try parts.text(from)) else { return "the token cannot be read" }
        guard let algorithm = token.algorithm, fields.strings("algorithms").contains(algorithm.rawValue) else {
            return "the token's algorithm is not taken"
        }
        let isSigned = secrets.reduce(false) { token.isSigned(secret: $1) || $0 }
        guard isSigned else { return "the token's signature does not match" }
        return try TokenClaims(fields, settings: settings).refusal(of: token.payload, &parts)
    }
}
