// `register` of a connector: how the other side learns where to call us.

import Model

/// One registration.
struct RegisterDeclaration: Sendable {
    /// Unique within the connector.
    let id: String
    /// jq: the request; objects `{"$url": true}` and `{"$secret": NAME}` in it become texts that jq must not see.
    let request: Snippet
    /// jq over the answer: whether it is done. `nil`: as `send.result.ok` says.
    let ok: Snippet?
    /// How long it is good; `nil`: until the request would be another.
    let renew: Duration?

    init?(_ fields: Fields) {
        guard let id = fields.string("id"), let request = Snippet(fields["request"]) else { return nil }
        self.id = id
        self.request = request
        ok = Snippet(fields["ok"])
        renew = fields.duration("renew")
    }
}

extension ConnectorSide {
    static var register: Shape {
        .list(
            of: .object([
                .init("id", .text(.identifier), required: true, about: "its name in the log"),
                .init("request", .text(.anything), required: true, about: "jq: the request; POST by default"),
                .init("ok", .text(.anything), about: "jq over the answer: whether it is done; default send.result.ok"),
                .init("renew", .duration, about: "how long it is good; default until the request would be another"),
            ]))
    }
}

extension ConnectorFolder {
    /// What no shape can see in `register`.
    static func registerMistakes(in fields: Fields) -> [ConfigurationProblem] {
        guard let register = fields["register"], let entries = register.list, !entries.isEmpty else { return [] }
        var problems: [ConfigurationProblem] = []
        for half in ["receive", "send"] where fields[half] == nil {
            problems.append(.init(register.position, "\"register\" needs \"\(half)\", which does not stand here"))
        }
        var seen: Set<String> = []
        for entry in entries.compactMap(\.fields) {
            guard let id = entry.string("id"), !seen.insert(id).inserted else { continue }
            problems.append(.init(entry.position("id"), "two registrations are called \"\(id)\""))
        }
        return problems
    }
}
