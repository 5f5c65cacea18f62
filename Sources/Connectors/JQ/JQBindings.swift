// The names that are bound when a program is compiled, the same in every program of a connector.

import CJQ
package import Model

/// What a program sees as `$settings`, `$vocab` and `$self`. A literal is the settings alone: `["page": "p1"]`.
package struct JQBindings: Sendable, Hashable {
    /// The settings that are no secrets.
    package let settings: JSON
    /// The connector's tables: an object of objects.
    package let vocab: JSON
    /// The endpoint that it works for: `{endpoint: "contract:desk", name: "desk", url: "https://…"}`.
    package let endpoint: JSON

    package init(settings: JSON = .object([:]), vocab: JSON = .object([:]), endpoint: JSON = .object([:])) {
        self.settings = settings
        self.vocab = vocab
        self.endpoint = endpoint
    }

    /// All as one object for libjq; its owner is the caller.
    func makeJV() throws(JQComplaints) -> jv {
        do { return try (["settings": settings, "vocab": vocab, "self": endpoint] as JSON).makeJV() } catch {
            throw JQComplaints(texts: ["$settings, $vocab, $self: \(error.problem)"])
        }
    }
}

extension JQBindings: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral members: (String, JSON)...) {
        self.init(settings: .object(Dictionary(members) { _, last in last }))
    }
}
