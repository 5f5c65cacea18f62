// Reading JSON (RFC 8259), strictly: one value, valid UTF-8, bounded depth; the last of two equal names wins.
// Why not Foundation's decoder: it turns integers beyond 2^53 into doubles and cannot say where an error stands.

/// Where a JSON text is wrong and how. The text itself is not repeated: it may be a customer's.
package struct JSONSyntaxError: Error, Hashable, CustomStringConvertible {
    /// Line and column of the first byte that cannot be right, both from 1; columns count bytes.
    package let line: Int
    package let column: Int
    package let problem: String

    package var description: String { "JSON \(line):\(column): \(problem)" }
}

extension JSON {
    /// How many arrays and objects may lie inside one another unless a caller says otherwise.
    package static let depthMax = 128

    /// Reads one JSON value and nothing after it but white space. A leading byte order mark is passed over.
    package init(parsing bytes: some Sequence<UInt8>, depthMax: Int = JSON.depthMax) throws(JSONSyntaxError) {
        var reader = JSONReader(bytes: Array(bytes), depthMax: depthMax)
        self = try reader.document()
    }

    package init(parsing text: String, depthMax: Int = JSON.depthMax) throws(JSONSyntaxError) {
        try self.init(parsing: text.utf8, depthMax: depthMax)
    }
}

/// A cursor over the bytes of one document.
private struct JSONReader {
    let bytes: [UInt8]
    let depthMax: Int
    var at = 0
    var depth = 0

    init(bytes: [UInt8], depthMax: Int) {
        self.bytes = bytes
        self.depthMax = depthMax
    }

    mutating func document() throws(JSONSyntaxError) -> JSON {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
        let value = try self.value()
        skipSpace()
        guard at == bytes.count else { throw wrong("something stands after the value") }
        return value
    }

    private func wrong(_ problem: String, at place: Int? = nil) -> JSONSyntaxError {
        let before = bytes.prefix(place ?? at)
        let line = before.count { $0 == 0x0A } + 1
        let column = before.count - (before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0) + 1
        return JSONSyntaxError(line: line, column: column, problem: problem)
    }

    private mutating func skipSpace() {
        while at < bytes.count {
            switch bytes[at] {
            case 0x20, 0x0A, 0x0D, 0x09: at += 1
            default: return
            }
        }
    }

    private mutating func value() throws(JSONSyntaxError) -> JSON {
        skipSpace()
        guard at < bytes.count else { throw wrong("the text ends where a value should stand") }
        switch bytes[at] {
        case 0x7B: return try nested { (reader) throws(JSONSyntaxError) in try reader.members() }
        case 0x5B: return try nested { (reader) throws(JSONSyntaxError) in try reader.elements() }
        case 0x22: return .string(try string())
        case 0x74: return try word("true", .bool(true))
        case 0x66: return try word("false", .bool(false))
        case 0x6E: return try word("null", .null)
        case 0x2D, 0x30...0x39: return try number()
        default: throw wrong("no JSON value begins like this")
        }
    }

    private mutating func nested(
        _ read: (inout JSONReader) throws(JSONSyntaxError) -> JSON
    ) throws(JSONSyntaxError) -> JSON {
        depth += 1
        guard depth <= depthMax else { throw wrong("nested deeper than \(depthMax)") }
        at += 1
        let value = try read(&self)
        depth -= 1
        return value
    }

    private mutating func members() throws(JSONSyntaxError) -> JSON {
        var members: [String: JSON] = [:]
        skipSpace()
        if take(0x7D) { return .object(members) }
        // Most objects have a few: the table is made once.
        members.reserveCapacity(8)
        while true {
            skipSpace()
            guard at < bytes.count, bytes[at] == 0x22 else { throw wrong("expected a member's name in quotes") }
            let name = try string()
            skipSpace()
            guard take(0x3A) else { throw wrong("expected ':' after a member's name") }
            members[name] = try value()
            skipSpace()
            if take(0x7D) { return .object(members) }
            guard take(0x2C) else { throw wrong("expected ',' or '}'") }
        }
    }

