// Binary values as text (RFC 4648). Decoding is strict: one value has one text, so a changed signature never passes
// for the one that was made.

/// How bytes are written in headers and settings.
package enum BinaryText: String, Sendable, CaseIterable {
    /// RFC 4648 section 8; written in lower case, read in either.
    case hex
    /// RFC 4648 section 4; always padded.
    case base64
    /// RFC 4648 section 5; written without padding, read with or without.
    case base64url

    /// The text of `bytes`.
    package func encode(_ bytes: [UInt8]) -> String {
        switch self {
        case .hex: Self.encodeHex(bytes)
        case .base64: Self.encode64(bytes, digits: Self.base64Digits, padded: true)
        case .base64url: Self.encode64(bytes, digits: Self.base64urlDigits, padded: false)
        }
    }

    /// The bytes that `text` stands for; `nil` for anything the encoding does not allow: other signs, white space,
    /// missing or wrong padding, a length that cannot be, bits left over that are not zero (RFC 4648 section 3.5).
    package func decode(_ text: String) -> [UInt8]? {
        let digits = Array(text.utf8)
        return switch self {
        case .hex: Self.decodeHex(digits)
        case .base64: digits.count % 4 == 0 ? Self.decode64(digits, values: Self.base64Values) : nil
        case .base64url: Self.decode64(digits, values: Self.base64urlValues)
        }
    }
}

// MARK: - Hex

extension BinaryText {
    private static func encodeHex(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
            for (index, byte) in bytes.enumerated() {
                buffer[2 * index] = digits[Int(byte >> 4)]
                buffer[2 * index + 1] = digits[Int(byte & 15)]
            }
            return bytes.count * 2
        }
    }

    private static func decodeHex(_ digits: [UInt8]) -> [UInt8]? {
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count / 2)
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = hexValue(digits[index]), let low = hexValue(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    private static func hexValue(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x41 + 10
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }
}

// MARK: - Base 64

extension BinaryText {
    private static let alphanumerics = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    private static let base64Digits = Array((alphanumerics + "+/").utf8)
    private static let base64urlDigits = Array((alphanumerics + "-_").utf8)
    private static let base64Values = values(of: base64Digits)
    private static let base64urlValues = values(of: base64urlDigits)
    /// Marks a byte that is no digit; digits have values below 64.
    private static let noDigit: UInt8 = 255

    private static func values(of digits: [UInt8]) -> [UInt8] {
        var values = [UInt8](repeating: noDigit, count: 256)
        for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(value) }
        return values
    }

    private static func encode64(_ bytes: [UInt8], digits: [UInt8], padded: Bool) -> String {
        String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { buffer in
            var at = 0
            for start in stride(from: 0, to: bytes.count, by: 3) {
                let size = min(3, bytes.count - start)
                var group: UInt32 = 0
                for offset in 0..<3 { group = group << 8 | (offset < size ? UInt32(bytes[start + offset]) : 0) }
                for digit in 0..<4 where digit <= size || padded {
                    buffer[at] = digit <= size ? digits[Int(group >> UInt32(18 - 6 * digit)) & 63] : 0x3D
                    at += 1
                }
            }
            return at
        }
    }

    /// Padding may be left out here, but when there is some it must fill the last group of four.
    private static func decode64(_ digits: [UInt8], values: [UInt8]) -> [UInt8]? {
        let padding = digits.suffix(2).reversed().prefix { $0 == 0x3D }.count
        guard padding == 0 || digits.count % 4 == 0 else { return nil }
        let body = digits.dropLast(padding)
        guard body.count % 4 != 1 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(body.count * 3 / 4)
        var bits: UInt32 = 0
        var held: UInt32 = 0
        for digit in body {
            let value = values[Int(digit)]
            guard value != noDigit else { return nil }
            bits = bits << 6 | UInt32(value)
            held += 6
            if held >= 8 {
                held -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> held))
                bits &= (1 << held) - 1
            }
        }
        return bits == 0 ? bytes : nil
    }
}
