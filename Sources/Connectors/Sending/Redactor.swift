// Keeps the endpoint's secrets out of everything that is stored or shown.

import Model

/// Replaces secrets by their names: `/bot123:abc/send` becomes `/bot‹bot_token›/send`.
struct Redactor: Sendable {
    /// The longest first, so that a secret inside another is not cut out of it.
    private let replacements: [(secret: [UInt8], name: [UInt8])]

    /// - Parameter secrets: the values by the setting's name.
    init(_ secrets: [String: [String]]) {
        var replacements: [(secret: [UInt8], name: [UInt8])] = []
        for (name, values) in secrets {
            for value in values where !value.isEmpty {
                let inJSON = String(JSON.string(value).text.dropFirst().dropLast())
                let forms: Set<String> = [
                    value, PercentCoding.component(value), PercentCoding.segment(value), inJSON,
                    inJSON.replacing("/", with: "\\/"), String(FormBody.text([(value, "")]).dropLast()),
                ]
                for form in forms { replacements.append((Array(form.utf8), Array("‹\(name)›".utf8))) }
            }
        }
        self.replacements = replacements.sorted { left, right in
            if left.secret.count != right.secret.count { return left.secret.count > right.secret.count }
            return left.name.lexicographicallyPrecedes(right.name)
        }
    }

    /// The text without secrets. Works on bytes: a combining sign behind a secret does not hide it.
    func redacted(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var output: [UInt8] = []
        var at = 0
        while at < bytes.count {
            let rest = bytes[at...]
            if let found = replacements.first(where: { rest.starts(with: $0.secret) }) {
                output += found.name
                at += found.secret.count
            } else {
                output.append(bytes[at])
                at += 1
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
