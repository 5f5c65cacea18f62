// The part of JSON Schema (2020-12) that this repository's schemas use, so that tests can hold values against them.

package import Model

/// Holds values against a schema.
package struct SchemaCheck {
    /// What `$ref` may name: the schema itself under "", others by their file's name.
    private let documents: [String: JSON]

    package init(_ schema: JSON, others: [String: JSON] = [:]) {
        documents = others.merging(["": schema]) { _, own in own }
    }

    /// Every place where `value` is not what the schema wants; empty when it fits.
    package func mistakes(in value: JSON) -> [String] {
        mistakes(in: value, documents["", default: .null], "", at: "$")
    }

    private func mistakes(in value: JSON, _ schema: JSON, _ document: String, at path: String) -> [String] {
        var found = referred(value, schema, document, path)
        if let types = schema["type"].unlessNull, !Self.fits(value, types) {
            found.append("\(path): \(value.kindName) is not \(types.text)")
        }
        if let constant = schema.object?["const"], constant != value { found.append("\(path): not \(constant.text)") }
        if let words = schema["enum"].array, !words.contains(value) {
            found.append("\(path): none of \(schema["enum"].text)")
        }
        found += textMistakes(value, schema, path)
        found += numberMistakes(value, schema, path)
        found += objectMistakes(value, schema, document, path)
        if let elements = value.array {
            if let least = schema["minItems"].integer, elements.count < least { found.append("\(path): too few") }
            if let items = schema["items"].unlessNull {
                for (index, element) in elements.enumerated() {
                    found += mistakes(in: element, items, document, at: "\(path)[\(index)]")
                }
            }
        }
        for (name, exact) in [("anyOf", false), ("oneOf", true)] {
            guard let choices = schema[name].array else { continue }
            let fitting = choices.count { mistakes(in: value, $0, document, at: path).isEmpty }
            if fitting == 0 || exact && fitting > 1 { found.append("\(path): fits \(fitting) of \(name)") }
        }
        return found
    }

    private func referred(_ value: JSON, _ schema: JSON, _ document: String, _ path: String) -> [String] {
        guard let reference = schema["$ref"].string else { return [] }
        let halves = reference.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        let file = halves.first.map(String.init) ?? ""
        let target = file.isEmpty ? document : file
        var found = documents[target, default: .null]
        for step in (halves.dropFirst().first ?? "").split(separator: "/") { found = found[String(step)] }
        guard found != .null else { return ["\(path): \(reference) leads nowhere"] }
        return mistakes(in: value, found, target, at: path)
    }

    private static func fits(_ value: JSON, _ types: JSON) -> Bool {
        (types.array ?? [types]).contains { type in
            switch type.string {
            case "null": value.isNull
            case "boolean": value.bool != nil
            case "integer": value.integer != nil
            case "number": value.double != nil
            case "string": value.string != nil
            case "array": value.array != nil
            case "object": value.object != nil
            default: false
            }
        }
    }

    private func textMistakes(_ value: JSON, _ schema: JSON, _ path: String) -> [String] {
        guard let text = value.string else { return [] }
        let length = text.unicodeScalars.count
        var found: [String] = []
        if let least = schema["minLength"].integer, length < least { found.append("\(path): too short") }
        if let most = schema["maxLength"].integer, length > most { found.append("\(path): too long") }
        if let pattern = schema["pattern"].string {
            // A pattern that cannot be read fits nothing.
            let match = (try? Regex(pattern)).flatMap { text.firstMatch(of: $0) }
            if match == nil { found.append("\(path): does not match \(pattern)") }
        }
        return found
    }

    private func numberMistakes(_ value: JSON, _ schema: JSON, _ path: String) -> [String] {
        guard let number = value.double else { return [] }
        var found: [String] = []
        if let least = schema["minimum"].double, number < least { found.append("\(path): too small") }
        if let most = schema["maximum"].double, number > most { found.append("\(path): too large") }
        return found
    }

    private func objectMistakes(_ value: JSON, _ schema: JSON, _ document: String, _ path: String) -> [String] {
        guard let members = value.object else { return [] }
        var found: [String] = []
        for name in schema["required"].array ?? [] where members[name.string ?? ""] == nil {
            found.append("\(path): \(name.text) is missing")
        }
        for (name, member) in members.sorted(by: { $0.key < $1.key }) {
            if let names = schema["propertyNames"].unlessNull {
                found += mistakes(in: .string(name), names, document, at: "\(path), the name \(name)")
            }
            if let known = schema["properties"].object?[name] {
                found += mistakes(in: member, known, document, at: "\(path).\(name)")
            } else if schema["additionalProperties"] == false {
                found.append("\(path).\(name): not allowed")
            } else if let others = schema["additionalProperties"].unlessNull {
                found += mistakes(in: member, others, document, at: "\(path).\(name)")
            }
        }
        return found
    }
}
