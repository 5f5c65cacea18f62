// What an endpoint was granted: a token, and what came with it.

import Model

/// A token at work.
struct Grant: Sendable {
    let token: String
    /// Fetches the next one; `nil`: there is none.
    let refresh: String?
    /// `nil`: not known.
    let expires: Timestamp?
    /// Visible to programs and templates.
    let keep: [String: JSON]

    init(token: String, refresh: String?, expires: Timestamp?, keep: [String: JSON]) {
        self.token = token
        self.refresh = refresh
        self.expires = expires
        self.keep = keep
    }

    /// Reads what was saved; `nil` for another identity's.
    init?(saved: JSON?, identity: String) {
        guard let saved, let token = saved["token"].string,
            saved["identity"].isNull || saved["identity"].string == identity
        else { return nil }
        self.init(
            token: token, refresh: saved["refresh"].string,
            expires: saved["expires"].integer.map { Timestamp(milliseconds: $0) }, keep: saved["keep"].object ?? [:])
    }

    func saved(identity: String) -> JSON {
        .members([
            "identity": .string(identity), "token": .string(token), "refresh": JSON(refresh),
            "expires": expires.map { .integer($0.milliseconds) }, "keep": .object(keep),
        ])
    }

    /// What templates may use of it: `auth.NAME.MEMBER`.
    func texts(_ name: String) -> [String: [String]] {
        var texts: [String: [String]] = [:]
        for (member, value) in keep where !value.isNull {
            texts["auth.\(name).\(member)"] = [value.string ?? value.text]
        }
        if let refresh { texts["auth.\(name).refresh"] = [refresh] }
        return texts
    }
}

/// What the auths of a connector hold while a request is made.
struct Grants: Sendable {
    var byName: [String: Grant] = [:]

    /// `.session` of a program: never a token.
    var visible: JSON { .object(byName.mapValues { .object($0.keep) }) }

    var texts: [String: [String]] {
        byName.reduce(into: [:]) { texts, entry in
            texts.merge(entry.value.texts(entry.key)) { first, _ in first }
        }
    }
}
