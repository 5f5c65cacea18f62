// Transfer encodings (RFC 2045 section 6), undone so that something comes out whatever went in.

/// How the content of a part was made fit for the way.
enum TransferEncoding {
    case none
    case base64
    case quotedPrintable
    case uuencode

    /// - Parameter value: of Content-Transfer-Encoding; `nil`: the part does not say.
    /// - Returns: `nil`: there is no such encoding.
    init?(_ value: String?) {
        let word = (value ?? "").lowercased().filter { !" \t\"'".contains($0) }.prefix { $0 != ";" && $0 != "(" }
        switch word {
        case "", "7bit", "8bit", "binary", "7bits", "8bits", "7-bit", "8-bit", "none": self = .none
        case "base64", "base-64", "b", "x-base64", "mime64": self = .base64
        case "quoted-printable", "quotedprintable", "qp", "quoted_printable", "quoted-printeable":
            self = .quotedPrintable
        case "uuencode", "x-uuencode", "x-uue", "uue": self = .uuencode
        default: return nil
        }
    }

    func decode(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        switch self {
        case .none: Array(bytes)
        case .base64: bytes.withUnsafeBufferPointer { Self.base64($0) }
        case .quotedPrintable: bytes.withUnsafeBufferPointer { Self.quotedPrintable($0) }
        case .uuencode: Self.uuencoded(bytes)
        }
    }

    // MARK: - Base64

    private static let letters: [UInt8] = {
        var table = [UInt8](repeating: 0xFF, count: 256)
        let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
        for (value, letter) in alphabet.enumerated() { table[Int(letter)] = UInt8(value) }
        return table
    }()

    /// Whatever is no letter of the alphabet is passed over; padding ends a piece, and another may follow it.
    static func base64(_ input: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        letters.withUnsafeBufferPointer { table in
            Array(unsafeUninitializedCapacity: input.count / 4 * 3 + 3) { output, count in
                var (at, out) = (0, 0)
                var (bits, size) = (UInt32(0), 0)
                while at < input.count {
                    if size == 0, at + 3 < input.count {
                        let (a, b) = (table[Int(input[at])], table[Int(input[at + 1])])
                        let (c, d) = (table[Int(input[at + 2])], table[Int(input[at + 3])])
                        if (a | b | c | d) < 0x40 {
                            output[out] = a << 2 | b >> 4
                            output[out + 1] = b << 4 | c >> 2
                            output[out + 2] = c << 6 | d
                            out += 3
                            at += 4
                            continue
                        }
                    }
                    let value = table[Int(input[at])]
                    if input[at] == 0x3D { (bits, size) = (0, 0) }
                    at += 1
                    guard value != 0xFF else { continue }
                    bits = bits << 6 | UInt32(value)
                    size += 6
                    guard size >= 8 else { continue }
                    size -= 8
                    output[out] = UInt8(truncatingIfNeeded: bits >> UInt32(size))
                    out += 1
                }
                count = out
            }
        }
    }

    // MARK: - Quoted-printable

    /// RFC 2045 section 6.7. What is no escape stays; white space at the end of a line was added on the way.
    static func quotedPrintable(_ input: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        Array(unsafeUninitializedCapacity: input.count) { output, count in
            var at = 0
            var out = 0
            while at < input.count {
                let line = MailLine(input, at: at)
                var end = line.end
                while end > at, input[end - 1] == 0x20 || input[end - 1] == 0x09 { end -= 1 }
                let isSoft = end > at && input[end - 1] == 0x3D
                if isSoft { end -= 1 }
                while at < end {
                    if input[at] == 0x3D, at + 2 < end, let high = EncodedWords.hex(input[at + 1]),
                        let low = EncodedWords.hex(input[at + 2])
                    {
                        output[out] = high << 4 | low
                        at += 3
                    } else {
                        output[out] = input[at]
                        at += 1
                    }
                    out += 1
                }
                if !isSoft {
                    for place in line.end..<line.next {
                        output[out] = input[place]
                        out += 1
                    }
                }
                at = line.next
            }
            count = out
        }
    }

    // MARK: - Uuencode

    /// POSIX uuencode; lines before `begin` are passed over, where there is such a line.
    static func uuencoded(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: true)[...]
        if let begin = lines.firstIndex(where: { $0.starts(with: "begin ".utf8) }) { lines = lines[(begin + 1)...] }
        var out: [UInt8] = []
        for line in lines {
            let text = line.last == 0x0D ? line.dropLast() : line
            if text.elementsEqual("end".utf8) { break }
            out += uuLine(text)
        }
        return out
    }

    static func uuLine(_ line: ArraySlice<UInt8>) -> [UInt8] {
        guard let first = line.first, first > 0x20, first <= 0x60 else { return [] }
        let length = Int((first - 0x20) & 0x3F)
        var out: [UInt8] = []
        var at = line.startIndex + 1
        func value(_ place: Int) -> UInt8 { place < line.endIndex ? (line[place] &- 0x20) & 0x3F : 0 }
        while out.count < length, at < line.endIndex {
            let (a, b, c, d) = (value(at), value(at + 1), value(at + 2), value(at + 3))
            out += [a << 2 | b >> 4, b << 4 | c >> 2, c << 6 | d].prefix(length - out.count)
            at += 4
        }
        return out
    }
}