    private mutating func elements() throws(JSONSyntaxError) -> JSON {
        var elements: [JSON] = []
        skipSpace()
        if take(0x5D) { return .array(elements) }
        while true {
            elements.append(try value())
            skipSpace()
            if take(0x5D) { return .array(elements) }
            guard take(0x2C) else { throw wrong("expected ',' or ']'") }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard at < bytes.count, bytes[at] == byte else { return false }
        at += 1
        return true
    }

    private mutating func word(_ word: String, _ value: JSON) throws(JSONSyntaxError) -> JSON {
        guard bytes[at...].starts(with: word.utf8) else { throw wrong("no JSON value begins like this") }
        at += word.utf8.count
        return value
    }

    private mutating func number() throws(JSONSyntaxError) -> JSON {
        let start = at
        _ = take(0x2D)
        let whole = digits()
        guard whole > 0, whole == 1 || bytes[at - whole] != 0x30 else { throw wrong("not a number", at: start) }
        var isInteger = true
        if take(0x2E) {
            isInteger = false
            guard digits() > 0 else { throw wrong("not a number", at: start) }
        }
        if at < bytes.count, bytes[at] | 0x20 == 0x65 {
            isInteger = false
            at += 1
            if !take(0x2B) { _ = take(0x2D) }
            guard digits() > 0 else { throw wrong("not a number", at: start) }
        }
        let literal = String(decoding: bytes[start..<at], as: UTF8.self)
        if isInteger, let value = Int64(literal) { return .integer(value) }
        return .number(literal)
    }

    private mutating func digits() -> Int {
        let start = at
        while at < bytes.count, bytes[at] >= 0x30, bytes[at] <= 0x39 { at += 1 }
        return at - start
    }

    private mutating func string() throws(JSONSyntaxError) -> String {
        let open = at
        at += 1
        let start = at
        var seen: UInt8 = 0
        while at < bytes.count, bytes[at] != 0x22, bytes[at] != 0x5C, bytes[at] >= 0x20 {
            seen |= bytes[at]
            at += 1
        }
        guard at < bytes.count else { throw wrong("this string has no end", at: open) }
        if bytes[at] == 0x22 {
            let content = bytes[start..<at]
            // ASCII needs no proof.
            let text = seen < 0x80 ? String(decoding: content, as: UTF8.self) : try validated(content, open)
            at += 1
            return text
        }
        return try escapedString(from: start, open: open)
    }

    private mutating func escapedString(from start: Int, open: Int) throws(JSONSyntaxError) -> String {
        var content = Array(bytes[start..<at])
        while at < bytes.count {
            let byte = bytes[at]
            switch byte {
            case 0x22:
                at += 1
                return try validated(content[...], open)
            case 0x5C:
                at += 1
                try escape(into: &content)
            case 0..<0x20: throw wrong("a control character must be escaped in a string")
            default:
                content.append(byte)
                at += 1
            }
        }
        throw wrong("this string has no end", at: open)
    }

    private func validated(_ content: ArraySlice<UInt8>, _ open: Int) throws(JSONSyntaxError) -> String {
        guard let text = String(validating: content, as: UTF8.self) else {
            throw wrong("this string is not valid UTF-8", at: open)
        }
        return text
    }

    private mutating func escape(into content: inout [UInt8]) throws(JSONSyntaxError) {
        guard at < bytes.count else { throw wrong("the text ends inside an escape") }
        let simple: [UInt8: UInt8] = [
            0x22: 0x22, 0x5C: 0x5C, 0x2F: 0x2F, 0x62: 0x08, 0x66: 0x0C, 0x6E: 0x0A, 0x72: 0x0D, 0x74: 0x09,
        ]
        if let byte = simple[bytes[at]] {
            content.append(byte)
            at += 1
            return
        }
        guard bytes[at] == 0x75, let first = hex(at + 1) else { throw wrong("not an escape that JSON knows") }
        at += 5
        var scalar = first
        if (0xD800..<0xDC00).contains(first), at + 5 < bytes.count, bytes[at] == 0x5C, bytes[at + 1] == 0x75,
            let second = hex(at + 2), (0xDC00..<0xE000).contains(second)
        {
            scalar = 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
            at += 6
        }
        // A lone surrogate is no character; U+FFFD stands for it, as RFC 8259 section 8.2 leaves open.
        content.append(contentsOf: String(Unicode.Scalar(scalar) ?? "\u{FFFD}").utf8)
    }

    private func hex(_ start: Int) -> UInt32? {
        guard start + 4 <= bytes.count else { return nil }
        let digits = bytes[start..<start + 4]
        guard digits.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else { return nil }
        return UInt32(String(decoding: digits, as: UTF8.self), radix: 16)
    }
}
