// Requests that are answered and not stored: a network asks whether we are who we say, or whether we are there.

import Model
import Transports

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
        /// Gives a text of the settings to whoever asks.
        case staticReply(method: String, status: Int, body: Template, contentType: String)
        /// Gives a sender leave to send.
        case permission(OriginPermission)
        /// A test call, answered once it is verified.
        case ping(Answer)
        /// Calls an address of the request, once the request is verified.
        case confirmation(AddressConfirmation)
    }

    let scheme: Scheme
    let when: [Condition]

    init?(_ fields: Fields) {
        when = Self.conditions(fields, "when", presentMeansAny: true)
        let contentType = fields.string("content_type") ?? "text/plain"
        let status = fields.integer("status") ?? 200
        let answer = Answer(
            status: status, contentType: contentType, body: Array((fields.string("body") ?? "").utf8))
        let method = fields.string("method") ?? "POST"
        switch fields.string("scheme") {
        case "challenge_echo":
            guard let echo = fields.part("echo") else { return nil }
            scheme = .challengeEcho(
                method: method, expect: Self.conditions(fields, "expect", presentMeansAny: false), echo: echo,
                mismatch: fields.integer("mismatch") ?? 403, contentType: contentType)
        case "challenge_sign":
            guard let signature = ChallengeSignature(fields) else { return nil }
            scheme = .challengeSign(signature)
        case "static_reply":
            guard let body = fields.template("body") else { return nil }
            scheme = .staticReply(method: method, status: status, body: body, contentType: contentType)
        case "options_origin": scheme = .permission(OriginPermission(fields))
        case "ping": scheme = .ping(answer)
        case "confirm_url":
            guard let confirmation = AddressConfirmation(fields, answer: answer) else { return nil }
            scheme = .confirmation(confirmation)
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
            case .challengeEcho(let method, _, _, _, _), .staticReply(let method, _, _, _): method
            case .challengeSign(let signature): signature.method
            case .permission: "OPTIONS"
            case .confirmation(let confirmation): confirmation.method
            case .ping: nil
            }
        }
    }

    /// Whether requests of this method are verified for its sake.
    func isVerified(_ method: String) -> Bool {
        if case .confirmation(let confirmation) = scheme { confirmation.method == method } else { false }
    }

    /// The answer to a challenge; `nil` when the request is none. Asked before the verification.
    /// - Parameter methods: the connector's own.
    func challengeReception(_ parts: inout RequestParts, methods: [String]) -> Reception? {
        switch scheme {
        case .ping, .confirmation: return nil
        case .permission(let permission): return permission.reception(&parts, methods: methods)
        case .challengeSign(let signature):
            guard parts.request.method == signature.method, holds(when, &parts) else { return nil }
            return signature.reception(&parts)
        case .staticReply(let method, let status, let body, let contentType):
            guard parts.request.method == method, holds(when, &parts) else { return nil }
            guard let text = body.value(parts.settings) else {
                return .refused(status: 403, reason: "no text is set that could be given")
            }
            return .answered(Answer(status: status, contentType: contentType, body: Array(text.utf8)))
        case .challengeEcho(let method, let expect, let echo, let mismatch, let contentType):
            guard parts.request.method == method, holds(when, &parts) else { return nil }
            guard holds(expect, &parts) else {
                return .refused(status: mismatch, reason: "the handshake does not match")
            }
            return Self.echoed(echo, &parts, mismatch, contentType)
        }
    }

    private static func echoed(
        _ echo: Part, _ parts: inout RequestParts, _ mismatch: Int, _ contentType: String
    ) -> Reception {
        do throws(RequestParts.Missing) {
            let value = Array(try parts.text(echo).utf8)
            guard value.count <= echoBytesMax else {
                return .refused(status: mismatch, reason: "\(echo.name) is longer than \(echoBytesMax) bytes")
            }
            return .answered(Answer(status: 200, contentType: contentType, body: value))
        } catch {
            return .refused(status: mismatch, reason: error.reason)
        }
    }

    /// The answer to a ping or to what asks for a confirmation; `nil` when the request is neither. Asked after the
    /// verification.
    func trustedReception(_ parts: inout RequestParts, through transport: any HTTPTransport) async -> Reception? {
        switch scheme {
        case .ping(let answer): return holds(when, &parts) ? .answered(answer) : nil
        case .confirmation(let confirmation):
            guard parts.request.method == confirmation.method, holds(when, &parts) else { return nil }
            return await confirmation.reception(&parts, through: transport)
        case .challengeEcho, .challengeSign, .staticReply, .permission: return nil
        }
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
