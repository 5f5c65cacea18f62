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
                    skew, claims,
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

    private static var claims: Shape.Key {
        .init("claims", .map(of: .text(.claim), names: .anything), about: "claims that must equal a part")
    }

    private static var skew: Shape.Key {
        .init("skew", .duration, default: "5m", about: "how far clocks may differ")
    }

    /// A token signed with a key that its issuer publishes.
    private static var publishedKey: Shape.Choice {
        let algorithms = JWSAlgorithm.allCases.filter { $0.signature != nil }.map(\.rawValue)
        return .init(
            "jwt_jwks", about: "a token signed with a key that its issuer publishes",
            [
                .init("from", .text(.source), required: true, about: "where the token stands"),
                .init("discovery", .template, about: "the document that names the address of the keys"),
                .init("jwks", .template, about: "the address of the keys, in place of discovery"),
                .init("key_hosts", .list(of: .text(.anything)), about: "hosts of the keys besides the discovery's own"),
                .init(
                    "algorithms", .list(of: .enumeration(algorithms)), required: true,
                    about: "the algorithms that are taken"),
                .init("issuer", .list(of: .template), required: true, about: "who may have made it"),
                .init("audience", .template, required: true, about: "for whom it must be"),
                skew, claims,
                .init(
                    "key_rule",
                    .object([
                        .init("property", .text(.anything), required: true, about: "a list that stands in the key"),
                        .init("contains", .text(.source), required: true, about: "what it must hold"),
                    ]), about: "what a key must say of itself"),
            ])
    }

    /// What the body names is read again by us, and takes the body's place.
    static var confirmByFetch: Shape.Choice {
        .init(
            "confirm_by_fetch", about: "what the body names is read again by us, and takes the body's place",
            [
                .init("call", .text(.identifier), required: true, about: "the name of the call"),
                .init(
                    "with", .text(.anything), required: true, about: "jq over the body: arguments, objects with a key"),
            ])
    }

    /// A message of a topic, signed with a key that its service publishes in a certificate.
    private static var topicMessage: Shape.Choice {
        .init(
            "aws_sns", about: "a message of a topic, signed by its service",
            [
                .init("topics", .list(of: .template), required: true, about: "the topics that are taken, by their ARN"),
                .init("tolerance", .duration, default: "24h", about: "how old a message may be"),
            ])
    }

    /// Schemes that prove who sent a request, each by itself.
    static var provingSchemes: [Shape.Choice] {
        furtherSchemes + [
            publishedKey, topicMessage,
            .init(
                "twilio", about: "a keyed digest over the url and the sorted fields of a form",
                [
                    .init("key", .template, required: true, about: "the key; of a list every one is tried"),
                    .init("from", .text(.source), required: true, about: "where the signature stands"),
                ]),
            .init("hmac", about: "a keyed digest over parts of the request", hmacKeys),
            .init(
                "standard_webhooks", about: "signed by Standard Webhooks, with any key of the list",
                [
                    .init("key", .template, required: true, about: "whsec_ and whpk_ keys; whsk_ ones are passed over"),
                    .init("tolerance", .duration, default: "5m", about: "how far the time may be off, past or future"),
                ]),
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
            confirmByFetch,
            .init(
                "field_equals", about: "a value that is no secret",
                [
                    .init("field", .text(.source), required: true, about: "where it stands"),
                    .init("value", .template, required: true, about: "what it must be"),
                ]),
        ]
    }

    private static var hashes: Shape { .enumeration(HashAlgorithm.allCases.map(\.rawValue)) }
    private static var encodings: Shape { .enumeration(BinaryText.allCases.map(\.rawValue)) }
}

extension ConnectorFolder {
    /// Blocks that would let in whoever knows no secret, and those that name what is not there.
    static func verificationMistakes(in fields: Fields, settings: [String]) -> [ConfigurationProblem] {
        let secrets = (fields.fields("settings")?.members ?? []).filter { $0.value.fields?.boolean("secret") == true }
            .map(\.name)
        var problems: [ConfigurationProblem] = []
        var confirmations = 0
        for value in fields.fields("receive")?.list("verify") ?? [] {
            guard let block = value.fields else { continue }
            let inner = block.list("of").compactMap(\.fields)
            for block in [block] + inner where block.string("scheme") == "confirm_by_fetch" {
                problems += confirmationMistakes(in: block, of: fields, isFirst: confirmations == 0)
                confirmations += 1
            }
            if block.string("scheme") == "all", inner.allSatisfy({ $0.string("scheme") == "field_equals" }) {
                problems.append(.init(value.position, "\"all\" needs a block with a secret"))
            }
            for block in [block] + inner {
                problems += claimMistakes(in: block, settings: settings)
                if block.string("scheme") == "jwt_jwks" { problems += keyMistakes(in: block) }
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

    /// A reading that is not there, is not made anew, or is not the only one: whatever block lets a request in, the
    /// body's place is taken by what one call reads.
    private static func confirmationMistakes(
        in block: Fields, of fields: Fields, isFirst: Bool
    ) -> [ConfigurationProblem] {
        guard isFirst else { return [.init(block.position, "a second confirm_by_fetch stands here")] }
        guard let name = block.string("call") else { return [] }
        let calls = fields.fields("calls")
        guard let call = calls?.fields(name) else {
            let hint = NearestName.hint(name, among: calls?.members.map(\.name) ?? [])
            return [.init(block.position("call"), "no call is called \"\(name)\"\(hint)")]
        }
        return call["cache"] == nil
            ? [] : [.init(call.position("cache"), "what confirms a body must be read anew: no cache may stand here")]
    }

    /// Claims that are held against a setting that is not there.
    private static func claimMistakes(in block: Fields, settings: [String]) -> [ConfigurationProblem] {
        (block.fields("claims")?.members ?? []).compactMap { rule in
            guard case .setting(let name) = rule.value.string.flatMap({ Part($0) }), !settings.contains(name) else {
                return nil
            }
            let hint = NearestName.hint(name, among: settings)
            return .init(rule.value.position, "no setting is called \"\(name)\"\(hint)")
        }
    }

    /// Keys that have no address, two, or one that is not https.
    private static func keyMistakes(in block: Fields) -> [ConfigurationProblem] {
        let names = ["discovery", "jwks"].filter { block[$0] != nil }
        guard let name = names.first, names.count == 1 else {
            return [.init(block.position, "jwt_jwks needs either \"discovery\" or \"jwks\"")]
        }
        guard let template = block.template(name), template.settings.isEmpty,
            template.value([:]).flatMap({ WebAddress($0) })?.origin.hasPrefix("https://") != true
        else { return [] }
        return [.init(block.position(name), "is no https address")]
    }
}
