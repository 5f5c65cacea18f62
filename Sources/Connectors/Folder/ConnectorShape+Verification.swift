// The schemes of a verification beyond the first ones, as shapes, and the mistakes that no shape can see.

import Model
import Signing

extension ConnectorSide {
    static var prefixOptional: Shape.Key {
        .init("prefix_optional", .boolean, default: "false", about: "a signature without the prefix is taken too")
    }
    static var urlDecode: Shape.Key {
        .init("url_decode", .enumeration(["reserved"]), about: "which escapes of the url are read before it is signed")
    }
    static var parse: Shape.Key {
        .init(
            "parse",
            .object([
                .init("from", .text(.source), required: true, about: "the header that says several things"),
                .init("separator", .text(.anything), default: "','", about: "what stands between two of them"),
                .init("equals", .text(.anything), default: "'='", about: "what stands behind a name"),
            ]), about: "makes sig:NAME of a header that says several things")
    }

    /// Schemes that may stand alone and in `all`.
    static var furtherSchemes: [Shape.Choice] {
        let skipped = ["hash", "url_decode"]
        let source: Shape = .text(.source)
        return [
            .init("ed25519", about: "a signature by a private key", hmacKeys.filter { !skipped.contains($0.name) }),
            .init(
                "digest", about: "a hash over parts, one of which is secret",
                [
                    .init("hash", hashes, required: true, about: "the hash"),
                    .init("parts", .list(of: .text(.part)), required: true, about: "the parts, a secret among them"),
                    .init("sort", .boolean, default: "false", about: "the parts are put in order first"),
                    .init("encoding", encodings, required: true, about: "how the hash is written"),
                    .init("from", source, required: true, about: "where the hash stands"),
                    .init("prefix", .text(.anything), about: "what stands before the hash"),
                ]),
            .init(
                "jwt_secret", about: "a token signed with a shared secret",
                [
                    .init("from", source, required: true, about: "where the token stands"),
                    .init("key", .template, required: true, about: "the secret"),
                    .init(
                        "algorithms", .list(of: .enumeration(["HS256", "HS384", "HS512"])), required: true,
                        about: "the algorithms that are taken"),
                    .init("issuer", .list(of: .template), about: "who may have made it"),
                    .init("audience", .template, about: "for whom it must be"),
                    .init("skew", .duration, default: "5m", about: "how far clocks may differ"),
                    .init("claims", .map(of: source, names: .anything), about: "claims that must equal a part"),
                    .init(
                        "body_hash",
                        .object([
                            .init("claim", .text(.anything), required: true, about: "the claim"),
                            .init("hash", hashes, required: true, about: "the hash"),
                            .init("encoding", encodings, required: true, about: "how the hash is written"),
                        ]), about: "a claim that is the body's hash"),
                ]),
        ]
    }

    /// Schemes that prove who sent a request, each by itself.
    static var provingSchemes: [Shape.Choice] {
        furtherSchemes + [
            .init("hmac", about: "a keyed digest over parts of the request", hmacKeys),
            .init(
                "equals", about: "a shared secret sent as it is",
                [
                    .init("from", .text(.source), required: true, about: "where the secret stands"),
                    .init("value", .template, required: true, about: "the secret"),
                ]),
            .init(
                "secret_path", about: "the URL ends in the secret",
                [.init("value", .template, required: true, about: "the secret")]),
        ]
    }

    /// Schemes that may stand in `all`.
    static var innerSchemes: [Shape.Choice] {
        provingSchemes + [
            .init(
                "field_equals", about: "a value that is no secret",
                [
                    .init("field", .text(.source), required: true, about: "where it stands"),
                    .init("value", .template, required: true, about: "what it must be"),
                ])
        ]
    }

    private static var hashes: Shape { .enumeration(HashAlgorithm.allCases.map(\.rawValue)) }
    private static var encodings: Shape { .enumeration(BinaryText.allCases.map(\.rawValue)) }
}

extension ConnectorFolder {
    /// Blocks that would let in whoever knows no secret.
    static func verificationMistakes(in fields: Fields, settings: [String]) -> [ConfigurationProblem] {
        let secrets = (fields.fields("settings")?.members ?? []).filter { $0.value.fields?.boolean("secret") == true }
            .map(\.name)
        var problems: [ConfigurationProblem] = []
        for value in fields.fields("receive")?.list("verify") ?? [] {
            guard let block = value.fields else { continue }
            let inner = block.list("of").compactMap(\.fields)
            if block.string("scheme") == "all", inner.allSatisfy({ $0.string("scheme") == "field_equals" }) {
                problems.append(.init(value.position, "\"all\" needs a block with a secret"))
            }
            for block in [block] + inner where block.string("scheme") == "digest" {
                let names = block.strings("parts").compactMap { text -> String? in
                    if case .setting(let name) = Part(text) { name } else { nil }
                }
                for name in names where !settings.contains(name) {
                    let hint = NearestName.hint(name, among: settings)
                    problems.append(.init(block.position("parts"), "no setting is called \"\(name)\"\(hint)"))
                }
                if !names.contains(where: secrets.contains) {
                    problems.append(.init(block.position("parts"), "no part is a secret setting"))
                }
            }
        }
        return problems
    }
}
