// Percent-encoding (RFC 3986 section 2.1) for the requests that we make.

/// Writes texts so that they mean themselves inside a URL.
enum PercentCoding {
    /// Everything but the unreserved characters is encoded: for one name or value of a query.
    static func component(_ text: String) -> String {
        encode(text.utf8) { isUnreserved($0) }
    }

    /// One segment of a path: what a segment may hold stays (RFC 3986 section 3.3); `/` and `%` are encoded.
    static func segment(_ text: String) -> String {
        encode(text.utf8) { isUnreserved($0) || Array("!$&'()*+,;=:@".utf8).contains($0) }
    }

    /// `a=1&b=2`, names and values encoded, in the order given.
    static func query(_ pairs: [(name: String, value: String)]) -> String {
        pairs.map { "\(component($0.name))=\(component($0.value))" }.joined(separator: "&")
    }

    /// A path: what a path may hold stays (RFC 3986 section 3.3), so do escapes that stand there already; the rest,
    /// `?` and `#` among it, is encoded.
    static func path(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var output: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            let isEscape = byte == 0x25 && index + 2 < bytes.count && isHex(bytes[index + 1]) && isHex(bytes[index + 2])
            if isEscape || isUnreserved(byte) || Array("!$&'()*+,;=:@/".utf8).contains(byte) {
                output.append(byte)
            } else {
                output.append(contentsOf: escape(byte))
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func encode(_ bytes: some Sequence<UInt8>, keeping keeps: (UInt8) -> Bool) -> String {
        var output: [UInt8] = []
        for byte in bytes {
            if keeps(byte) { output.append(byte) } else { output.append(contentsOf: escape(byte)) }
        }
        return String(decoding: output, as: UTF8.self)
    }

    private static func escape(_ byte: UInt8) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: true
        default: false
        }
    }

    private static func isHex(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
        default: false
        }
    }
}
