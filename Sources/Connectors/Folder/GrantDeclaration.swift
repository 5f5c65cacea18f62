// An auth whose token is fetched, as the YAML says it.

import Model

/// `oauth2` or `session` of a connector.
struct GrantDeclaration: Sendable {
    let fields: Fields
    /// Where the token goes.
    let apply: TokenPlace

    init(_ fields: Fields) {
        self.fields = fields
        apply = TokenPlace(fields.fields("apply"))
    }

    /// OAuth 2.0 with these members, and the defaults of a connector's for all others.
    init(oauth members: [(name: String, text: String)]) throws(ConfigurationProblems) {
        let place = Position(file: "oauth2", line: 0, column: 0)
        let value = YAMLValue(
            .map(
                members.map { member in
                    YAMLValue.Member(
                        name: member.name, position: place,
                        value: YAMLValue(.scalar(member.text, isPlain: false), at: place))
                }), at: place)
        let checked = try Shape.object(ConnectorSide.oauthKeys).check(value)
        self.init(checked.fields ?? Fields([], place))
    }

    var isSession: Bool { fields.string("scheme") == "session" }

    /// jq over the answer, by what it tells; `keep_NAME` for what is kept.
    var snippets: [(name: String, snippet: Snippet)] {
        var named: [(String, Snippet?)] = [("token", Snippet(fields["token"]))]
        named.append(("refresh", Snippet(fields[isSession ? "refresh_token" : "refresh"])))
        named.append(("expires_in", isSession ? nil : Snippet(fields["expires_in"])))
        for member in fields.fields("keep")?.members ?? [] {
            named.append(("keep_\(member.name)", Snippet(member.value)))
        }
        return named.compactMap { name, snippet in snippet.map { (name, $0) } }
    }
}

/// Where a token goes in a request.
struct TokenPlace: Sendable {
    let header: String
    let prefix: String
    /// In place of the header.
    let query: String?

    init(_ fields: Fields?) {
        header = (fields?.string("header") ?? "authorization").lowercased()
        prefix = fields?.string("prefix") ?? (fields?["header"] == nil ? "Bearer " : "")
        query = fields?.string("query")
    }

    func auth(_ token: String) -> BoundAuth {
        if let query { return .param(.query, name: query, value: token) }
        return .header(HeaderField(header, prefix + token))
    }
}

extension YAMLValue {
    /// The value as JSON, its texts taken as templates; `nil` when one of them has no value.
    func json(filling settings: [String: [String]]) -> JSON? {
        switch content {
        case .list(let elements):
            let values = elements.compactMap { $0.json(filling: settings) }
            return values.count == elements.count ? .array(values) : nil
        case .map(let members):
            var object: [String: JSON] = [:]
            for member in members {
                guard let value = member.value.json(filling: settings) else { return nil }
                object[member.name] = value
            }
            return .object(object)
        case .scalar(let text, _):
            guard text.contains("{"), let template = try? Template(text) else { return json }
            return template.value(settings).map { .string($0) }
        case .null: return .null
        }
    }
}
