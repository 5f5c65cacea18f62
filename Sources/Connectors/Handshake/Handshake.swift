// Requests that are answered and not stored: a network asks whether we are who we say, or whether we are there.

import Model
import Signing

/// One handshake of a connector.
struct Handshake: Sendable {
    /// What a part of the request must be.
    struct Condition: Sendable {
        let part: Part
        /// `nil`: anything, if it is there.
        let value: Template?
    }

    enum Scheme: Sendable {
        /// Gives back a value of the request.
        case challengeEcho(method: String, expect: [Condition], echo: Part, mismatch: Int, contentType: String)
        /// Proves that we hold a key: signs a value of the request.
        case challengeSign(ChallengeSignature)
        /// A test call, answered once it is verified.
        case ping(Answer)
    }

    let scheme: Scheme
    let when: [Condition]

    init?(_ fields: Fields) {
        when = Self.conditions(fields, "when", presentMeansAny: true)
        let contentType = fields.string("content_type") ?? "text/plain"
        switch fields.string("scheme") {
        case "challenge_echo":
            guard let echo = fields.part("echo") else { return nil }
            scheme = .challengeEcho(
                method: fields.string("method") ?? "POST",
                expect: Self.conditions(fields, "expect", presentMeansAny: false), echo: echo,
                mismatch: fields.integer("mismatch") ?? 403, contentType: contentType)
        case "challenge_sign":
            guard let signature = ChallengeSignature(fields) else { return nil }
            scheme = .challengeSign(signature)
        case "ping":
            scheme = .ping(
                Answer(
                    status: fields.integer("status") ?? 200, contentType: contentType,
                    body: Array((fields.string("body") ?? "").utf8)))
        default: return nil
        }
    }

    private static func conditions(_ fields: Fields, _ name: String, presentMeansAny: Bool) -> [Condition] {
        (fields.fields(name)?.members ?? []).compactMap { member in
            guard let part = Part(member.name), let text = member.value.string,
                let template = try? Template(text)
            else { return nil }
            return Condition(part: part, value: presentMeansAny && text == "present" ? nil : template)
        }
    }
}

extension Handshake {
    /// How long a value may be that is given back, in bytes.
    static let echoBytesMax = 4096

    /// The methods that handshakes add to a connector's own.
    static func methods(of handshakes: [Handshake]) -> [String] {
        handshakes.compactMap { handshake in
            switch handshake.scheme {
            case .challengeEcho(let method, _, _, _, _): method
            case .challengeSign(let signature): signature.method
            case .ping: nil
            }
        }
    }

    /// The answer to a challenge; `nil` when the request is none. Asked before the verification.
    func challengeReception(_ parts: inout RequestParts) -> Reception? {
        if case .challengeSign(let signature) = scheme {
            guard parts.request.method == signature.method, holds(when, &parts) else { return nil }
            return signature.reception(&parts)
        }
        guard case .challengeEcho(let method, let expect, let echo, let mismatch, let contentType) = scheme,
            parts.request.method == method, holds(when, &parts)
        else { return nil }
        guard holds(expect, &parts) else {
            return .refused(status: mismatch, reason: "the handshake does not match")
        }
        do throws(RequestParts.Missing) {
            let value = Array(try parts.text(echo).utf8)
            guard value.count <= Self.echoBytesMax else {
                return .refused(status: mismatch, reason: "\(echo.name) is longer than \(Self.echoBytesMax) bytes")
            }
            return .answered(Answer(status: 200, contentType: contentType, body: value))
        } catch {
            return .refused(status: mismatch, reason: error.reason)
        }
    }

    /// The answer to a ping; `nil` when the request is none. Asked after the verification.
    func pingAnswer(_ parts: inout RequestParts) -> Answer? {
        guard case .ping(let answer) = scheme, holds(when, &parts) else { return nil }
        return answer
    }

    private func holds(_ conditions: [Condition], _ parts: inout RequestParts) -> Bool {
        for condition in conditions {
            guard let value = condition.value else {
                guard parts.isPresent(condition.part) else { return false }
                continue
            }
            let expected = value.values(parts.settings).filter { !$0.isEmpty }.map { Array($0.utf8) }
            guard let given = try? parts.text(condition.part), Verifier.matches(Array(given.utf8), expected) else {
                return false
            }
        }
        return true
    }
}
