// The shapes of handshakes.

import Model
import Signing

extension ConnectorSide {
    private static var conditions: Shape { .map(of: .template, names: .source) }

    /// `receive.handshake`.
    static var handshake: Shape {
        .oneOf(by: "scheme", [challengeEcho, challengeSign, staticReply, optionsOrigin, ping, confirmURL])
    }

    private static var when: Shape.Key {
        .init("when", conditions, required: true, about: "what must hold; else it is no handshake")
    }

    private static func method(_ names: [String], default name: String) -> Shape.Key {
        .init("method", .enumeration(names), default: name, about: "the method")
    }

    /// The answer's status, body and type.
    private static func answer(_ body: Shape) -> [Shape.Key] {
        [
            .init("status", .integer(200...299), default: "200", about: "the status"),
            .init("body", body, default: "''", about: "the body"),
            .init("content_type", .text(.anything), default: "text/plain", about: "the body's type"),
        ]
    }

    private static var challengeEcho: Shape.Choice {
        .init(
            "challenge_echo", about: "gives back a value of the request",
            [
                method(["GET", "POST"], default: "POST"), when,
                .init("expect", conditions, default: "{}", about: "what must hold; else it is a mismatch"),
                .init("echo", .text(.source), required: true, about: "the value to give back"),
                .init("mismatch", .integer(400...499), default: "403", about: "the status of a mismatch"),
                .init("content_type", .text(.anything), default: "text/plain", about: "the answer's type"),
            ])
    }

    private static var challengeSign: Shape.Choice {
        .init(
            "challenge_sign", about: "proves that we hold a key: signs a value of the request",
            [
                method(["GET", "POST"], default: "GET"), when,
                .init("value", .text(.source), required: true, about: "the value to sign"),
                .init(
                    "hash", .enumeration(HashAlgorithm.allCases.map(\.rawValue)), required: true, about: "the hash"),
                .init("key", .template, required: true, about: "the key; of a list the first"),
                .init(
                    "encoding", .enumeration(BinaryText.allCases.map(\.rawValue)), required: true,
                    about: "how the signature is written"),
                .init(
                    "body", .text(.anything), required: true,
                    about: "the answer; {signature} and {value} stand for what they say"),
                .init("content_type", .text(.anything), default: "application/json", about: "its type"),
            ])
    }

    private static var staticReply: Shape.Choice {
        .init(
            "static_reply", about: "gives a text of the settings to whoever asks: before the verification",
            [method(["GET", "POST"], default: "POST"), when] + answer(.template))
    }

    private static var optionsOrigin: Shape.Choice {
        .init(
            "options_origin", about: "gives a sender leave to send, asked for by OPTIONS",
            [
                .init("origins", .list(of: .template), required: true, about: "the senders that have leave"),
                .init(
                    "rate", .integer(1...1_000_000), about: "requests a minute that they may send; default any number"),
            ])
    }

    private static var ping: Shape.Choice {
        .init("ping", about: "a test call: verified, answered, not stored", [when] + answer(.string))
    }

    private static var confirmURL: Shape.Choice {
        .init(
            "confirm_url", about: "calls an address of the request once: verified before",
            [
                method(["GET", "POST", "OPTIONS"], default: "POST"), when,
                .init("url", .text(.source), required: true, about: "where the address stands"),
                .init("hosts", .list(of: .template), required: true, about: "hosts that it may lie on, by https"),
            ] + answer(.string))
    }
}

extension ConnectorFolder {
    /// Handshakes that would give away a secret, give leave to nobody, or let anybody make us call.
    static func handshakeMistakes(in fields: Fields) -> [ConfigurationProblem] {
        guard let receive = fields.fields("receive") else { return [] }
        let secrets = (fields.fields("settings")?.members ?? []).filter { $0.value.fields?.boolean("secret") == true }
            .map(\.name)
        let proofs = receive.list("verify").compactMap { $0.fields?.string("scheme") }
        var problems: [ConfigurationProblem] = []
        for handshake in receive.list("handshake").compactMap(\.fields) {
            switch handshake.string("scheme") {
            case "static_reply":
                for name in handshake.template("body")?.settings ?? [] where secrets.contains(name) {
                    let problem = "\"\(name)\" is a secret, and static_reply gives it to whoever asks"
                    problems.append(.init(handshake.position("body"), problem))
                }
            case "options_origin":
                for origin in handshake.list("origins") where origin.string == "*" {
                    problems.append(.init(origin.position, "\"*\" is no sender's name"))
                }
            case "confirm_url" where proofs.contains { ["none", "confirm_by_fetch"].contains($0) }:
                problems.append(
                    .init(handshake.position, "confirm_url needs a verification: anybody could make us call"))
            default: break
            }
        }
        return problems
    }
}
