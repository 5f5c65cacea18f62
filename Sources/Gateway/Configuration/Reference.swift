// Values that stand elsewhere: `${NAME}` in the environment, `file:PATH` in a file. So secrets stay out of samtal.yaml.

import Connectors
import Foundation

/// Fetches what a value of samtal.yaml points at.
struct Reference {
    let environment: [String: String]
    /// Where relative paths begin.
    let directory: URL

    /// The value itself: `file:PATH` becomes the file's text without line ends after it, each `${NAME}` the variable's
    /// value; `$${` is a plain `${`.
    /// - Throws: a problem that names the variable or the file, never a value.
    func resolve(_ text: String, at position: Position) throws(ConfigurationProblem) -> String {
        if text.hasPrefix("file:") { return try content(of: String(text.dropFirst(5)), at: position) }
        var result = ""
        var rest = Substring(text)
        while let dollar = rest.range(of: "${") {
            let before = rest[..<dollar.lowerBound]
            if before.hasSuffix("$") {
                result += before.dropLast() + "${"
                rest = rest[dollar.upperBound...]
                continue
            }
            guard let brace = rest[dollar.upperBound...].firstIndex(of: "}") else {
                throw ConfigurationProblem(position, "\"${\" has no \"}\"")
            }
            let name = String(rest[dollar.upperBound..<brace])
            guard let value = environment[name] else {
                throw ConfigurationProblem(position, "environment variable \(name) is not set")
            }
            result += before + value
            rest = rest[rest.index(after: brace)...]
        }
        return result + rest
    }

    private func content(of path: String, at position: Position) throws(ConfigurationProblem) -> String {
        let url = URL(fileURLWithPath: path, relativeTo: directory)
        guard let data = try? Data(contentsOf: url), var text = String(data: data, encoding: .utf8) else {
            throw ConfigurationProblem(position, "\(path) can not be read as text")
        }
        while text.last?.isNewline == true { text.removeLast() }
        return text
    }
}
