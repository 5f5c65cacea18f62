// A mail as DATA carries it (RFC 5321 section 4.5.2).

/// Content ready for the wire, and what a server must be able to do to take it.
struct SMTPContent {
    /// With line breaks CRLF and a dot before each dot that begins a line, ended by a line break; without the last dot.
    let stuffed: [UInt8]
    /// As the `SIZE` of RFC 1870 counts: with its line breaks, without the dots that were put in.
    let size: Int
    /// Bytes above 127 anywhere (RFC 6152), or in the header section (RFC 6531).
    let hasEightBit: Bool
    let hasEightBitHeaders: Bool

    static let end = Array(".\r\n".utf8)

    init(_ bytes: [UInt8]) {
        var stuffed: [UInt8] = []
        stuffed.reserveCapacity(bytes.count + bytes.count / 32 + 2)
        var (dots, high, highHeaders, inHeaders, isAtStart) = (0, false, false, true, true)
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            // A CR or LF alone is a line break here: to some servers it is one, and an end could hide behind it.
            if byte == 0x0D || byte == 0x0A {
                if byte == 0x0D, index < bytes.count, bytes[index] == 0x0A { index += 1 }
                if isAtStart { inHeaders = false }
                stuffed.append(0x0D)
                stuffed.append(0x0A)
                isAtStart = true
                continue
            }
            if isAtStart, byte == UInt8(ascii: ".") {
                stuffed.append(byte)
                dots += 1
            }
            if byte >= 0x80 {
                high = true
                if inHeaders { highHeaders = true }
            }
            stuffed.append(byte)
            isAtStart = false
        }
        if !isAtStart { stuffed += [0x0D, 0x0A] }
        (self.stuffed, size) = (stuffed, stuffed.count - dots)
        (hasEightBit, hasEightBitHeaders) = (high, highHeaders)
    }
}
