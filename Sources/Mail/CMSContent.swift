// What an opaque S/MIME mail says: the content within a CMS SignedData (RFC 5652 section 5.1), without a look at the
// signature. Both DER and BER with lengths that are not told are read, for programs write both.

/// Looks into `application/pkcs7-mime`.
enum CMSContent: Hashable {
    /// The mail within, header and all.
    case signed([UInt8])
    case encrypted
    /// Compressed, certificates alone, or no CMS at all.
    case other

    /// How deep values may be nested.
    private static let depthMax = 16

    private static let signedData: [UInt8] = [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x02]
    /// EnvelopedData, and AuthEnvelopedData of RFC 5083.
    private static let envelopes: [[UInt8]] = [
        [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07, 0x03],
        [0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x09, 0x10, 0x01, 0x17],
    ]

    init(_ bytes: [UInt8]) {
        self = .other
        guard let outer = Self.values(bytes[...], depth: 0)?.first, outer.tag == 0x30,
            let info = Self.values(outer.content, depth: 1), info.count >= 1, info[0].tag == 0x06
        else { return }
        if Self.envelopes.contains(where: { info[0].content.elementsEqual($0) }) {
            self = .encrypted
            return
        }
        // ContentInfo → [0] → SignedData: version, digest algorithms, encapContentInfo: its type, [0] the content.
        guard info.count > 1, info[0].content.elementsEqual(Self.signedData), info[1].tag == 0xA0,
            let signed = Self.values(info[1].content, depth: 2)?.first,
            let fields = Self.values(signed.content, depth: 3), fields.count > 2, fields[2].tag == 0x30,
            let inner = Self.values(fields[2].content, depth: 4), inner.count > 1, inner[1].tag == 0xA0,
            let text = Self.values(inner[1].content, depth: 5)?.first, let octets = Self.octets(text, depth: 6)
        else { return }
        self = .signed(octets)
    }

    private struct Value {
        let tag: UInt8
        let content: ArraySlice<UInt8>
    }

    /// The values that stand one after another; one that is cut off goes to the end. `nil`: they are no values.
    private static func values(_ bytes: ArraySlice<UInt8>, depth: Int) -> [Value]? {
        guard depth <= depthMax else { return nil }
        var found: [Value] = []
        var rest = bytes
        while let value = next(&rest, depth: depth) {
            if value.tag == 0, value.content.isEmpty { break }
            found.append(value)
            guard found.count <= 10_000 else { return nil }
        }
        return found.isEmpty ? nil : found
    }

    private static func next(_ rest: inout ArraySlice<UInt8>, depth: Int) -> Value? {
        guard rest.count >= 2 else { return nil }
        let tag = rest.removeFirst()
        let first = rest.removeFirst()
        var length = Int(first)
        if first == 0x80 {
            // The length is not told: the values within end with two zeros.
            let start = rest
            var inner = rest
            guard depth < depthMax else { return nil }
            while !inner.isEmpty {
                let place = inner.startIndex
                guard let value = next(&inner, depth: depth + 1) else { break }
                if value.tag == 0, value.content.isEmpty {
                    rest = inner
                    return Value(tag: tag, content: start[start.startIndex..<place])
                }
            }
            rest = rest[rest.endIndex...]
            return Value(tag: tag, content: start)
        }
        if first > 0x80 {
            let size = Int(first & 0x7F)
            guard size <= 4, rest.count >= size else { return nil }
            length = rest.prefix(size).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(size)
        }
        let content = rest.prefix(length)
        rest = rest.dropFirst(length)
        return Value(tag: tag, content: content)
    }

    /// An OCTET STRING, in one piece or in many.
    private static func octets(_ value: Value, depth: Int) -> [UInt8]? {
        if value.tag == 0x04 { return Array(value.content) }
        guard value.tag == 0x24, let pieces = values(value.content, depth: depth) else { return nil }
        return pieces.reduce(into: [UInt8]?.some([])) { whole, piece in
            guard let more = octets(piece, depth: depth + 1) else { return whole = nil }
            whole?.append(contentsOf: more)
        }
    }
}
