// Values with parameters: Content-Type and Content-Disposition (RFC 2045 section 5.1, RFC 2183, RFC 2231), and the ways
// in which programs get them wrong.

import Model

/// A value and its parameters.
struct ParameterList: Hashable {
    /// What stands before the first semicolon, lower case, without comments.
    let value: String
    /// Undecoded but for quotes; names in lower case; the first of a name counts.
    private let raw: [(name: String, value: [UInt8])]

    /// Whether any is written as RFC 2231 says.
    private let hasStars: Bool

    static func == (left: ParameterList, right: ParameterList) -> Bool {
        left.value == right.value && left.parameters == right.parameters
    }

    func hash(into hasher: inout Hasher) {
        hasher.combine(value)
    }

    init(_ bytes: [UInt8]) {
        var splitter = ParameterSplitter(bytes: bytes)
        value = splitter.value()
        raw = splitter.parameters()
        hasStars = raw.contains { $0.name.utf8.contains(0x2A) }
    }

    /// All parameters, decoded.
    var parameters: [String: String] {
        var names: [String] = []
        for (name, _) in raw {
            let base = String(name.prefix { $0 != "*" })
            if !names.contains(base) { names.append(base) }
        }
        var found: [String: String] = [:]
        for name in names { found[name] = self[name] }
        return found
    }

    /// The undecoded bytes of a plain parameter.
    func bytes(_ name: String) -> [UInt8]? { raw.first { $0.name == name }?.value }

    /// A parameter as people read it: RFC 2231 where it is used, else RFC 2047, which is forbidden here and usual.
    subscript(_ name: String) -> String? {
        if let value = extended(name) { return value }
        guard let value = bytes(name) else { return nil }
        // `filename="utf-8''a%20b"`: the star was forgotten.
        let isForgotten = ["utf-8''", "iso-8859-1''"].contains { prefix in
            value.count >= prefix.utf8.count && value.prefix(prefix.utf8.count).map(\.lowered) == Array(prefix.utf8)
        }
        return isForgotten ? Self.decode([(value, true)]) : EncodedWords.decode(value)
    }

    /// RFC 2231 sections 3 and 4: `name*`, and `name*0`, `name*1*`, … in the order of their numbers.
    private func extended(_ name: String) -> String? {
        guard hasStars else { return nil }
        if let whole = bytes(name + "*") { return Self.decode([(whole, true)]) }
        var pieces: [(number: Int, bytes: [UInt8], isEncoded: Bool)] = []
        for (other, value) in raw where other.hasPrefix(name + "*") {
            var digits = other.dropFirst(name.count + 1)
            let isEncoded = digits.hasSuffix("*")
            if isEncoded { digits.removeLast() }
            guard let number = Int(digits), number >= 0, !pieces.contains(where: { $0.number == number }) else {
                continue
            }
            pieces.append((number, value, isEncoded))
        }
        guard !pieces.isEmpty else { return nil }
        pieces.sort { $0.number < $1.number }
        guard pieces.contains(where: \.isEncoded) else { return EncodedWords.decode(pieces.flatMap(\.bytes)) }
        return Self.decode(pieces.map { ($0.bytes, $0.isEncoded) })
    }

    /// `charset'language'text` with percent signs, in one piece or many.
    private static func decode(_ pieces: [(bytes: [UInt8], isEncoded: Bool)]) -> String {
        var charset: String?
        var out: [UInt8] = []
        for (index, piece) in pieces.enumerated() {
            var text = piece.bytes[...]
            if index == 0, piece.isEncoded, let first = text.firstIndex(of: 0x27),
                let second = text[(first + 1)...].firstIndex(of: 0x27)
            {
                charset = String(decoding: text[..<first], as: UTF8.self)
                text = text[(second + 1)...]
            }
            out += piece.isEncoded ? percentDecoded(text) : Array(text)
        }
        let label = charset.flatMap { $0.isEmpty ? nil : $0 }
        return EncodedWords.oneLine(Charset.decode(out, label: label).text)
    }

    private static func percentDecoded(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        var at = text.startIndex
        while at < text.endIndex {
            if text[at] == 0x25, at + 2 < text.endIndex, let high = EncodedWords.hex(text[at + 1]),
                let low = EncodedWords.hex(text[at + 2])
            {
                out.append(high << 4 | low)
                at += 3
            } else {
                out.append(text[at])
                at += 1
            }
        }
        return out
    }
}

/// Goes through one value.
private struct ParameterSplitter {
    let bytes: [UInt8]
    private var at = 0

