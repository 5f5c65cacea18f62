// Between our JSON and libjq's values, by walking: no text in between. libjq knows doubles only, so integers beyond
// 2^53 travel as strings of digits, and come back as numbers where the program says `exact_integer`.

import CJQ
import Model

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Why a value cannot pass between libjq and us.
struct JVProblem: Error {
    let problem: String
    /// Whether the value is sound but larger than we take.
    var isLimit = false
}

extension jv {
    /// A string of these bytes, which should be UTF-8: libjq puts U+FFFD for what is not.
    static func string(_ bytes: UnsafeRawBufferPointer) -> jv {
        guard let start = bytes.bindMemory(to: CChar.self).baseAddress else { return jv_string("") }
        return jv_string_sized(start, Int32(bytes.count))
    }

    /// Whether this string's bytes are these. Only looks.
    func holds(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard Int(jv_string_length_bytes(jv_copy(self))) == bytes.count, let base = bytes.baseAddress else {
            return bytes.isEmpty
        }
        return memcmp(jv_string_value(self), base, bytes.count) == 0
    }
}

extension JSON {
    /// 2^53: up to here every integer is a double.
    static let exactIntegerMax = 9_007_199_254_740_992

    /// The member that `exact_integer` makes.
    static let exactIntegerName = "$exact_integer"

    // MARK: - To libjq

    /// The value for libjq; its owner is the caller.
    func makeJV() throws(JVProblem) -> jv {
        switch self {
        case .null: return jv_null()
        case .bool(let value): return value ? jv_true() : jv_false()
        case .integer(let value):
            return value.magnitude <= Self.exactIntegerMax ? jv_number(Double(value)) : Self.makeJV(String(value))
        case .number(let literal): return try Self.makeJV(number: literal)
        case .string(let value): return Self.makeJV(value)
        case .array(let elements):
            var array = jv_array_sized(Int32(clamping: elements.count))
            for element in elements {
                do { array = jv_array_append(array, try element.makeJV()) } catch {
                    jv_free(array)
                    throw error
                }
            }
            return array
        case .object(let members):
            var object = jv_object()
            // Dictionaries have another order in each process; a mapping must not.
            for (name, value) in members.sorted(by: { $0.key < $1.key }) {
                do {
                    // Before the name is made: what throws here would leave it to nobody.
                    let member = try value.makeJV()
                    object = jv_object_set(object, Self.makeJV(name), member)
                } catch {
                    jv_free(object)
                    throw error
                }
            }
            return object
        }
    }

    static func makeJV(_ text: String) -> jv {
        var text = text
        return text.withUTF8 { jv.string(UnsafeRawBufferPointer($0)) }
    }

    private static func makeJV(number literal: String) throws(JVProblem) -> jv {
        if isInteger(literal) {
            let isExact = Int64(literal).map { $0.magnitude <= exactIntegerMax } ?? false
            if !isExact { return makeJV(literal) }
        }
        guard let number = Double(literal), number.isFinite else {
            throw JVProblem(problem: "a number beyond the range of a double")
        }
        return jv_number(number)
    }

    /// RFC 8259 section 6 without fraction and exponent.
    private static func isInteger(_ literal: String) -> Bool {
        let digits = literal.utf8.first == 0x2D ? literal.utf8.dropFirst() : literal.utf8[...]
        return !digits.isEmpty && digits.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
            && (digits.count == 1 || digits.first != 0x30)
    }

    // MARK: - From libjq

    /// Reads a value that libjq gave. The value is only looked at; it stays the caller's.
    init(reading value: jv, depth: Int = 0) throws(JVProblem) {
        switch jv_get_kind(value) {
        case JV_KIND_NULL: self = .null
        case JV_KIND_FALSE: self = .bool(false)
        case JV_KIND_TRUE: self = .bool(true)
        case JV_KIND_NUMBER: self = try Self.number(jv_number_value(value))
        case JV_KIND_STRING: self = .string(Self.text(of: value))
        case JV_KIND_ARRAY: self = .array(try Self.elements(of: value, depth: try Self.deeper(depth)))
        case JV_KIND_OBJECT: self = try Self.object(value, depth: try Self.deeper(depth))
        default: throw JVProblem(problem: "libjq gave no value")
        }
    }

    private static func deeper(_ depth: Int) throws(JVProblem) -> Int {
        guard depth < depthMax else {
            throw JVProblem(problem: "a result is nested deeper than \(depthMax)", isLimit: true)
        }
        return depth + 1
    }

    private static func number(_ value: Double) throws(JVProblem) -> JSON {
        if value.magnitude <= Double(exactIntegerMax), value == value.rounded(.towardZero) {
            return .integer(Int64(value))
        }
        guard value.isFinite else { throw JVProblem(problem: "a result holds a number that JSON cannot: \(value)") }
        return .number(value.description)
    }

    private static func text(of value: jv) -> String {
        let count = Int(jv_string_length_bytes(jv_copy(value)))
        return String(decoding: UnsafeRawBufferPointer(start: jv_string_value(value), count: count), as: UTF8.self)
    }

    private static func elements(of value: jv, depth: Int) throws(JVProblem) -> [JSON] {
        let count = jv_array_length(jv_copy(value))
        var elements: [JSON] = []
        elements.reserveCapacity(Int(count))
        for index in 0..<count {
            let element = jv_array_get(jv_copy(value), index)
            defer { jv_free(element) }
            elements.append(try JSON(reading: element, depth: depth))
        }
        return elements
    }

    private static func object(_ value: jv, depth: Int) throws(JVProblem) -> JSON {
        var members: [String: JSON] = [:]
        members.reserveCapacity(Int(jv_object_length(jv_copy(value))))
        var iterator = jv_object_iter(value)
        while jv_object_iter_valid(value, iterator) != 0 {
            let name = jv_object_iter_key(value, iterator)
            let member = jv_object_iter_value(value, iterator)
            defer {
                jv_free(name)
                jv_free(member)
            }
            members[text(of: name)] = try JSON(reading: member, depth: depth)
            iterator = jv_object_iter_next(value, iterator)
        }
        if members.count == 1, let digits = members[exactIntegerName] { return try exactInteger(digits) }
        return .object(members)
    }

    private static func exactInteger(_ digits: JSON) throws(JVProblem) -> JSON {
        guard let literal = digits.string, isInteger(literal) else {
            throw JVProblem(problem: "exact_integer needs an integer or a string of its digits")
        }
        return Int64(literal).map(JSON.integer) ?? .number(literal)
    }
}
