// Writes header fields: folded (RFC 5322 section 2.2.3), encoded where they are not ASCII (RFC 2047), and with no way
// to begin another field from within a value.

import Signing

/// The fields of one header.
struct HeaderWriter {
    private(set) var bytes: [UInt8] = []
    /// Whether an address could not be written in ASCII (RFC 6532).
    private(set) var hasUTF8 = false

    /// Where lines are folded, in bytes; RFC 5322 section 2.1.1 asks for 78 and allows 998.
    private static let widthMax = 76
    /// How long a word may be that stands as it is.
    private static let wordBytesMax = 300

    /// Words that stand as they are, with a space or a fold between them.
    mutating func add(_ name: String, words: [String]) {
        var line = "\(name):"
        var out = ""
        for word in words {
            if line.utf8.count + 1 + word.utf8.count > Self.widthMax, line.utf8.count > name.utf8.count + 1 {
                out += line + "\r\n"
                line = ""
            }
            line += " " + word
        }
        bytes += Array((out + line + "\r\n").utf8)
    }

    /// Free text, as Subject has it.
    mutating func add(_ name: String, text: String) {
        let line = EncodedWords.oneLine(text)
        let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        // Spaces that stand together or at the ends would not come back from folding as they were.
        let isPlain = words.allSatisfy { !$0.isEmpty && $0.utf8.count <= Self.wordBytesMax }
        let isASCII = line.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } && !line.contains("=?")
        add(name, words: line.isEmpty || (isPlain && isASCII) ? words : Self.encodedWords(line))
    }

    /// Addresses; no field when there are none.
    mutating func add(_ name: String, _ addresses: [MailAddress]) throws(MailWriteError) {
        guard !addresses.isEmpty else { return }
        var words: [String] = []
        for (index, address) in addresses.enumerated() {
            guard Self.isSafe(address.address) else {
                throw MailWriteError(description: "\(name) has an address that is none")
            }
            if !address.address.utf8.allSatisfy({ $0 < 0x80 }) { hasUTF8 = true }
            let comma = index == addresses.count - 1 ? "" : ","
            let phrase = address.name.map { Self.phrase($0) } ?? []
            words += phrase + [(phrase.isEmpty ? address.address : "<\(address.address)>") + comma]
        }
        add(name, words: words)
    }

    /// Message-IDs or content ids; no field when there are none.
    mutating func add(_ name: String, ids: [String]) throws(MailWriteError) {
        guard !ids.isEmpty else { return }
        for id in ids {
            let isSafe = id.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x3C && $0 != 0x3E }
            guard isSafe, !id.isEmpty, id.utf8.count <= 900 else {
                throw MailWriteError(description: "\(name) has an id that is none")
            }
        }
        add(name, words: ids.map { "<\($0)>" })
    }

    /// RFC 5321 section 4.1.2, and RFC 6531 for what is not ASCII: one `@`, no spaces, no controls, nothing that could
    /// end the address outside quotes.
    private static func isSafe(_ address: String) -> Bool {
        guard let mark = address.lastIndex(of: "@"), address.utf8.count <= 320 else { return false }
        let (local, domain) = (address[..<mark], address[address.index(after: mark)...])
        let isQuoted = local.count > 2 && local.hasPrefix("\"") && local.hasSuffix("\"")
        let inside = isQuoted ? local.dropFirst().dropLast() : local
        let isLocal = inside.unicodeScalars.allSatisfy { scalar in
            let isControl = scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
            return !isControl
                && (isQuoted ? scalar != "\"" && scalar != "\\" : !" ()<>[]:;@\\,\"".unicodeScalars.contains(scalar))
        }
        let isDomain = domain.unicodeScalars.allSatisfy { scalar in
            scalar.value > 0x20 && !(0x7F..<0xA0).contains(scalar.value)
                && !"()<>;@\\,\"".unicodeScalars.contains(scalar)
        }
        return !inside.isEmpty && !domain.isEmpty && isLocal && isDomain
    }

    /// A display name: as words, in quotes, or encoded.
    private static func phrase(_ name: String) -> [String] {
        let line = EncodedWords.oneLine(name)
        let trimmed = line.split(separator: " ").joined(separator: " ")
        guard !trimmed.isEmpty else { return [] }
        let isASCII = trimmed.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } && !trimmed.contains("=?")
        guard isASCII, trimmed.utf8.count <= wordBytesMax else { return encodedWords(trimmed) }
        let words = trimmed.split(separator: " ").map(String.init)
        return words.allSatisfy { $0.utf8.allSatisfy(isAtomByte) } ? words : [quoted(trimmed)]
    }

    /// RFC 5322 section 3.2.4.
    static func quoted(_ text: String) -> String {
        "\"" + text.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined() + "\""
    }

    /// RFC 5322 section 3.2.3: atext.
    static func isAtomByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-/=?^_`{|}~".utf8.contains(byte)
        }
    }

    /// RFC 2047 with UTF-8, each word no longer than 75 bytes and none with half a character. Q where most is ASCII.
    static func encodedWords(_ text: String) -> [String] {
        let isMostlyASCII = text.utf8.count { $0 >= 0x80 } * 3 < text.utf8.count
        var words: [String] = []
        var piece: [UInt8] = []
        func close() {
            guard !piece.isEmpty else { return }
            words.append(isMostlyASCII ? "=?utf-8?Q?\(q(piece))?=" : "=?utf-8?B?\(BinaryText.base64.encode(piece))?=")
            piece = []
        }
        for scalar in text.unicodeScalars {
            let bytes = Array(String(scalar).utf8)
            let width = isMostlyASCII ? q(piece + bytes).utf8.count : (piece.count + bytes.count + 2) / 3 * 4
            if width > 60 { close() }
            piece += bytes
        }
        close()
        return words
    }

    /// RFC 2047 section 4.2, within what section 5 allows in a phrase.
    private static func q(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            let isPlain = (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
            return byte == 0x20 ? "_" : isPlain && byte < 0x80 ? String(Unicode.Scalar(byte)) : "=" + hex(byte)
        }.joined()
    }

    /// Two digits.
    static func hex(_ byte: UInt8) -> String {
        let digits = Array("0123456789ABCDEF")
        return String([digits[Int(byte >> 4)], digits[Int(byte & 15)]])
    }
}
