// JSON as the house speaks it (RFC 8259). Numbers keep the digits they came with: providers send 64-bit ids as
// numbers, and a double would change them.

/// A JSON value. Object members have no order; writing sorts them, so equal values have equal texts.
package enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    /// An integer that fits 64 bits.
    case integer(Int64)
    /// Any other number, as its literal: fractions, exponents, integers beyond 64 bits.
    case number(String)
    case string(String)
    case array([JSON])
    case object([String: JSON])
}

extension JSON {
    /// The member `name` of an object; `null` for a missing one and for anything that is no object.
    package subscript(_ name: String) -> JSON {
        if case .object(let members) = self { members[name] ?? .null } else { .null }
    }

    /// The element at `index`; `null` past the end and for anything that is no array.
    package subscript(_ index: Int) -> JSON {
        if case .array(let elements) = self, elements.indices.contains(index) { elements[index] } else { .null }
    }

    package var string: String? { if case .string(let value) = self { value } else { nil } }
    package var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var array: [JSON]? { if case .array(let value) = self { value } else { nil } }
    package var object: [String: JSON]? { if case .object(let value) = self { value } else { nil } }
    package var isNull: Bool { self == .null }

    /// The value, or no value at all for `null`.
    package var unlessNull: JSON? { if case .null = self { Optional<JSON>.none } else { self } }

    /// An object without its `null` members, any other value as it is; no value at all when nothing is left.
    package var withoutNulls: JSON? {
        guard case .object(let members) = self else { return unlessNull }
        let said = members.filter { !$0.value.isNull }
        return said.isEmpty ? Optional<JSON>.none : .object(said)
    }

    /// The number as a double, for durations and ratios; `nil` for anything else.
    package var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let literal): Double(literal)
        default: nil
        }
    }

    /// What this value is, for error texts: "a string", "an object" …
    package var kindName: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }

    /// An object of the members that have a value: `nil` members are left out.
    package static func members(_ pairs: KeyValuePairs<String, JSON?>) -> JSON {
        var members: [String: JSON] = [:]
        for (name, value) in pairs { members[name] = value }
        return .object(members)
    }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(arrayLiteral elements: JSON...) { self = .array(elements) }
    package init(dictionaryLiteral members: (String, JSON)...) {
        self = .object(Dictionary(members) { _, last in last })
    }
    package init(nilLiteral: ()) { self = .null }

    /// A string, or `nil` for `nil`: for optional members.
    package init?(_ value: String?) {
        guard let value else { return nil }
        self = .string(value)
    }

    /// A time as RFC 3339, or `nil` for `nil`.
    package init?(_ value: Timestamp?) {
        guard let value else { return nil }
        self = .string(value.rfc3339)
    }
}
