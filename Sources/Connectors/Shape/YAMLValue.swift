// A YAML document as a person wrote it: every value knows its place, scalars stay texts until a shape gives them a
// type. So `no` is a boolean only where a boolean is asked for.

package import Model

/// One value of a YAML file.
package struct YAMLValue: Sendable {
    package indirect enum Content: Sendable {
        /// Nothing stands here, or `~` or `null`.
        case null
        /// A scalar's text; `isPlain` when it stands there without quotes and not as a block.
        case scalar(String, isPlain: Bool)
        case list([YAMLValue])
        /// Members in the order of the file; no name comes twice.
        case map([Member])
    }

    /// One member of an object.
    package struct Member: Sendable {
        package let name: String
        /// Where the name stands.
        package let position: Position
        package let value: YAMLValue
    }

    package let content: Content
    /// Where the value begins.
    package let position: Position
    /// The line on which the scalar's text begins: one below `position` for a block scalar.
    package let textLine: Int

    package init(_ content: Content, at position: Position, textLine: Int? = nil) {
        self.content = content
        self.position = position
        self.textLine = textLine ?? position.line
    }
}

extension YAMLValue {
    /// A scalar's text.
    package var string: String? { if case .scalar(let text, _) = content { text } else { nil } }

    /// A scalar that spells an integer of 64 bits.
    package var integer: Int64? { string.flatMap { Int64($0) } }

    /// `true` or `false` without quotes.
    package var boolean: Bool? {
        guard case .scalar(let text, isPlain: true) = content else { return nil }
        return switch text {
        case "true": true
        case "false": false
        default: nil
        }
    }

    package var duration: Duration? { string.flatMap { Duration(text: $0) } }
    package var byteSize: ByteSize? { string.flatMap { ByteSize(text: $0) } }

    /// The elements of a list; `nil` for anything else.
    package var list: [YAMLValue]? { if case .list(let elements) = content { elements } else { nil } }

    /// The elements of a list, or the one scalar that stands in place of a list.
    package var scalars: [YAMLValue] { list ?? (string == nil ? [] : [self]) }

    /// The members of an object; `nil` for anything else.
    package var fields: Fields? { if case .map(let members) = content { Fields(members, position) } else { nil } }

    /// What this value is, for error texts.
    package var kindName: String {
        switch content {
        case .null: "nothing"
        case .scalar(let text, isPlain: true): "\"\(text.prefix(40))\""
        case .scalar: "a string"
        case .list: "a list"
        case .map: "an object"
        }
    }

    /// The value as JSON: plain scalars that JSON would read as a number, a boolean or null are that.
    package var json: JSON {
        switch content {
        case .null: return .null
        case .list(let elements): return .array(elements.map(\.json))
        case .map(let members):
            return .object(Dictionary(members.map { ($0.name, $0.value.json) }) { _, last in last })
        case .scalar(let text, let isPlain):
            if isPlain, let value = try? JSON(parsing: text) {
                switch value {
                case .bool, .integer, .number: return value
                case .null, .string, .array, .object: break
                }
            }
            return .string(text)
        }
    }
}
