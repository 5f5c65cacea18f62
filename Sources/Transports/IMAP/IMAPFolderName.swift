// Names of folders on the wire (RFC 3501 section 5.1.3): modified UTF-7 in a quoted string. IMAP4rev2 servers still
// take it from who has not enabled the new form.

/// Writes names of folders.
enum IMAPFolderName {
    /// `Entwürfe` as `"Entw&APw-rfe"`.
    static func quoted(_ name: String) -> String {
        let escaped = encoded(name).map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : "\($0)" }
        return "\"\(escaped.joined())\""
    }

    /// Printable US-ASCII stands for itself, `&` for `&-`, all else is UTF-16 in base64 with `,` for `/`.
    static func encoded(_ name: String) -> String {
        var text = ""
        var shifted: [UInt8] = []
        func unshift() {
            if !shifted.isEmpty { text += "&\(base64(shifted))-" }
            shifted = []
        }
        for scalar in name.unicodeScalars {
            if (0x20...0x7E).contains(scalar.value) {
                unshift()
                text += scalar == "&" ? "&-" : String(Character(scalar))
            } else {
                for unit in UTF16.encode(scalar).map(Array.init) ?? [] {
                    shifted += [UInt8(unit >> 8), UInt8(unit & 0xFF)]
                }
            }
        }
        unshift()
        return text
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,")

    private static func base64(_ bytes: [UInt8]) -> String {
        var (text, bits, count) = ("", 0 as UInt32, 0)
        for byte in bytes {
            (bits, count) = (bits << 8 | UInt32(byte), count + 8)
            while count >= 6 {
                count -= 6
                text.append(alphabet[Int(bits >> UInt32(count)) & 63])
            }
            bits &= 1 << UInt32(count) - 1
        }
        if count > 0 { text.append(alphabet[Int(bits << UInt32(6 - count)) & 63]) }
        return text
    }
}
