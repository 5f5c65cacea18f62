// Step 2 of the hallway: is this request from whom it says? Over the raw bytes, in constant time, and with reasons that
// may be logged.

import Model
import Signing

/// The verification of one endpoint: its blocks with the endpoint's secrets.
struct Verifier: Sendable {
    enum Check: Sendable {
        case signature(SignatureCheck)
        case standardWebhook(StandardWebhookCheck)
        case equals(from: Part, values: [[UInt8]])
        case secretPath([[UInt8]])
        case publishedKey(PublishedKeyCheck)
        case topicMessage(TopicMessageCheck)
        /// Says nothing of the request: the body's place is taken by what is read again when it is mapped.
        case confirmation
        case further(FurtherCheck)
        case none
    }

    /// In the order of the YAML.
    let checks: [Check]
    /// In the order in which they are asked.
    private let asked: [Check]
    /// Headers that carry shared secrets and tokens, in lower case: never stored, never shown to jq.
    let secretHeaders: Set<String>
    /// Query parameters that carry shared secrets and tokens: never stored, never shown to jq.
    let secretParameters: Set<String>

    /// Binds the blocks to the settings.
    /// - Throws: a key that cannot be decoded, an address that is none.
    init(_ blocks: [VerifyBlock], settings: [String: [String]]) throws(SettingProblems) {
        var checks: [Check] = []
        for block in blocks {
            if let check = try Check(block, settings: settings) { checks.append(check) }
        }
        self.checks = checks
        asked = checks.localFirst
        var headers: Set<String> = ["authorization", "proxy-authorization", "cookie"]
        var parameters: Set<String> = []
        for case let from? in checks.withInner.map(\.credential) {
            if case .header(let name) = from { headers.insert(name) }
            if case .query(let name) = from { parameters.insert(name) }
        }
        secretHeaders = headers
        secretParameters = parameters
    }

    /// The secret that the address ends in, the newest; `nil`: none does.
    var pathSecret: [UInt8]? {
        for case .secretPath(let values) in checks.withInner { return values.first }
        return nil
    }

    /// Passed when any block lets the request pass, else why none does. Undecided only when no block passes and at
    /// least one could not be asked.
    func finding(of parts: inout RequestParts, by ring: KeyRing) async -> Finding {
        var refusals: [String] = []
        var open: [String] = []
        for check in asked where check.isSet {
            switch await check.finding(of: &parts, by: ring) {
            case .passed: return .passed
            case .refused(let reason): if !refusals.contains(reason) { refusals.append(reason) }
            case .undecided(let reason): if !open.contains(reason) { open.append(reason) }
            }
        }
        if !open.isEmpty { return .undecided(open.joined(separator: "; ")) }
        return .refused(
            refusals.isEmpty ? "no secret is set that could be checked" : refusals.joined(separator: "; "))
    }

    /// Compares with every secret, in constant time each, without stopping at the first.
    static func matches(_ given: [UInt8], _ secrets: [[UInt8]]) -> Bool {
        secrets.reduce(false) { constantTimeEqual(given, $1) || $0 }
    }
}

extension Verifier {
    /// The names of the schemes, in order, each once.
    var schemes: [String] {
        var names: [String] = []
        for check in checks where !names.contains(check.scheme) { names.append(check.scheme) }
        return names
    }

    /// Whether a block, or one inside `all`, asks for a secret in the path.
    var takesPathSecret: Bool {
        checks.withInner.contains { if case .secretPath = $0 { true } else { false } }
    }
}

