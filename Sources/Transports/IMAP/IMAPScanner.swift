// Reads the tokens of one response: atoms, quoted strings, literals, NIL and nested lists (RFC 9051 section 4).

/// A value in a response.
enum IMAPValue: Hashable {
    /// A bare word, a number or a flag, and the names of items with their brackets: `BODY[HEADER.FIELDS (DATE)]<0>`.
    case atom(String)
    case string([UInt8])
    case literal([UInt8], size: Int)
    case list([IMAPValue])
    case null

    var number: UInt64? { if case .atom(let text) = self { UInt64(text) } else { nil } }

    /// The text of an atom or a string.
    var text: String? {
        switch self {
        case .atom(let text): text
        case .string(let bytes): String(decoding: bytes, as: UTF8.self)
        case .literal(let bytes, let size): bytes.count == size ? String(decoding: bytes, as: UTF8.self) : nil
        case .list, .null: nil
        }
    }

    var list: [IMAPValue]? { if case .list(let values) = self { values } else { nil } }
}

/// A place in a response. Lenient about spaces; `nil` wherever the grammar ends.
struct IMAPScanner {
    /// How deep lists may nest; a deeper one is no response of a server in its right mind.
    static let depthMax = 32

    private let parts: [IMAPParser.Raw.Part]
    private var part = 0
    private var at = 0

    init(_ raw: IMAPParser.Raw) {
        parts = raw.parts
    }

    private var bytes: [UInt8] {
        guard part < parts.count, case .text(let bytes) = parts[part] else { return [] }
        return bytes
    }

    /// The next byte of text; `nil` at its end and before a literal.
    private var peek: UInt8? {
        guard part < parts.count, case .text(let bytes) = parts[part], at < bytes.count else { return nil }
        return bytes[at]
    }

    mutating func skipSpaces() {
        while peek == 0x20 || peek == 0x09 { at += 1 }
    }

    /// Whether nothing is left.
    mutating func isAtEnd() -> Bool {
        skipSpaces()
        return peek == nil && part + 1 >= parts.count
    }

    /// A bare word in upper case, up to a space or bracket.
    mutating func word() -> String? {
        skipSpaces()
        guard case .text(let bytes)? = part < parts.count ? parts[part] : nil else { return nil }
        let start = at
        while at < bytes.count, !Self.endsWord(bytes[at]) { at += 1 }
        return start == at ? nil : String(decoding: bytes[start..<at], as: UTF8.self).uppercased()
    }

    private static func endsWord(_ byte: UInt8) -> Bool {
        byte <= 0x20 || byte == UInt8(ascii: "(") || byte == UInt8(ascii: ")") || byte == UInt8(ascii: "[")
            || byte == UInt8(ascii: "]") || byte == UInt8(ascii: "\"")
    }

    /// What is left of the line, as words for people.
    mutating func rest() -> String {
        skipSpaces()
        guard case .text(let bytes)? = part < parts.count ? parts[part] : nil else { return "" }
        defer { at = bytes.count }
        return String(decoding: bytes[min(at, bytes.count)...], as: UTF8.self)
    }

    /// Takes `byte` when it is next.
    mutating func take(_ byte: Unicode.Scalar) -> Bool {
        skipSpaces()
        guard peek == UInt8(ascii: byte) else { return false }
        at += 1
        return true
    }

    mutating func value(depth: Int = 0) -> IMAPValue? {
        skipSpaces()
        guard let first = peek else { return literal() }
        switch first {
        case UInt8(ascii: "("):
            at += 1
            return list(depth: depth + 1)
        case UInt8(ascii: "\""):
            at += 1
            return quoted()
        case UInt8(ascii: ")"), UInt8(ascii: "]"):
            return nil
        default:
            return atom()
        }
    }

    /// All values up to the end, or to a closing bracket that is left alone.
    mutating func values() -> [IMAPValue] {
        var values: [IMAPValue] = []
        while let value = value() { values.append(value) }
        return values
    }

    private mutating func literal() -> IMAPValue? {
        guard part + 1 < parts.count, case .literal(let bytes, let size) = parts[part + 1] else { return nil }
        (part, at) = (part + 2, 0)
        return .literal(bytes, size: size)
    }

    private mutating func list(depth: Int) -> IMAPValue? {
        guard depth <= Self.depthMax else { return nil }
        var values: [IMAPValue] = []
        while !take(")") {
            guard let value = value(depth: depth) else { return nil }
            values.append(value)
        }
        return .list(values)
    }

    private mutating func quoted() -> IMAPValue? {
        let bytes = bytes
        var string: [UInt8] = []
        while at < bytes.count {
            var byte = bytes[at]
            at += 1
            if byte == UInt8(ascii: "\"") { return .string(string) }
            if byte == UInt8(ascii: "\\"), at < bytes.count {
                byte = bytes[at]
                at += 1
            }
            string.append(byte)
        }
        return nil
    }

    /// Brackets belong to the atom, with all that is in them: `BODY[HEADER.FIELDS (DATE)]`.
    private mutating func atom() -> IMAPValue? {
        let bytes = bytes
        let start = at
        var brackets = 0
        while at < bytes.count {
            let byte = bytes[at]
            if byte == UInt8(ascii: "[") {
                brackets += 1
            } else if byte == UInt8(ascii: "]") {
                if brackets == 0 { break }
                brackets -= 1
            } else if brackets == 0, Self.endsWord(byte) {
                break
            }
            at += 1
        }
        guard at > start else { return nil }
        let text = String(decoding: bytes[start..<at], as: UTF8.self)
        return text.utf8.count == 3 && text.uppercased() == "NIL" ? .null : .atom(text)
    }
}
