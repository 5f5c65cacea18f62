// What a connector declares about the other side, for those who hold it to its word.

package import Model

/// The declarations of one connector that say what must happen when something goes wrong.
package struct ConnectorPromises: Sendable {
    /// One step of a delivery.
    package struct Step: Sendable {
        /// The step at which the next attempt looks what happened to a lost answer; `nil`: nobody can look.
        package let ifLost: String?
        /// Whether the other side takes the request twice without harm.
        package let isRepeatable: Bool
    }

    /// An auth whose token is fetched.
    package struct Grant: Sendable {
        package let name: String
        /// The addresses that hand out tokens, without their queries.
        package let addresses: [String]
        /// jq that reads the answer, by what it tells: `token`, `refresh`, `expires_in`, `keep_NAME`.
        fileprivate let readers: [(name: String, source: String)]
    }

    /// In lower case; `nil`: the other side does not know a request that comes again.
    package let idempotencyHeader: String?
    private let idempotencyMethods: Set<String>?
    private let isRepeatable: Bool
    /// By id; empty: the delivery is whatever send.jq gives.
    package let steps: [String: Step]
    package let grants: [Grant]
    /// Whether the connector's own rules say what a lost answer means.
    package let judgesLostAnswers: Bool
    /// The classes after which an attempt is made in another way.
    package let fallbacks: Set<OutcomeClass>
    /// The hosts of `send.base_url` and of the addresses that hand out tokens, in lower case.
    package let hosts: Set<String>
    /// The secrets of the settings.
    package let secrets: Set<String>

    fileprivate init(_ connector: Connector, settings: [String: [String]]) {
        let send = connector.folder.send
        idempotencyHeader = send?.idempotencyHeader?.lowercased()
        idempotencyMethods = send?.idempotencyMethods
        isRepeatable = send?.isRepeatable ?? false
        let steps = (send?.steps ?? []).map { ($0.id, Step(ifLost: $0.ifLost, isRepeatable: $0.isRepeatable)) }
        self.steps = Dictionary(steps) { first, _ in first }
        judgesLostAnswers = connector.folder.errors.contains(where: \.seesTransport)
        fallbacks = Set((send?.fallback ?? [:]).keys)
        let names = connector.folder.settings.filter(\.isSecret).map(\.name)
        secrets = Set(names.flatMap { settings[$0] ?? [] }.filter { !$0.isEmpty })
        let grants = connector.folder.auths.sorted { $0.key < $1.key }.compactMap { name, scheme -> Grant? in
            guard case .granted(let declaration) = scheme else { return nil }
            let fields = declaration.fields
            let templates: [Template?] = [
                fields.template("token_url"), fields.fields("login")?.template("url"),
                fields.fields("refresh")?.template("url"),
            ]
            let addresses = templates.compactMap { $0?.value(settings) }.compactMap { WebAddress($0)?.withoutQuery }
            return Grant(
                name: name, addresses: addresses,
                readers: declaration.snippets.map { ($0.name, $0.snippet.source) })
        }
        self.grants = grants
        let addresses = grants.flatMap(\.addresses) + (send?.baseURL.value(settings).map { [$0] } ?? [])
        hosts = Set(addresses.compactMap { WebAddress($0)?.host })
    }

    /// Whether a request to this address asks for a token.
    package func handsOutTokens(_ url: String) -> Bool {
        guard let address = WebAddress(url)?.withoutQuery else { return false }
        return grants.contains { $0.addresses.contains(address) }
    }

    /// Whether the other side minds the key of such a request.
    package func isKeyed(_ method: String) -> Bool {
        idempotencyHeader != nil && idempotencyMethods?.contains(method) ?? true
    }

    /// Whether the same request again does no harm.
    package func isRepeatable(_ method: String) -> Bool {
        isRepeatable && idempotencyMethods?.contains(method) ?? true
    }
}

extension ConnectorPromises.Grant {
    /// What the address would answer to hand out `token`; `nil` when the connector reads the answer with more than
    /// plain paths.
    /// - Parameter keep: what came with the token before.
    package func answer(token: String, refresh: String, keep: [String: JSON]) -> JSON? {
        var answer = JSON.object([:])
        for (name, source) in readers {
            let value: JSON
            switch name {
            case "token": value = .string(token)
            case "refresh": value = .string(refresh)
            case "expires_in": value = 3600
            default: value = keep[String(name.dropFirst("keep_".count))] ?? .string("made-up")
            }
            guard let path = Self.path(source) else { return nil }
            answer = answer.setting(path[...], to: value)
        }
        return answer
    }

    /// The members of `.a.b`; `nil` for any other jq.
    private static func path(_ source: String) -> [String]? {
        let words = source.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard words.count > 1, words[0].isEmpty,
            words.dropFirst().allSatisfy({ !$0.isEmpty && $0.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } })
        else { return nil }
        return Array(words.dropFirst())
    }
}

extension JSON {
    fileprivate func setting(_ path: ArraySlice<String>, to value: JSON) -> JSON {
        guard let name = path.first else { return value }
        var members = object ?? [:]
        members[name] = self[name].setting(path.dropFirst(), to: value)
        return .object(members)
    }
}

extension WebAddress {
    /// Without a port, in lower case.
    var host: String { origin.drop { $0 != "/" }.dropFirst(2).split(separator: ":").first.map(String.init) ?? "" }
    var withoutQuery: String { origin + path }
}

extension Connector {
    /// What the connector declares about the other side.
    package var promises: ConnectorPromises { ConnectorPromises(self, settings: settings) }

    /// Its way out, the time, and where its tokens are kept.
    package var surroundings: ConnectorHost { host }

    /// The same connector with nothing remembered: no token, no look-up's result.
    /// - Parameter publicURL: where the other side calls it; `nil`: as before.
    package func anew(host: ConnectorHost, publicURL: String? = nil) -> Connector {
        var connector = self
        connector.host = host
        connector.keys = KeyRing(host)
        connector.publicURL = publicURL ?? self.publicURL
        connector.calls = calls.withoutResults
        connector.vaults = Self.vaults(grantSources, host: host, secrets: sender?.secrets)
        return connector
    }
}
