// JSON text from outside into libjq's values, in one pass. libjq's own parser is passed by: it takes NaN, lone commas
// and several documents, changes integers beyond 2^53, and needs 30 ns a byte.
//
// Who frees what, in this folder: every libjq function takes over the values it is given (they must not be used
// again) and gives a value that the caller owns. These take nothing over: `jv_copy`, `jv_get_kind`,
// `jv_number_value`, `jv_string_value` and the iterators `jv_object_iter…`. A function of ours that returns a `jv`
// gives it to its caller; a parameter called `owned` is taken over, one called `value` is only looked at.

import CJQ
import Model

/// A cursor over the bytes of one document, strict as RFC 8259. The last of two equal names wins; a lone surrogate
/// escape becomes U+FFFD; an integer beyond 2^53 becomes a string of its digits.
struct JVReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var at = 0
    private var depth = 0
    /// What was wrong first, and at which byte. Once it is set every function gives an invalid value that owns nothing.
    private var failure: (problem: String, place: Int)?

    /// Reads one value and nothing after it but white space. A leading byte order mark is passed over.
    /// The failure is `JSON line:column: problem`, both from 1, columns in bytes.
    static func read(_ bytes: [UInt8]) -> (value: jv, failure: String?) {
        bytes.withUnsafeBufferPointer { buffer in
            var reader = JVReader(buffer)
            let value = reader.document()
            return (value, reader.failureText)
        }
    }

    private init(_ bytes: UnsafeBufferPointer<UInt8>) {
        self.bytes = bytes
    }

    private var failureText: String? {
        guard let failure else { return nil }
        let before = bytes[..<failure.place]
        let line = before.count { $0 == 0x0A } + 1
        let column = before.count - (before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0) + 1
        return "JSON \(line):\(column): \(failure.problem)"
    }

    private mutating func document() -> jv {
        guard bytes.count <= Int(Int32.max) else { return fail("larger than 2 GiB", at: 0) }
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
        let value = self.value()
        skipSpace()
        guard failure == nil, at < bytes.count else { return value }
        return fail("something stands after the value", freeing: value)
    }

    private mutating func fail(_ problem: String, at place: Int? = nil) -> jv {
        if failure == nil { failure = (problem, place ?? at) }
        return jv_invalid()
    }

    private mutating func fail(_ problem: String, freeing owned: jv) -> jv {
        jv_free(owned)
        return fail(problem)
    }

    private mutating func skipSpace() {
        while at < bytes.count, bytes[at] <= 0x20 {
            guard bytes[at] == 0x20 || bytes[at] == 0x0A || bytes[at] == 0x0D || bytes[at] == 0x09 else { return }
            at += 1
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard at < bytes.count, bytes[at] == byte else { return false }
        at += 1
        return true
    }

    private mutating func value() -> jv {
        skipSpace()
        guard at < bytes.count else { return fail("the text ends where a value should stand") }
        switch bytes[at] {
        case 0x22: return string()
        case 0x7B: return members()
        case 0x5B: return elements()
        case 0x2D, 0x30...0x39: return number()
        case 0x74: return word("true", jv_true())
        case 0x66: return word("false", jv_false())
        case 0x6E: return word("null", jv_null())
        default: return fail("no JSON value begins like this")
        }
    }

    private mutating func word(_ word: StaticString, _ owned: jv) -> jv {
        let expected = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        guard bytes[at...].starts(with: expected) else { return fail("no JSON value begins like this") }
        at += expected.count
        return owned
    }

    // MARK: - Arrays and objects

    private mutating func descend() -> Bool {
        guard depth < JSON.depthMax else {
            _ = fail("nested deeper than \(JSON.depthMax)")
            return false
        }
        depth += 1
        at += 1
        skipSpace()
        return true
    }

    private mutating func ascend(_ owned: jv) -> jv {
        depth -= 1
        return owned
    }

    private mutating func members() -> jv {
        guard descend() else { return jv_invalid() }
        var object = jv_object()
        if take(0x7D) { return ascend(object) }
        while true {
            skipSpace()
            guard at < bytes.count, bytes[at] == 0x22 else {
                return fail("expected a member's name in quotes", freeing: object)
            }
            let name = string()
            skipSpace()
            guard failure == nil, take(0x3A) else {
                jv_free(name)
                return fail("expected ':' after a member's name", freeing: object)
            }
            let member = value()
            guard failure == nil else {
                jv_free(name)
                return fail("", freeing: object)
            }
            object = jv_object_set(object, name, member)
            skipSpace()
            if take(0x7D) { return ascend(object) }
            guard take(0x2C) else { return fail("expected ',' or '}'", freeing: object) }
        }
    }

    private mutating func elements() -> jv {
        guard descend() else { return jv_invalid() }
        var array = jv_array()
        if take(0x5D) { return ascend(array) }
        while true {
            let element = value()
            guard failure == nil else { return fail("", freeing: array) }
            array = jv_array_append(array, element)
            skipSpace()
            if take(0x5D) { return ascend(array) }
            guard take(0x2C) else { return fail("expected ',' or ']'", freeing: array) }
        }
    }
}

// MARK: - Numbers

