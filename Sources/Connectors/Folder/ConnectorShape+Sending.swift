// The sending half of the connector language as a shape.

import Model

extension ConnectorSide {
    static var auth: Shape {
        func template(_ name: String, _ about: String) -> Shape.Key {
            .init(name, .template, required: true, about: about)
        }
        return .oneOf(
            by: "scheme",
            [
                .init("bearer", about: "Authorization: Bearer …", [template("value", "the token")]),
                .init(
                    "header", about: "a header of its own",
                    [
                        .init("name", .text(.headerName), required: true, about: "the header's name"),
                        template("value", "the credential"),
                        .init("prefix", .string, about: "what stands before it"),
                    ]),
                .init(
                    "basic", about: "Authorization: Basic …",
                    [template("user", "the user's name"), template("password", "the password")]),
                .init(
                    "param", about: "a parameter of the request",
                    [
                        .init(
                            "in", .enumeration(AuthScheme.Place.allCases.map(\.rawValue)), required: true,
                            about: "where the parameter stands"),
                        .init("name", .text(.anything), required: true, about: "the parameter's name"),
                        template("value", "the credential"),
                    ]),
                .init(
                    "standard_webhooks", about: "signs by Standard Webhooks with every key of the list",
                    [template("key", "the signing keys: whsec_ and whsk_; whpk_ ones are passed over")]),
            ] + tokenSchemes)
    }

    var send: Shape {
        var keys: [Shape.Key] = [
            .init("base_url", .template, required: true, about: "the address that a request's path is put behind"),
            .init("hosts", .list(of: .template), default: "[]", about: "further hosts; *. stands for any name before"),
            .init("auth", .text(.identifier), about: "the auth of a request that names none"),
            .init("headers", .map(of: .template, names: .headerName), default: "{}", about: "sent with every request"),
            .init("timeout", .duration, default: "30s", about: "from the first byte out to the last byte in"),
            .init(
                "idempotency",
                .object([
                    .init("header", .text(.headerName), about: "the header that takes the key"),
                    .init("repeatable", .boolean, default: "false", about: "may be made twice without harm"),
                    .init(
                        "methods", .list(of: .enumeration(["POST", "PUT", "PATCH", "DELETE"])),
                        about: "the methods with which the other side minds it; default all"),
                ]),
                about: "how the other side knows a request that comes again"),
            .init("result", result, default: "{}", about: "what is read from an answer, in jq"),
            .init("steps", .list(of: Self.step), about: "the requests that one delivery needs, in order"),
            .init("fallback", Self.fallback, about: "the action to try when an attempt ends in a class"),
            .init("calls", .list(of: Self.callUse), about: "look-ups made before send.jq"),
            .init("files", sentFiles, about: "what the other side takes of files"),
            .init(
                "leave",
                .object([
                    .init("origin", .template, required: true, about: "who we are, a name of DNS; no value: not asked"),
                    .init("rate", .integer(1...100_000), about: "how many requests a minute we should like to send"),
                ]), about: "leave that is asked for by OPTIONS before anything is sent"),
        ]
        if self == .contract {
            let types = ContractEventType.allCases.map(\.rawValue) + ["*"]
            keys.append(.init("events", .list(of: .enumeration(types)), required: true, about: "the events it wants"))
        }
        return .object(keys)
    }

    private var result: Shape {
        var keys: [Shape.Key] = [
            .init("ok", .text(.anything), default: "'\(ResultRules.okDefault)'", about: "whether it is done"),
            .init("id", .text(.anything), about: "the other side's id of what we sent"),
            .init("context", .text(.anything), about: "kept with what we sent"),
        ]
        if self == .contract {
            keys += [
                .init("ticket", .text(.anything), about: "the ticket's id there"),
                .init("ticket_url", .text(.anything), about: "the ticket's address there"),
                .init("ticket_context", .text(.anything), about: "kept with the ticket"),
            ]
        }
        return .object(keys)
    }

    static var errorRule: Shape {
        .object([
            .init("when", .text(.anything), required: true, about: "jq: the rule holds when this is true"),
            .init(
                "class", .enumeration(OutcomeClass.allCases.map(\.rawValue)), required: true,
                about: "what the answer means"),
            .init(
                "wait",
                .object([
                    .init("seconds", .text(.anything), about: "jq: the seconds to wait"),
                    .init(
                        "until",
                        .object([
                            .init("time", .text(.timeOfDay), required: true, about: "the time of the day"),
                            .init("zone", .text(.timeZone), required: true, about: "where"),
                        ]), about: "the wait when the answer tells none: until this time of the day"),
                    .init("default", .duration, about: "the wait when nothing tells one"),
                ]), about: "how long to wait before the next attempt"),
            .init(
                "scope", .enumeration(["account", "thread"]), default: "thread",
                about: "what a throttled or permanent answer holds up: all to the endpoint, or what was sent"),
            .init("again_from", .text(.identifier), about: "the step at which the next attempt begins"),
        ])
    }
}

extension Shape.TextRule {
    /// A header's name (RFC 9110 section 5.1).
    static let headerName = Shape.TextRule("a header's name", pattern: "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$") { text in
        !text.isEmpty && text.utf8.allSatisfy { isTokenByte($0) }
    }

    /// RFC 9110 section 5.6.2: the bytes of a token.
    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: Array("!#$%&'*+-.^_`|~".utf8).contains(byte)
        }
    }
}