extension Verifier.Check {
    /// `nil`: the block is not declared as its shape asks.
    init?(_ block: VerifyBlock, settings: [String: [String]]) throws(SettingProblems) {
        switch block {
        case .hmac(let declaration): self = .signature(try SignatureCheck(declaration, settings: settings))
        case .standardWebhook(let key, let tolerance):
            self = .standardWebhook(try StandardWebhookCheck(key: key, tolerance: tolerance, settings: settings))
        case .equals(let from, let value): self = .equals(from: from, values: Self.secrets(value, settings))
        case .secretPath(let value): self = .secretPath(Self.secrets(value, settings))
        case .publishedKey(let fields):
            guard let check = try PublishedKeyCheck(fields, settings: settings) else { return nil }
            self = .publishedKey(check)
        case .topicMessage(let fields): self = .topicMessage(TopicMessageCheck(fields, settings: settings))
        case .confirmation: self = .confirmation
        case .further(let fields): self = .further(try FurtherCheck(fields, settings: settings))
        case .none: self = .none
        }
    }

    /// An empty text is no secret: it would let in whoever sends an empty value.
    private static func secrets(_ template: Template, _ settings: [String: [String]]) -> [[UInt8]] {
        template.values(settings).filter { !$0.isEmpty }.map { Array($0.utf8) }
    }

    /// The scheme as the YAML names it.
    var scheme: String {
        switch self {
        case .signature(let check): check.declaration.isEd25519 ? "ed25519" : "hmac"
        case .standardWebhook: "standard_webhooks"
        case .publishedKey: "jwt_jwks"
        case .topicMessage: "aws_sns"
        case .confirmation: "confirm_by_fetch"
        case .further(let check): check.scheme
        case .equals: "equals"
        case .secretPath: "secret_path"
        case .none: "none"
        }
    }

    /// Where something stands that lets in whoever has seen it: a shared secret, or a token while it is good.
    var credential: Part? {
        switch self {
        case .equals(let from, _): from
        case .publishedKey(let check): check.from
        case .further(let check): check.token
        case .none, .confirmation, .signature, .standardWebhook, .secretPath, .topicMessage: nil
        }
    }

    /// Whether its settings are given; an optional one that is not lets nobody pass.
    var isSet: Bool {
        switch self {
        case .none, .confirmation: true
        case .signature(let check): !check.keys.isEmpty
        case .standardWebhook(let check): check.isSet
        case .publishedKey(let check): check.isSet
        case .topicMessage(let check): check.isSet
        case .further(let check): check.isSet
        case .equals(_, let secrets), .secretPath(let secrets): !secrets.isEmpty
        }
    }

    /// Whether it may have to ask somebody.
    var asksOthers: Bool {
        switch self {
        case .publishedKey, .topicMessage: true
        case .further(let check): check.inner.contains(where: \.asksOthers)
        case .none, .confirmation, .signature, .standardWebhook, .equals, .secretPath: false
        }
    }

    func finding(of parts: inout RequestParts, by ring: KeyRing) async -> Finding {
        switch self {
        case .none, .confirmation: return .passed
        case .signature(let check): return Finding(refusal: check.refusal(of: &parts))
        case .standardWebhook(let check): return Finding(refusal: check.refusal(of: &parts))
        case .publishedKey(let check): return await check.finding(of: &parts, by: ring)
        case .topicMessage(let check): return await check.finding(of: &parts, by: ring)
        case .further(let check): return await check.finding(of: &parts, by: ring)
        case .secretPath(let secrets):
            guard let given = parts.request.pathSecret else { return .refused("the secret of the path is missing") }
            return Verifier.matches(Array(given.utf8), secrets)
                ? .passed : .refused("the secret of the path does not match")
        case .equals(let part, let secrets):
            do throws(RequestParts.Missing) {
                return Verifier.matches(Array(try parts.text(part).utf8), secrets)
                    ? .passed : .refused("\(part.name) does not match")
            } catch {
                return .refused(error.reason)
            }
        }
    }
}

extension [Verifier.Check] {
    /// Those that ask nobody come first: whom they decide about makes us ask nobody.
    var localFirst: [Verifier.Check] { filter { !$0.asksOthers } + filter(\.asksOthers) }

    /// These and the blocks inside them.
    var withInner: [Verifier.Check] {
        self + flatMap { if case .further(let check) = $0 { check.inner } else { [Verifier.Check]() } }
    }
}
