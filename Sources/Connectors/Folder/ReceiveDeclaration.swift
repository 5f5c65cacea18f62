// The receiving half of a connector's YAML, read into values.

import Model
import Signing

/// How a connector takes requests.
struct ReceiveDeclaration: Sendable {
    /// In upper case.
    let methods: [String]
    let verify: [VerifyBlock]
    /// The status of a request that no block lets pass.
    let failureStatus: Int
    /// What is read again in place of a body that proves nothing; `nil`: the body is mapped.
    let confirmation: CallUse?
    let handshakes: [Handshake]
    /// Look-ups made before receive.jq.
    let calls: [CallUse]
    let decoding: BodyDecoding
    /// The answer once everything is stored.
    let acknowledgement: Answer

    init(_ fields: Fields) {
        methods = fields.strings("methods")
        verify = fields.list("verify").compactMap { $0.fields.flatMap { VerifyBlock($0) } }
        let blocks = fields.list("verify").compactMap(\.fields)
        confirmation = (blocks + blocks.flatMap { $0.list("of").compactMap(\.fields) })
            .first { $0.string("scheme") == "confirm_by_fetch" }.flatMap { CallUse($0) }
        failureStatus = fields.integer("on_failure") ?? 401
        handshakes = fields.list("handshake").compactMap { $0.fields.flatMap { Handshake($0) } }
        calls = fields.list("calls").compactMap { $0.fields.flatMap { CallUse($0) } }
        decoding = BodyDecoding(fields["decode"]) ?? .json
        let ack = fields.fields("ack")
        acknowledgement = Answer(
            status: ack?.integer("status") ?? 200, contentType: ack?.string("content_type") ?? "text/plain",
            body: Array((ack?.string("body") ?? "").utf8))
    }
}

/// One way to pass the verification.
enum VerifyBlock: Sendable {
    case hmac(HMACDeclaration)
    /// Standard Webhooks: see ``StandardWebhookCheck``.
    case standardWebhook(key: Template, tolerance: Duration)
    /// A shared secret sent as it is.
    case equals(from: Part, value: Template)
    /// The URL ends in the secret.
    case secretPath(Template)
    /// A token signed with a key that its issuer publishes: see ``PublishedKeyCheck``.
    case publishedKey(Fields)
    /// A message of a topic: see ``TopicMessageCheck``.
    case topicMessage(Fields)
    /// What the body names is read again before it is mapped: see ``ReceiveDeclaration/confirmation``.
    case confirmation
    /// One of the schemes beyond a keyed digest: see ``FurtherCheck``.
    case further(Fields)
    /// Anybody may post.
    case none

    init?(_ fields: Fields) {
        switch fields.string("scheme") {
        case "hmac", "ed25519":
            guard let declaration = HMACDeclaration(fields) else { return nil }
            self = .hmac(declaration)
        case "standard_webhooks":
            guard let key = fields.template("key") else { return nil }
            self = .standardWebhook(key: key, tolerance: fields.duration("tolerance") ?? .seconds(300))
        case "equals":
            guard let from = fields.part("from"), let value = fields.template("value") else { return nil }
            self = .equals(from: from, value: value)
        case "secret_path":
            guard let value = fields.template("value") else { return nil }
            self = .secretPath(value)
        case "none": self = .none
        case "jwt_jwks": self = .publishedKey(fields)
        case "aws_sns": self = .topicMessage(fields)
        case "confirm_by_fetch": self = .confirmation
        case "digest", "jwt_secret", "twilio", "field_equals", "all": self = .further(fields)
        default: return nil
        }
    }
}

/// How the key of an HMAC is written.
enum KeyEncoding: String, CaseIterable {
    case utf8, hex, base64
}

/// How a time stamp is written.
enum TimeUnit: String, CaseIterable {
    /// Unix seconds.
    case s
    /// Unix milliseconds.
    case ms
    /// RFC 3339.
    case iso
}

/// A keyed digest, or an Ed25519 signature, over parts of the request.
struct HMACDeclaration: Sendable {
    /// A public key takes the place of the secret, and `hash` is not used.
    let isEd25519: Bool
    let hash: HashAlgorithm
    let key: Template
    let keyEncoding: KeyEncoding
    /// Cut off a key that begins with it.
    let keyPrefix: String?
    let signed: [Part]
    let encoding: BinaryText
    let from: Part
    /// What must stand before the signature.
    let prefix: String?
    /// A signature without `prefix` is taken too.
    let isPrefixOptional: Bool
    /// A header that says several things; `nil`: none is parsed.
    let parse: (from: Part, separator: String, equals: String)?
    /// Some escapes of `url` are read before it is signed.
    let decodesURL: Bool
    /// `nil`: one signature.
    let list: (separator: String, version: String?)?
    /// `nil`: no freshness rule.
    let timestamp: (from: Part, unit: TimeUnit, tolerance: Duration)?

    init?(_ fields: Fields) {
        isEd25519 = fields.string("scheme") == "ed25519"
        guard let hash = isEd25519 ? .sha512 : fields.choice("hash", of: HashAlgorithm.self),
            let key = fields.template("key"),
            let encoding = fields.choice("encoding", of: BinaryText.self), let from = fields.part("from")
        else { return nil }
        self.hash = hash
        self.key = key
        self.encoding = encoding
        self.from = from
        keyEncoding = fields.choice("key_encoding", of: KeyEncoding.self) ?? .utf8
        keyPrefix = fields.string("key_prefix")
        signed = fields.strings("signed").compactMap { Part($0) }
        prefix = fields.string("prefix")
        isPrefixOptional = fields.boolean("prefix_optional") ?? false
        decodesURL = fields.string("url_decode") != nil
        if let rule = fields.fields("parse"), let from = rule.part("from"), let separator = rule.string("separator"),
            let equals = rule.string("equals")
        {
            parse = (from, separator, equals)
        } else {
            parse = nil
        }
        if let list = fields.fields("list"), let separator = list.string("separator") {
            self.list = (separator, list.string("version"))
        } else {
            list = nil
        }
        if let rule = fields.fields("timestamp"), let from = rule.part("from"),
            let unit = rule.choice("unit", of: TimeUnit.self), let tolerance = rule.duration("tolerance")
        {
            timestamp = (from, unit, tolerance)
        } else {
            timestamp = nil
        }
    }
}

extension Fields {
    func part(_ name: String) -> Part? { string(name).flatMap { Part($0) } }
    /// A template whose syntax a shape has checked.
    func template(_ name: String) -> Template? { string(name).flatMap { try? Template($0) } }
}
