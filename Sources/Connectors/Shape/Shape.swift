// A small declarative schema for the files that people write. One description serves three ends: it checks a file,
// it fills in defaults, and it becomes a JSON Schema for editors.

/// What a YAML value must look like.
package indirect enum Shape: Sendable {
    /// An object with these keys and no others.
    case object([Key])
    /// An object whose names the writer chooses; every value has one shape.
    case map(of: Shape, names: TextRule)
    case list(of: Shape)
    /// Any scalar, taken as the text that stands there: `12` and `"12"` are the same.
    case string
    /// A string that must follow a rule.
    case text(TextRule)
    /// A string with `{settings.NAME}` in it.
    case template
    case integer(ClosedRange<Int64>)
    /// `true` or `false`.
    case boolean
    /// `500ms 30s 5m 24h 7d`.
    case duration
    /// `64KB 1MB 2GB`.
    case byteSize
    /// One of these words.
    case enumeration([String])
    /// One value or a list of such values: secrets during rotation.
    case scalarOrList(Shape)
    /// An object whose key `by` says which keys it may have besides.
    case oneOf(by: String, [Choice])
    /// One of these words, or a value of another shape: the short and the long way to say a thing.
    case wordOr([String], Shape)
    /// Anything that JSON can say.
    case any
}

extension Shape {
    /// One key of an object.
    package struct Key: Sendable {
        package let name: String
        package let shape: Shape
        package let isRequired: Bool
        /// YAML text that stands in for a missing value; `nil`: the value stays missing.
        package let defaultText: String?
        /// One line for people.
        package let about: String
        /// A value as a person would write it.
        package let example: String?

        package init(
            _ name: String, _ shape: Shape, required: Bool = false, default defaultText: String? = nil, about: String,
            example: String? = nil
        ) {
            self.name = name
            self.shape = shape
            isRequired = required
            self.defaultText = defaultText
            self.about = about
            self.example = example
        }
    }

    /// One alternative of ``Shape/oneOf(by:_:)``.
    package struct Choice: Sendable {
        /// The value of the discriminating key that chooses this alternative.
        package let name: String
        package let about: String
        /// The keys besides the discriminating one.
        package let keys: [Key]

        package init(_ name: String, about: String, _ keys: [Key]) {
            self.name = name
            self.about = about
            self.keys = keys
        }
    }

    /// A rule for a text.
    package struct TextRule: Sendable {
        /// What the text must be: "a name of a-z, 0-9 and -".
        package let expected: String
        /// The same as a regular expression (ECMA-262), for the JSON Schema; `nil`: not said there.
        package let pattern: String?
        /// Whether a text follows the rule.
        package let accepts: @Sendable (String) -> Bool

        package init(_ expected: String, pattern: String? = nil, accepts: @escaping @Sendable (String) -> Bool) {
            self.expected = expected
            self.pattern = pattern
            self.accepts = accepts
        }

        /// Any text but an empty one.
        package static let anything = TextRule("a text that is not empty", pattern: "^.+") { !$0.isEmpty }

        /// Names of endpoints and folders: `[a-z0-9-]`, 1 to 63 characters, no hyphen at the ends.
        package static let name = TextRule(
            "a name of a-z, 0-9 and -, at most 63 long", pattern: "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$"
        ) { text in
            (1...63).contains(text.utf8.count) && !text.hasPrefix("-") && !text.hasSuffix("-")
                && text.utf8.allSatisfy { isLowerOrDigit($0) || $0 == 0x2D }
        }

        /// Names of settings and the like: `[a-z][a-z0-9_]*`, at most 63 characters.
        package static let identifier = TextRule(
            "a name of a-z, 0-9 and _ that begins with a letter, at most 63 long", pattern: "^[a-z][a-z0-9_]{0,62}$"
        ) { text in
            (1...63).contains(text.utf8.count) && text.utf8.allSatisfy { isLowerOrDigit($0) || $0 == 0x5F }
                && text.utf8.first.map { (0x61...0x7A).contains($0) } ?? false
        }

        private static func isLowerOrDigit(_ byte: UInt8) -> Bool {
            (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
        }
    }

    /// What a file must hold here, for error texts: "a boolean (true or false)".
    var expectation: String {
        switch self {
        case .object, .map, .oneOf: "an object"
        case .list: "a list"
        case .string, .template: "a string"
        case .text(let rule): rule.expected
        case .integer(let range): "an integer from \(range.lowerBound) to \(range.upperBound)"
        case .boolean: "true or false"
        case .duration: "a duration like 500ms, 30s, 5m, 24h or 7d"
        case .byteSize: "a size like 64KB or 1MB"
        case .enumeration(let names): "one of \(names.joined(separator: ", "))"
        case .scalarOrList(let shape): "\(shape.expectation), or a list of them"
        case .wordOr(let words, let shape): "one of \(words.joined(separator: ", ")), or \(shape.expectation)"
        case .any: "a value"
        }
    }
}
