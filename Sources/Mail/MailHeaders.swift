// The header of a mail or of one of its parts (RFC 5322 section 2.2): its fields in the order in which they stand.

/// Header fields in order. Names compare without case.
package struct MailHeaders: Sendable, Hashable {
    /// One field.
    package struct Field: Sendable, Hashable {
        /// As written.
        package let name: String
        /// Unfolded, without white space at its ends, otherwise as received.
        package let bytes: [UInt8]
        /// The name in lower case.
        fileprivate let key: String

        package init(name: String, bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
            key = name.lowercased()
        }

        /// Undecoded; every byte is the character of the same number (ISO 8859-1), so that nothing is lost.
        package var value: String { bytes.latin1 }

        /// As people read it: encoded words decoded (RFC 2047), bytes without a charset guessed at, no controls.
        package var text: String { EncodedWords.decode(bytes) }

        package func isNamed(_ other: String) -> Bool { key == other.lowercased() }
    }

    package let fields: [Field]

    package init(fields: [Field]) {
        self.fields = fields
    }

    /// The undecoded value of the first field of this name; `nil`: there is none.
    package func first(_ name: String) -> String? { field(name)?.value }

    /// The undecoded values of all fields of this name, from the top.
    package func all(_ name: String) -> [String] { fields(name).map(\.value) }

    /// The decoded value of the first field of this name; `nil`: there is none.
    package func text(_ name: String) -> String? { field(name)?.text }

    package func field(_ name: String) -> Field? {
        let key = name.lowercased()
        return fields.first { $0.key == key }
    }

    package func fields(_ name: String) -> [Field] {
        let key = name.lowercased()
        return fields.filter { $0.key == key }
    }

    package func contains(_ name: String) -> Bool { field(name) != nil }
}

extension MailHeaders {
    /// How many fields of one header are read; the rest is left in the raw mail.
    static let fieldsMax = 5000
    /// How long a value may be, in bytes; the rest of it is left in the raw mail.
    static let valueBytesMax = 256 << 10

    /// Reads a block of header lines, whatever ends them, up to its first empty line. Lines that are no field are left
    /// out, the `From ` line of a mailbox file among them.
    package init(block: some Collection<UInt8>) {
        self.init(
            fields: Array(block).withUnsafeBufferPointer { bytes in
                HeaderReader(bytes, at: 0, fieldsMax: Self.fieldsMax) { _ in false }.fields
            })
    }
}

extension UInt8 {
    /// ASCII letters in lower case.
    var lowered: UInt8 { self >= 0x41 && self <= 0x5A ? self | 0x20 : self }
    /// White space of header fields: space, tab, and the ends of lines.
    var isBlank: Bool { self == 0x20 || self == 0x09 || self == 0x0D || self == 0x0A }
}

extension ArraySlice<UInt8> {
    /// Without white space at both ends.
    var trimmedSlice: ArraySlice<UInt8> {
        let start = drop(while: \.isBlank)
        return start[..<((start.lastIndex { !$0.isBlank } ?? start.startIndex - 1) + 1)]
    }
}

extension [UInt8] {
    /// Without white space at both ends.
    var trimmed: [UInt8] {
        let slice = self[...].trimmedSlice
        return slice.count == count ? self : Array(slice)
    }
}

extension Collection<UInt8> {
    /// Every byte as the character of its number.
    var latin1: String {
        if allSatisfy({ $0 < 0x80 }) { return String(decoding: self, as: UTF8.self) }
        var out = String.UnicodeScalarView()
        for byte in self { out.append(Unicode.Scalar(byte)) }
        return String(out)
    }
}
