// Mistakes in auths that no shape can see: members that nobody keeps, and what a grant needs.

import Model

extension ConnectorFolder {
    /// Every mistake in `auth`, and in templates that use what an auth keeps.
    static func grantMistakes(in fields: Fields) -> [ConfigurationProblem] {
        let auths = fields.fields("auth")?.members ?? []
        var kept: [String: [String]] = [:]
        for auth in auths {
            guard let auth = auth.value.fields, ["oauth2", "session"].contains(auth.string("scheme")) else { continue }
            kept[auths.first { $0.value.fields?.position == auth.position }?.name ?? ""] =
                (auth.fields("keep")?.members ?? []).map(\.name) + ["refresh"]
        }
        var problems: [ConfigurationProblem] = []
        for member in auths {
            guard let auth = member.value.fields else { continue }
            problems += auth.members.flatMap { unknown(in: $0.value, kept) }
            problems += missing(in: auth)
            if auth.string("scheme") == "derived_param", let with = auth.string("with"),
                !auths.contains(where: { $0.name == with })
            {
                let hint = NearestName.hint(with, among: auths.map(\.name))
                problems.append(.init(auth.position("with"), "no auth is called \"\(with)\"\(hint)"))
            }
        }
        if let send = fields.fields("send"), let name = send.string("auth"),
            let with = auths.first(where: { $0.name == name })?.value.fields,
            with.string("scheme") == "derived_param"
        {
            let beside = with.string("with") ?? ""
            problems.append(
                .init(send.position("auth"), "\"\(name)\" stands beside \"\(beside)\": write \"auth: \(beside)\""))
        }
        for name in ["base_url", "headers", "hosts"] {
            if let value = fields.fields("send")?[name] { problems += unknown(in: value, kept) }
        }
        return problems
    }

    private static func missing(in auth: Fields) -> [ConfigurationProblem] {
        if auth.string("scheme") == "session" {
            guard (auth["login"] == nil) != (auth["first"] == nil) else {
                return [.init(auth.position, "either \"login\" or \"first\" must stand here")]
            }
            guard auth["first"] != nil else { return [] }
            return ["refresh", "refresh_token", "expires"].filter { auth[$0] == nil }.map { name in
                .init(auth.position, "\"\(name)\" is missing: a token that begins as \"first\" is renewed by it")
            }
        }
        let needed: [String] =
            switch (auth.string("scheme"), auth.string("grant")) {
            case ("oauth2", "refresh_token"): ["refresh_token"]
            case ("oauth2", "password"): ["username", "password"]
            case ("oauth2", "jwt_bearer"): ["assertion"]
            case ("oauth2", "client_credentials"): ["client_id"]
            default: []
            }
        let shown = auth.string("client") == "assertion" && auth["assertion"] == nil
        if shown { return [.init(auth.position("client"), "\"assertion\" is missing: the client shows it")] }
        return needed.filter { auth[$0] == nil }.map { name in
            .init(auth.position, "\"\(name)\" is missing: the grant \(auth.string("grant") ?? "") needs it")
        }
    }

    private static func unknown(in value: YAMLValue, _ kept: [String: [String]]) -> [ConfigurationProblem] {
        if let list = value.list { return list.flatMap { unknown(in: $0, kept) } }
        if let fields = value.fields { return fields.members.flatMap { unknown(in: $0.value, kept) } }
        guard let text = value.string, text.contains("{auth."), let template = try? Template(text) else { return [] }
        return template.granted.compactMap { auth, member in
            guard let members = kept[auth] else {
                let hint = NearestName.hint(auth, among: kept.keys.sorted())
                return .init(value.position, "no auth that keeps something is called \"\(auth)\"\(hint)")
            }
            guard !members.contains(member) else { return nil }
            let hint = NearestName.hint(member, among: members)
            return .init(value.position, "the auth \"\(auth)\" keeps no \"\(member)\"\(hint)")
        }
    }
}
