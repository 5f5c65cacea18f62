// The names that are bound when a program is compiled, the same in every program of a connector.

import CJQ
package import Model

/// What a program sees as `$settings` and `$vocab`. A literal is the settings alone: `["page": "p1"]`.
package struct JQBindings: Sendable, Hashable {
    /// The settings that are no secrets.
    package let settings: JSON
    /// The connector's tables: an object of objects.
    package let vocab: JSON

    package init(settings: JSON = .object([:]), vocab: JSON = .object([:])) {
        self.settings = settings
        self.vocab = vocab
    }

    /// Both as one object for libjq; its owner is the caller.
    func makeJV() throws(JQComplaints) -> jv {
        do { return try (["settings": settings, "vocab": vocab] as JSON).makeJV() } catch {
            throw JQComplaints(texts: ["$settings, $vocab: \(error.problem)"])
        }
    }
}

extension JQBindings: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral members: (String, JSON)...) {
        self.init(settings: .object(Dictionary(members) { _, last in last }))
    }
}
