// RFC 2047: words of other charsets in header fields, as mail programs really write them: in quotes, within words, cut
// in the middle of a character, with spaces inside.

/// Reads encoded words.
enum EncodedWords {
    /// The value of a field as people read it: encoded words decoded, other bytes guessed at (RFC 6532 says UTF-8), and
    /// no control characters.
    static func decode(_ value: some Collection<UInt8>) -> String {
        let bytes = Array(value)
        guard bytes.contains(0x3D) || bytes.contains(where: { $0 >= 0x7F || $0 < 0x20 }) else {
            return String(decoding: bytes, as: UTF8.self)
        }
        var reader = Reader(bytes: bytes)
        return oneLine(reader.text())
    }

    /// Tabs and the ends of lines become spaces, other controls go.
    static func oneLine(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else { return text }
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if (0x09...0x0D).contains(scalar.value) { out.append(" ") }
            if scalar.value >= 0x20, scalar.value != 0x7F { out.append(scalar) }
        }
        return String(out)
    }

    /// One `=?charset?encoding?text?=`.
    struct Word {
        let charset: String
        let isBase64: Bool
        let text: ArraySlice<UInt8>
        /// Where it ends in the value.
        let end: Int
    }

    /// The word that begins at `start`, which is where `=?` stands; `nil` when none does.
    static func word(in bytes: [UInt8], at start: Int) -> Word? {
        guard start + 6 < bytes.count, bytes[start] == 0x3D, bytes[start + 1] == 0x3F else { return nil }
        let label = bytes[(start + 2)...].prefix(80).prefix { $0 != 0x3F && $0 > 0x20 && $0 < 0x7F }
        let mark = label.endIndex
        guard !label.isEmpty, mark + 2 < bytes.count, bytes[mark] == 0x3F, bytes[mark + 2] == 0x3F else { return nil }
        let encoding = bytes[mark + 1] | 0x20
        guard encoding == 0x62 || encoding == 0x71 else { return nil }
        let first = mark + 3
        guard let end = close(in: bytes, from: first, isBase64: encoding == 0x62) else { return nil }
        // RFC 2231 section 5: the language after a star.
        let charset = String(decoding: label.prefix { $0 != 0x2A }, as: UTF8.self)
        let after = min(end + 2, bytes.count)
        return Word(charset: charset, isBase64: encoding == 0x62, text: bytes[first..<end], end: after)
    }

    /// How long a word may be; RFC 2047 allows 75, programs write a whole subject.
    private static let bytesMax = 10_000

    /// Where the closing `?=` stands. A word that runs into the end of the value was cut off and ends there.
    private static func close(in bytes: [UInt8], from first: Int, isBase64: Bool) -> Int? {
        var at = first
        while at < min(bytes.count, first + bytesMax) {
            if bytes[at] == 0x3F, at + 1 < bytes.count, bytes[at + 1] == 0x3D {
                // A question mark that should have been encoded, before an encoded byte: `What?=20now?=`.
                let isHex = at + 3 < bytes.count && hex(bytes[at + 2]) != nil && hex(bytes[at + 3]) != nil
                guard !isBase64, isHex, hasLaterClose(in: bytes, from: at + 4) else { return at }
            }
            at += 1
        }
        guard bytes.count - first <= bytesMax else { return nil }
        let rest = bytes[first...]
        return rest.isEmpty || rest.contains { $0 <= 0x20 || $0 == 0x22 || $0 == 0x3F } ? nil : bytes.count
    }

    private static func hasLaterClose(in bytes: [UInt8], from start: Int) -> Bool {
        var at = start
        while at + 1 < min(bytes.count, start + bytesMax) {
            if bytes[at] == 0x3F, bytes[at + 1] == 0x3D { return true }
            if bytes[at] == 0x3D, bytes[at + 1] == 0x3F { return false }
            at += 1
        }
        return false
    }

    static func hex(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    /// RFC 2047 section 4.2: the Q encoding.
    static func decodeQ(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        var at = text.startIndex
        while at < text.endIndex {
            let byte = text[at]
            if byte == 0x3D, at + 2 < text.endIndex, let high = hex(text[at + 1]), let low = hex(text[at + 2]) {
                out.append(high << 4 | low)
                at += 3
                continue
            }
            out.append(byte == 0x5F ? 0x20 : byte)
            at += 1
        }
        return out
    }
}

/// Goes through one value.
private struct Reader {
    let bytes: [UInt8]
    private var at = 0
    private var out = ""
    /// Neighbours of one charset, whose bytes are decoded together, for some writers cut characters in two.
    private var charset: String?
    private var pending: [UInt8] = []
    /// Base64 that was cut anywhere and goes on in the next word.
    private var unfinished: [UInt8] = []

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func text() -> String {
        var plain = 0
        while at < bytes.count {
            guard bytes[at] == 0x3D, let word = EncodedWords.word(in: bytes, at: at) else {
                at += 1
                continue
            }
            let between = bytes[plain..<at]
            // RFC 2047 section 6.2: white space between two encoded words is not shown.
            let isNeighbour = charset != nil && between.allSatisfy { $0 == 0x20 || $0 == 0x09 }
            if !isNeighbour {
                flush()
                out += Charset.guess(Array(between))
            }
            add(word)
            at = word.end
            plain = at
        }
        flush()
        return out + Charset.guess(Array(bytes[plain...]))
    }

    private mutating func add(_ word: EncodedWords.Word) {
        if charset?.lowercased() != word.charset.lowercased() || (!unfinished.isEmpty && !word.isBase64) { flush() }
        charset = word.charset
        guard word.isBase64 else {
            pending += EncodedWords.decodeQ(word.text)
            return
        }
        unfinished += word.text.filter { $0 > 0x20 }
        guard unfinished.count % 4 == 0 || unfinished.last == 0x3D else { return }
        pending += unfinished.withUnsafeBufferPointer { TransferEncoding.base64($0) }
        unfinished = []
    }

    private mutating func flush() {
        pending += unfinished.withUnsafeBufferPointer { TransferEncoding.base64($0) }
        unfinished = []
        if let charset { out += Charset.decode(pending, label: charset).text }
        pending = []
        charset = nil
    }
}
