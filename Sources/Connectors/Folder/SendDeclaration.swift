// The sending half of a connector's YAML, read into values.

import Model

/// How a connector makes requests.
struct SendDeclaration: Sendable {
    let baseURL: Template
    /// The auth of a request that names none.
    let auth: String?
    /// Hosts besides base_url's; `*.` at the beginning stands for any name before.
    let hosts: [Template]
    let headers: [(name: String, value: Template)]
    let timeout: Duration
    /// The header that takes the key; `nil`: none does.
    let idempotencyHeader: String?
    /// Whether a request may be made twice without harm: an upsert, or `.key` stands in its body.
    let isRepeatable: Bool
    /// The methods with which the other side minds the key; `nil`: all.
    let idempotencyMethods: Set<String>?
    /// For a contract: the events it wants; `*` for all.
    let events: [String]
    let result: ResultRules
    /// The requests of one delivery, in order; empty: whatever send.jq gives.
    let steps: [StepDeclaration]
    /// The action to try when an attempt ends in a class.
    let fallback: [OutcomeClass: String]
    /// Look-ups made before send.jq.
    let calls: [CallUse]
    /// What the other side takes of files; `nil`: none.
    let files: SentFiles?
    /// How leave to send is asked for; `nil`: it is not.
    let leave: LeaveDeclaration?

    init?(_ fields: Fields) {
        guard let baseURL = fields.template("base_url") else { return nil }
        self.baseURL = baseURL
        auth = fields.string("auth")
        hosts = fields.strings("hosts").compactMap { try? Template($0) }
        headers = (fields.fields("headers")?.members ?? []).compactMap { member in
            member.value.string.flatMap { try? Template($0) }.map { (member.name, $0) }
        }
        timeout = fields.duration("timeout") ?? .seconds(30)
        let idempotency = fields.fields("idempotency")
        idempotencyHeader = idempotency?.string("header")
        isRepeatable = idempotency?.boolean("repeatable") ?? false
        idempotencyMethods = idempotency?["methods"] == nil ? nil : Set(idempotency?.strings("methods") ?? [])
        events = fields.strings("events")
        result = ResultRules(fields.fields("result"))
        steps = fields.list("steps").compactMap { $0.fields.flatMap { StepDeclaration($0) } }
        let actions = (fields.fields("fallback")?.members ?? []).compactMap { member in
            OutcomeClass(rawValue: member.name).flatMap { outcome in member.value.string.map { (outcome, $0) } }
        }
        fallback = Dictionary(actions) { first, _ in first }
        calls = fields.list("calls").compactMap { $0.fields.flatMap { CallUse($0) } }
        files = fields.fields("files").map { SentFiles($0) }
        leave = fields.fields("leave").flatMap { LeaveDeclaration($0) }
    }
}

/// A piece of jq inside the YAML, with its place for errors.
struct Snippet: Sendable, Hashable {
    let source: String
    let position: Position
    /// The line of the file on which `source` begins.
    let line: Int

    init?(_ value: YAMLValue?) {
        guard let value, let source = value.string else { return nil }
        self.source = source
        position = value.position
        line = value.textLine
    }
}

/// What is read from an answer.
struct ResultRules: Sendable {
    /// When an answer counts as done unless the connector says otherwise.
    static let okDefault = ".status >= 200 and .status < 300"

    let ok: Snippet?
    let id: Snippet?
    let context: Snippet?
    let ticket: Snippet?
    let ticketURL: Snippet?
    let ticketContext: Snippet?

    init(_ fields: Fields?) {
        ok = Snippet(fields?["ok"])
        id = Snippet(fields?["id"])
        context = Snippet(fields?["context"])
        ticket = Snippet(fields?["ticket"])
        ticketURL = Snippet(fields?["ticket_url"])
        ticketContext = Snippet(fields?["ticket_context"])
    }
}

/// What an answer that is not ok means, when `when` holds.
struct ErrorRule: Sendable {
    let when: Snippet
    let outcome: OutcomeClass
    /// jq that tells the seconds to wait.
    let waitSeconds: Snippet?
    /// The time of the day to wait for when the answer tells no wait.
    let waitUntil: LocalTime?
    /// The wait when nothing tells one.
    let waitDefault: Duration?
    /// Whether it holds for everything that goes to the endpoint, not only for the conversation.
    let holdsAccount: Bool
    /// The step at which the next attempt begins; `nil`: at the one that failed.
    let againFrom: String?

    init?(_ fields: Fields) {
        guard let when = Snippet(fields["when"]), let outcome = fields.choice("class", of: OutcomeClass.self) else {
            return nil
        }
        self.when = when
        self.outcome = outcome
        waitSeconds = Snippet(fields.fields("wait")?["seconds"])
        waitUntil = fields.fields("wait")?.fields("until").flatMap { LocalTime($0) }
        waitDefault = fields.fields("wait")?.duration("default")
        holdsAccount = fields.string("scope") == "account"
        againFrom = fields.string("again_from")
    }
}

/// How a request of ours is authorised.
enum AuthScheme: Sendable {
    enum Place: String, Sendable, CaseIterable {
        case query, form, path
    }

    case bearer(Template)
    case header(name: String, prefix: String, value: Template)
    case basic(user: Template, password: Template)
    case param(Place, name: String, value: Template)
    case standardWebhooks(key: Template)
    /// A token that is fetched.
    case granted(GrantDeclaration)
    /// A token of our own.
    case minted(Fields)
    /// A keyed digest beside another auth.
    case derived(Fields)

    init?(_ fields: Fields) {
        switch fields.string("scheme") {
        case "bearer":
            guard let value = fields.template("value") else { return nil }
            self = .bearer(value)
        case "header":
            guard let name = fields.string("name"), let value = fields.template("value") else { return nil }
            self = .header(name: name, prefix: fields.string("prefix") ?? "", value: value)
        case "basic":
            guard let user = fields.template("user"), let password = fields.template("password") else { return nil }
            self = .basic(user: user, password: password)
        case "param":
            guard let place = fields.choice("in", of: Place.self), let name = fields.string("name"),
                let value = fields.template("value")
            else { return nil }
            self = .param(place, name: name, value: value)
        case "standard_webhooks":
            guard let key = fields.template("key") else { return nil }
            self = .standardWebhooks(key: key)
        case "oauth2", "session": self = .granted(GrantDeclaration(fields))
        case "self_jwt": self = .minted(fields)
        case "derived_param": self = .derived(fields)
        default: return nil
        }
    }
}
