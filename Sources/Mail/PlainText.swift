// Plain texts of mails: line ends, flowed lines (RFC 3676), and text that is marked in other ways.

import Glibc

/// Makes plain text readable.
enum PlainText {
    /// Lines end with a line feed; no NUL and no controls but tabs; nothing behind the last word.
    static func clean(_ text: String) -> String {
        var text = text
        let bytes = text.withUTF8 { source -> [UInt8] in
            var out: [UInt8] = []
            out.reserveCapacity(source.count)
            var at = 0
            while at < source.count {
                var end = at
                while end < source.count, isPlain(source[end]) { end += 1 }
                out.append(contentsOf: UnsafeBufferPointer(rebasing: source[at..<end]))
                at = end
                guard at < source.count else { break }
                switch source[at] {
                case 0x0D:
                    // A carriage return that stands alone ends a line too; before a line feed it is part of it.
                    while end < source.count, source[end] == 0x0D { end += 1 }
                    if end >= source.count || source[end] != 0x0A { out.append(0x0A) }
                    at = end - 1
                case 0x0C: out.append(0x0A)
                case 0xC2:
                    // The controls from U+0080 to U+009F go.
                    let next = at + 1 < source.count ? source[at + 1] : 0
                    if next < 0xA0 { at += 1 } else { out.append(0xC2) }
                default: break
                }
                at += 1
            }
            while let last = out.last, last == 0x20 || last == 0x0A || last == 0x09 { out.removeLast() }
            return out
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Bytes of UTF-8 that stay as they are, wherever they stand.
    private static func isPlain(_ byte: UInt8) -> Bool {
        (byte >= 0x20 && byte != 0x7F && byte != 0xC2) || byte == 0x0A || byte == 0x09
    }

    /// Every end of a line as a line feed.
    static func lines(_ text: String) -> String {
        var out: [UInt8] = []
        out.reserveCapacity(text.utf8.count)
        for byte in text.utf8 {
            if byte == 0x0A { while out.last == 0x0D { out.removeLast() } }
            out.append(byte)
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Joins the lines that were broken for the way (RFC 3676 section 4).
    /// - Parameter deletesSpace: the space that marks a broken line is none of the text.
    static func unflowed(_ text: String, deletesSpace: Bool) -> String {
        var out: [UInt8] = []
        /// How deep the quote is of a line that goes on.
        var paragraph: Int?
        for line in Array(text.utf8).split(separator: 0x0A, omittingEmptySubsequences: false) {
            let depth = line.prefix { $0 == 0x3E }.count
            var rest = line.dropFirst(depth)
            // Section 4.4: a space that was put before `From`, `>` and spaces.
            if rest.first == 0x20 { rest = rest.dropFirst() }
            let isSignature = rest.elementsEqual([0x2D, 0x2D, 0x20])
            if paragraph != depth || isSignature {
                if paragraph != nil { out.append(0x0A) }
                if depth > 0 { out += [UInt8](repeating: 0x3E, count: min(depth, depthMax)) + [0x20] }
            }
            let isFlowed = rest.last == 0x20 && !isSignature
            out += isFlowed && deletesSpace ? rest.dropLast() : rest
            paragraph = isFlowed ? depth : nil
            if !isFlowed { out.append(0x0A) }
        }
        if out.last == 0x0A { out.removeLast() }
        return String(decoding: out, as: UTF8.self)
    }

    /// Quoted text is shown with no more marks than this.
    private static let depthMax = 32

    /// `text/enriched` and `text/richtext` (RFC 1896, RFC 1341) without their commands.
    static func unenriched(_ text: String) -> String {
        var out: [UInt8] = []
        let bytes = Array(text.utf8)
        var at = 0
        var paramDepth = 0
        while at < bytes.count {
            let byte = bytes[at]
            if byte == 0x3C {
                if at + 1 < bytes.count, bytes[at + 1] == 0x3C {
                    out.append(0x3C)
                    at += 2
                    continue
                }
                if let end = bytes[at...].prefix(70).firstIndex(of: 0x3E) {
                    let word = bytes[(at + 1)..<end].map(\.lowered).latin1
                    if word == "param" { paramDepth += 1 }
                    if word == "/param", paramDepth > 0 { paramDepth -= 1 }
                    if word == "nl" { out.append(0x0A) }
                    at = end + 1
                    continue
                }
            }
            if byte == 0x0A {
                // One line end is a space, more are one less.
                let count = bytes[at...].prefix { $0 == 0x0A }.count
                if paramDepth == 0 { out += count == 1 ? [0x20] : [UInt8](repeating: 0x0A, count: count - 1) }
                at += count
                continue
            }
            if paramDepth == 0 { out.append(byte) }
            at += 1
        }
        return String(decoding: out, as: UTF8.self)
    }
}

extension String {
    /// Whether the UTF-8 of `other` stands in this text. (The standard library compares characters, which takes a
    /// hundred times as long.)
    func hasBytes(_ other: String) -> Bool {
        let needle = Array(other.utf8)
        var text = self
        return text.withUTF8 { bytes in
            guard let first = needle.first, let base = bytes.baseAddress else { return needle.isEmpty }
            var at = 0
            while at + needle.count <= bytes.count {
                guard let found = memchr(base + at, Int32(first), bytes.count - needle.count - at + 1) else {
                    return false
                }
                at = UnsafeRawPointer(found) - UnsafeRawPointer(base)
                if memcmp(base + at, needle, needle.count) == 0 { return true }
                at += 1
            }
            return false
        }
    }
}
