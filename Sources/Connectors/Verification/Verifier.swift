// Step 2 of the hallway: is this request from whom it says? Over the raw bytes, in constant time, and with reasons that
// may be logged.

import Model
import Signing

/// The verification of one endpoint: its blocks with the endpoint's secrets.
struct Verifier: Sendable {
    enum Check: Sendable {
        case signature(SignatureCheck)
        case equals(from: Part, values: [[UInt8]])
        case secretPath([[UInt8]])
        case further(FurtherCheck)
        case none
    }

    let checks: [Check]
    /// Headers that carry shared secrets, in lower case: never stored, never shown to jq.
    let secretHeaders: Set<String>
    /// Query parameters that carry shared secrets: never stored, never shown to jq.
    let secretParameters: Set<String>

    /// Binds the blocks to the settings.
    /// - Throws: a key that cannot be decoded.
    init(_ blocks: [VerifyBlock], settings: [String: [String]]) throws(SettingProblems) {
        var checks: [Check] = []
        for block in blocks {
            switch block {
            case .hmac(let declaration):
                checks.append(.signature(try SignatureCheck(declaration, settings: settings)))
            case .equals(let from, let value):
                checks.append(.equals(from: from, values: Self.secrets(value, settings)))
            case .secretPath(let value): checks.append(.secretPath(Self.secrets(value, settings)))
            case .further(let fields): checks.append(.further(try FurtherCheck(fields, settings: settings)))
            case .none: checks.append(.none)
            }
        }
        self.checks = checks
        var headers: Set<String> = ["authorization", "proxy-authorization", "cookie"]
        var parameters: Set<String> = []
        let inner = checks.flatMap { if case .further(let check) = $0 { check.inner } else { [Check]() } }
        for case .equals(let from, _) in checks + inner {
            if case .header(let name) = from { headers.insert(name) }
            if case .query(let name) = from { parameters.insert(name) }
        }
        secretHeaders = headers
        secretParameters = parameters
    }

    /// An empty text is no secret: it would let in whoever sends an empty value.
    private static func secrets(_ template: Template, _ settings: [String: [String]]) -> [[UInt8]] {
        template.values(settings).filter { !$0.isEmpty }.map { Array($0.utf8) }
    }

    /// `nil` when any block lets the request pass, else why none does: safe for a log and a counter.
    func refusal(of parts: inout RequestParts) -> String? {
        var reasons: [String] = []
        for check in checks where check.isSet {
            guard let reason = Self.refusal(of: &parts, check) else { return nil }
            if !reasons.contains(reason) { reasons.append(reason) }
        }
        return reasons.isEmpty ? "no secret is set that could be checked" : reasons.joined(separator: "; ")
    }

    static func refusal(of parts: inout RequestParts, _ check: Check) -> String? {
        switch check {
        case .none: return nil
        case .signature(let check): return check.refusal(of: &parts)
        case .further(let check): return check.refusal(of: &parts)
        case .secretPath(let secrets):
            guard let given = parts.request.pathSecret else { return "the secret of the path is missing" }
            return matches(Array(given.utf8), secrets) ? nil : "the secret of the path does not match"
        case .equals(let part, let secrets):
            do throws(RequestParts.Missing) {
                return matches(Array(try parts.text(part).utf8), secrets) ? nil : "\(part.name) does not match"
            } catch {
                return error.reason
            }
        }
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
        let inner = checks.flatMap { if case .further(let check) = $0 { check.inner } else { [Check]() } }
        return (checks + inner).contains { if case .secretPath = $0 { true } else { false } }
    }
}

extension Verifier.Check {
    /// The scheme as the YAML names it.
    var scheme: String {
        switch self {
        case .signature(let check): check.declaration.isEd25519 ? "ed25519" : "hmac"
        case .further(let check): check.scheme
        case .equals: "equals"
        case .secretPath: "secret_path"
        case .none: "none"
        }
    }

    /// Whether its settings are given; an optional one that is not lets nobody pass.
    var isSet: Bool {
        switch self {
        case .none: true
        case .signature(let check): !check.keys.isEmpty
        case .further(let check): check.isSet
        case .equals(_, let secrets), .secretPath(let secrets): !secrets.isEmpty
        }
    }
}
