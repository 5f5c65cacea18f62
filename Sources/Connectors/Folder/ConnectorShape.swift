// The connector language as a shape: what may stand in adapter.yaml and contract.yaml. adapters/README.md is its prose.

import Model
import Signing

extension ConnectorSide {
    /// What a file of this side must look like.
    package var shape: Shape {
        var keys: [Shape.Key] = [
            .init(rawValue, .integer(Self.version...Self.version), required: true, about: "the language's version"),
            .init("id", .text(.name), required: true, about: "the folder's name"),
            .init("title", .text(.anything), required: true, about: "what people call it"),
            .init("docs", .string, about: "where its API is described"),
            .init("settings", .map(of: Self.setting, names: .identifier), default: "{}", about: "what IT gives"),
            .init("vocab", Self.vocab, default: "{}", about: "tables that every jq program sees as $vocab"),
            .init("receive", Self.receive, about: "how requests that come in are read"),
            .init("auth", .map(of: Self.auth, names: .identifier), default: "{}", about: "how requests are authorised"),
            .init("send", send, about: "how requests of ours are made"),
            .init("calls", .map(of: Self.call, names: .identifier), default: "{}", about: "look-ups"),
            .init("poll", Self.poll, default: "[]", about: "what is fetched because nobody sends it"),
            .init("stream", Self.stream, default: "[]", about: "answers that never end, with events in them"),
            .init("register", Self.register, default: "[]", about: "how the other side learns where to call us"),
            .init("files", Self.files, about: "how files that it speaks of are fetched"),
            .init("errors", .list(of: Self.errorRule), default: "[]", about: "what an answer that is not ok means"),
            .init("limits", Self.limits, default: "{}", about: "how much and how fast"),
            .init("capabilities", Self.capabilities, default: "{}", about: "what the network can do"),
        ]
        if self == .contract {
            keys.append(.init("reconcile", Self.reconcile, about: "how it is found out which tickets the CRM has"))
        }
        return .object(keys)
    }

    private static var setting: Shape {
        .object([
            .init("secret", .boolean, default: "false", about: "never logged, never visible to jq"),
            .init("default", .string, about: "the value when none is given"),
            .init("optional", .boolean, default: "false", about: "may be left out without a default"),
            .init("about", .string, required: true, about: "one line for IT"),
        ])
    }

    // MARK: - receive

    private static var receive: Shape {
        .object([
            .init(
                "methods", .list(of: .enumeration(["GET", "POST", "PUT", "PATCH", "DELETE"])), default: "[POST]",
                about: "the methods that are taken"),
            .init("verify", .list(of: verify), required: true, about: "a request passes when any block passes"),
            .init("on_failure", .integer(400...499), default: "401", about: "the status when no block passes"),
            .init("calls", .list(of: callUse), about: "look-ups made before receive.jq"),
            .init("handshake", .list(of: handshake), default: "[]", about: "requests answered before all else"),
            .init("decode", BodyDecoding.shape, default: "json", about: "its form"),
            .init(
                "ack",
                .object([
                    .init("status", .integer(200...299), default: "200", about: "the status"),
                    .init("content_type", .text(.anything), default: "text/plain", about: "the body's type"),
                    .init("body", .string, default: "''", about: "the body"),
                ]), default: "{}", about: "the answer once everything is stored"),
        ])
    }

    private static var verify: Shape {
        .oneOf(
            by: "scheme",
            provingSchemes + [
                .init("none", about: "anybody may post", []),
                confirmByFetch,
                .init(
                    "all", about: "every block must pass",
                    [.init("of", .list(of: .oneOf(by: "scheme", innerSchemes)), required: true, about: "the blocks")]),
            ])
    }

    static var hmacKeys: [Shape.Key] {
        let encodings = BinaryText.allCases.map(\.rawValue)
        return [
            .init("hash", .enumeration(HashAlgorithm.allCases.map(\.rawValue)), required: true, about: "the hash"),
            .init("key", .template, required: true, about: "the key; of a list every one is tried"),
            .init(
                "key_encoding", .enumeration(KeyEncoding.allCases.map(\.rawValue)), default: "utf8",
                about: "how the key is written"),
            .init("key_prefix", .text(.anything), about: "cut off the key before it is decoded"),
            .init("signed", .list(of: .text(.part)), required: true, about: "the parts that are signed, in order"),
            .init("encoding", .enumeration(encodings), required: true, about: "how the signature is written"),
            .init("from", .text(.source), required: true, about: "where the signature stands"),
            .init("prefix", .text(.anything), about: "what stands before the signature"),
            prefixOptional, parse, urlDecode,
            .init(
                "list",
                .object([
                    .init("separator", .text(.anything), required: true, about: "what stands between signatures"),
                    .init("version", .text(.anything), about: "the version, before a comma, of those that count"),
                ]), about: "several signatures, any of which may match"),
            .init(
                "timestamp",
                .object([
                    .init("from", .text(.source), required: true, about: "where the time stands"),
                    .init(
                        "unit", .enumeration(TimeUnit.allCases.map(\.rawValue)), required: true,
                        about: "how the time is written"),
                    .init("tolerance", .duration, required: true, about: "how far it may be off, past or future"),
                ]), about: "the freshness rule"),
        ]
    }

    // MARK: - capabilities

    private static var capabilities: Shape {
        .object([
            .init(
                "receipts", .list(of: .enumeration(Receipt.allCases.map(\.rawValue))), default: "[]",
                about: "what the network reports of our messages"),
            .init("reply_to", .boolean, default: "false", about: "a reply can point at one message"),
            .init("edits", .boolean, default: "false", about: "the network tells of edits and deletions"),
            .init("reactions", .boolean, default: "false", about: "the network tells of reactions"),
            .init("files", .boolean, default: "false", about: "the network sends files"),
        ])
    }
}