extension JVReader {
    private mutating func number() -> jv {
        let start = at
        let isNegative = take(0x2D)
        let first = at
        var magnitude = 0
        while at < bytes.count, bytes[at] >= 0x30, bytes[at] <= 0x39 {
            if at - first < 18 { magnitude = magnitude * 10 + Int(bytes[at] - 0x30) }
            at += 1
        }
        let digits = at - first
        guard digits > 0, digits == 1 || bytes[first] != 0x30 else { return fail("not a number", at: start) }
        if at < bytes.count, bytes[at] == 0x2E || bytes[at] | 0x20 == 0x65 { return fraction(from: start) }
        guard digits <= 16, magnitude <= JSON.exactIntegerMax else { return text(start..<at) }
        return jv_number(isNegative ? -Double(magnitude) : Double(magnitude))
    }

    private mutating func fraction(from start: Int) -> jv {
        if take(0x2E), !skipDigits() { return fail("not a number", at: start) }
        if at < bytes.count, bytes[at] | 0x20 == 0x65 {
            at += 1
            if !take(0x2B) { _ = take(0x2D) }
            if !skipDigits() { return fail("not a number", at: start) }
        }
        let literal = String(decoding: bytes[start..<at], as: UTF8.self)
        guard let number = Double(literal), number.isFinite else {
            return fail("a number beyond the range of a double", at: start)
        }
        return jv_number(number)
    }

    /// Whether there was at least one.
    private mutating func skipDigits() -> Bool {
        let start = at
        while at < bytes.count, bytes[at] >= 0x30, bytes[at] <= 0x39 { at += 1 }
        return at > start
    }
}

// MARK: - Strings

extension JVReader {
    private mutating func string() -> jv {
        let open = at
        at += 1
        let start = at
        var seen: UInt8 = 0
        while at < bytes.count {
            let byte = bytes[at]
            if byte == 0x22 {
                at += 1
                return seen < 0x80 ? text(start..<at - 1) : checked(bytes[start..<at - 1], open)
            }
            if byte == 0x5C { return escapedString(from: start, open) }
            if byte < 0x20 { return fail("a control character must be escaped in a string") }
            seen |= byte
            at += 1
        }
        return fail("this string has no end", at: open)
    }

    /// A string of bytes that are known to be ASCII.
    private func text(_ range: Range<Int>) -> jv {
        jv.string(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[range]))
    }

    /// A string of bytes that must be UTF-8. libjq puts U+FFFD for what is not: then the bytes differ.
    private mutating func checked(_ content: Slice<UnsafeBufferPointer<UInt8>>, _ open: Int) -> jv {
        checked(UnsafeBufferPointer(rebasing: content), open)
    }

    private mutating func checked(_ content: UnsafeBufferPointer<UInt8>, _ open: Int) -> jv {
        let raw = UnsafeRawBufferPointer(content)
        let string = jv.string(raw)
        guard string.holds(raw) else {
            jv_free(string)
            return fail("this string is not valid UTF-8", at: open)
        }
        return string
    }

    private mutating func escapedString(from start: Int, _ open: Int) -> jv {
        var content = Array(bytes[start..<at])
        content.reserveCapacity(content.count + 64)
        while at < bytes.count {
            let byte = bytes[at]
            switch byte {
            case 0x22:
                at += 1
                return content.withUnsafeBufferPointer { checked($0, open) }
            case 0x5C:
                at += 1
                guard escape(into: &content) else { return fail("not an escape that JSON knows") }
            case 0..<0x20: return fail("a control character must be escaped in a string")
            default:
                content.append(byte)
                at += 1
            }
        }
        return fail("this string has no end", at: open)
    }

    private mutating func escape(into content: inout [UInt8]) -> Bool {
        guard at < bytes.count else { return false }
        switch bytes[at] {
        case 0x22, 0x5C, 0x2F: content.append(bytes[at])
        case 0x62: content.append(0x08)
        case 0x66: content.append(0x0C)
        case 0x6E: content.append(0x0A)
        case 0x72: content.append(0x0D)
        case 0x74: content.append(0x09)
        case 0x75: return unicodeEscape(into: &content)
        default: return false
        }
        at += 1
        return true
    }

    private mutating func unicodeEscape(into content: inout [UInt8]) -> Bool {
        guard let first = hex(at + 1) else { return false }
        at += 5
        var scalar = first
        if first & 0xFC00 == 0xD800, at + 1 < bytes.count, bytes[at] == 0x5C, bytes[at + 1] == 0x75,
            let second = hex(at + 2), second & 0xFC00 == 0xDC00
        {
            scalar = 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
            at += 6
        }
        // A lone surrogate is no character; U+FFFD stands for it, as RFC 8259 section 8.2 leaves open.
        let character = Unicode.Scalar(scalar).flatMap(UTF8.encode) ?? UTF8.encodedReplacementCharacter
        content.append(contentsOf: character)
        return true
    }

    private func hex(_ start: Int) -> UInt32? {
        guard start + 4 <= bytes.count else { return nil }
        var value: UInt32 = 0
        for byte in bytes[start..<start + 4] {
            switch byte {
            case 0x30...0x39: value = value << 4 | UInt32(byte - 0x30)
            case 0x41...0x46, 0x61...0x66: value = value << 4 | UInt32((byte | 0x20) - 0x57)
            default: return nil
            }
        }
        return value
    }
}
