// The header of a mail or of one of its parts (RFC 5322 section 2.2): its fields in the order in which they stand.

/// Header fields in order. Names compare without case.
package struct MailHeaders: Sendable, Hashable {
    /// One field.
    package struct Field: Sendable, Hashable {
        /// As written.
        package let name: String
        /// Unfolded, without white space at its ends, otherwise as received.
        package let bytes: [UInt8]

        package init(name: String, bytes: [UInt8]) {
            self.name = name
            self.bytes = bytes
        }

        /// Undecoded; every byte is the character of the same number (ISO 8859-1), so that nothing is lost.
        package var value: String { bytes.latin1 }

        /// As people read it: encoded words decoded (RFC 2047), bytes without a charset guessed at, no controls.
        package var text: String { EncodedWords.decode(bytes) }

        package func isNamed(_ other: String) -> Bool {
            name.utf8.count == other.utf8.count
                && zip(name.utf8, other.utf8).allSatisfy { $0 == $1 || ($0.lowered == $1.lowered) }
        }
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

    package func field(_ name: String) -> Field? { fields.first { $0.isNamed(name) } }

    package func fields(_ name: String) -> [Field] { fields.filter { $0.isNamed(name) } }

    package func contains(_ name: String) -> Bool { field(name) != nil }
}

extension MailHeaders {
    /// How many fields of one header are read; the rest is left in the raw mail.
    static let fieldsMax = 5000
    /// How long a value may be, in bytes; the rest of it is left in the raw mail.
    static let valueBytesMax = 256 << 10

    /// Reads a block of header lines, whatever ends them; ends with the block or with its first empty line. Lines that are no
    /// field are left out, the `From ` line of a mailbox file among them.
    package init(block: some Collection<UInt8>) {
        self.init(contiguous: Array(block))
    }

    private init(contiguous bytes: [UInt8]) {
        var fields: [Field] = []
        var open: (name: String, bytes: [UInt8])?
        func close() {
            guard let open, fields.count < Self.fieldsMax else { return }
            fields.append(Field(name: open.name, bytes: open.bytes.trimmed))
        }
        var at = 0
        while at < bytes.count {
            let end = bytes[at...].firstIndex { $0 == 0x0A || $0 == 0x0D } ?? bytes.count
            let line = bytes[at..<end]
            at = end
            if at < bytes.count { at += bytes[at] == 0x0D && at + 1 < bytes.count && bytes[at + 1] == 0x0A ? 2 : 1 }
            if line.isEmpty { break }
            if line.first == 0x20 || line.first == 0x09 {
                // RFC 5322 section 2.2.3: the line break goes, the white space stays.
                let room = Self.valueBytesMax - (open?.bytes.count ?? 0)
                open?.bytes.append(contentsOf: line.prefix(room))
                continue
            }
            close()
            open = Self.split(line).map { ($0.0, Array($0.1.prefix(Self.valueBytesMax))) }
        }
        close()
        self.init(fields: fields)
    }

    /// Name and value of a line; `nil`: it is no field. RFC 5322 section 4.5: there may be spaces before the colon.
    private static func split(_ line: ArraySlice<UInt8>) -> (String, ArraySlice<UInt8>)? {
        guard let colon = line.firstIndex(of: 0x3A) else { return nil }
        let name = line[..<colon].trimmedSlice
        guard !name.isEmpty, name.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        return (String(decoding: name, as: UTF8.self), line[(colon + 1)...])
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
