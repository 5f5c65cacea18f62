// The little of DER (ITU-T X.690) that keys and ECDSA signatures need.

/// Writes and reads DER values.
enum DER {
    static func sequence(_ parts: [UInt8]...) -> [UInt8] { value(0x30, parts.flatMap { $0 }) }
    static func bitString(_ bytes: [UInt8]) -> [UInt8] { value(0x03, [0] + bytes) }
    static func object(_ bytes: [UInt8]) -> [UInt8] { value(0x06, bytes) }
    static let null: [UInt8] = [0x05, 0x00]

    /// A number that is not negative, big-endian.
    static func integer(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array(bytes.drop { $0 == 0 })
        guard let first = digits.first else { return value(0x02, [0]) }
        return value(0x02, first < 0x80 ? digits : [0] + digits)
    }

    private static func value(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        guard content.count >= 0x80 else { return [tag, UInt8(content.count)] + content }
        var length: [UInt8] = []
        var rest = content.count
        while rest > 0 {
            length.insert(UInt8(rest & 0xFF), at: 0)
            rest >>= 8
        }
        return [tag, 0x80 | UInt8(length.count)] + length + content
    }

    /// The two numbers of an ECDSA signature, each filled up to `size` bytes; `nil` when the bytes are something else.
    static func pair(_ bytes: [UInt8], size: Int) -> [UInt8]? {
        guard bytes.count > 2, bytes[0] == 0x30, Int(bytes[1]) == bytes.count - 2 else { return nil }
        var at = 2
        var result: [UInt8] = []
        for _ in 0..<2 {
            guard at + 1 < bytes.count, bytes[at] == 0x02 else { return nil }
            let end = at + 2 + Int(bytes[at + 1])
            guard end <= bytes.count else { return nil }
            let digits = Array(bytes[(at + 2)..<end].drop { $0 == 0 })
            guard digits.count <= size else { return nil }
            result += [UInt8](repeating: 0, count: size - digits.count) + digits
            at = end
        }
        return at == bytes.count ? result : nil
    }
}