    /// How many parameters are read.
    private static let countMax = 100

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Up to the first semicolon, or to the first space behind which a parameter begins though there is none.
    mutating func value() -> String {
        var value: [UInt8] = []
        while at < bytes.count, bytes[at] == 0x3B || bytes[at].isBlank { at += 1 }
        let lastEquals = bytes[at...].prefix { $0 != 0x3B }.lastIndex(of: 0x3D) ?? -1
        // `; filename="a"`: the value is missing, and what stands here is a parameter already.
        if at > 0, lastEquals > at { return "" }
        while at < bytes.count, bytes[at] != 0x3B {
            if bytes[at] == 0x28 {
                skipComment()
                continue
            }
            if bytes[at].isBlank, !value.isEmpty, lastEquals > at { break }
            if bytes[at] > 0x20, bytes[at] != 0x22 { value.append(bytes[at].lowered) }
            at += 1
        }
        return value.latin1
    }

    mutating func parameters() -> [(String, [UInt8])] {
        var found: [(String, [UInt8])] = []
        while at < bytes.count, found.count < Self.countMax {
            while at < bytes.count, bytes[at] == 0x3B || bytes[at].isBlank { at += 1 }
            let start = at
            while at < bytes.count, bytes[at] != 0x3D, bytes[at] != 0x3B { at += 1 }
            let name = bytes[start..<at].trimmedSlice.filter { $0 > 0x20 }.map(\.lowered).latin1
            guard at < bytes.count, bytes[at] == 0x3D else { continue }
            at += 1
            while at < bytes.count, bytes[at].isBlank { at += 1 }
            let isQuoted = at < bytes.count && bytes[at] == 0x22
            let value = isQuoted ? quoted() : token(mayHoldBrackets: name.contains("name"))
            if !name.isEmpty, !found.contains(where: { $0.0 == name }) { found.append((name, value)) }
        }
        return found
    }

    /// A quoted value. Only quotes and backslashes are escaped: a path of Windows keeps its backslashes.
    private mutating func quoted() -> [UInt8] {
        let start = at + 1
        var value: [UInt8] = []
        at += 1
        while at < bytes.count {
            if bytes[at] == 0x5C, at + 1 < bytes.count, bytes[at + 1] == 0x22 || bytes[at + 1] == 0x5C {
                at += 1
            } else if bytes[at] == 0x22 {
                at += 1
                // What stands behind the quote is noise, or a semicolon that was forgotten: `name="a" charset=b`.
                while at < bytes.count, bytes[at] != 0x3B, !bytes[at].isBlank { at += 1 }
                return value
            }
            value.append(bytes[at])
            at += 1
        }
        // Never closed: it ends with the next semicolon.
        at = bytes[start...].firstIndex(of: 0x3B) ?? bytes.count
        return Array(bytes[start..<at].trimmedSlice)
    }

    /// A value without quotes goes on to the next semicolon, spaces and all.
    private mutating func token(mayHoldBrackets: Bool) -> [UInt8] {
        let start = at
        while at < bytes.count, bytes[at] != 0x3B, mayHoldBrackets || bytes[at] != 0x28 { at += 1 }
        let value = Array(bytes[start..<at].trimmedSlice)
        while at < bytes.count, bytes[at] != 0x3B { at += 1 }
        if mayHoldBrackets { return value }
        // No other parameter has spaces: a semicolon was forgotten.
        guard let blank = value.firstIndex(where: \.isBlank), value[blank...].contains(0x3D) else { return value }
        at = start + blank
        return Array(value[..<blank])
    }

    private mutating func skipComment() {
        var depth = 0
        while at < bytes.count {
            if bytes[at] == 0x5C {
                at += 1
            } else if bytes[at] == 0x28 {
                depth += 1
            } else if bytes[at] == 0x29 {
                depth -= 1
            }
            at += 1
            if depth == 0 { return }
        }
    }
}

/// What a part is.
struct ContentType: Hashable {
    /// `type/subtype`, lower case.
    let essence: String
    let list: ParameterList
    /// Whether the header has a type that can be read.
    let isTold: Bool

    /// - Parameter default: what a part is that does not say (RFC 2045 section 5.2), or says it in no way to be read.
    init(_ bytes: [UInt8]?, default fallback: String) {
        list = ParameterList(bytes ?? [])
        let told = Self.essence(list.value)
        essence = told ?? fallback
        isTold = told != nil
    }

    private static func essence(_ value: String) -> String? {
        if let essence = MediaType.essence(value) { return essence }
        return switch value {
        case "text", "text/", "plain": "text/plain"
        case "html", "text/htm": "text/html"
        case "multipart", "multipart/": "multipart/mixed"
        case "message", "message/": "message/rfc822"
        default: nil
        }
    }

    var isMultipart: Bool { essence.hasPrefix("multipart/") }
    var isText: Bool { essence.hasPrefix("text/") }

    /// RFC 2046 section 5.1.1: it ends with no space. RFC 2231 may cut it.
    var boundary: [UInt8]? {
        guard let bytes = list.bytes("boundary") ?? list["boundary"].map({ Array($0.utf8) }) else { return nil }
        return Array(bytes[...].trimmedSlice.prefix(Self.boundaryBytesMax))
    }

    /// RFC 2046 allows 70; programs take more.
    private static let boundaryBytesMax = 500
}
