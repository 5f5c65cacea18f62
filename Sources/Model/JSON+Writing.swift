// Writing JSON: one text for one value, members sorted by their UTF-8 bytes.

extension JSON {
    /// Compact text, members sorted.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Compact UTF-8 bytes, members sorted.
    package var bytes: [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(1024)
        write(into: &output, indent: nil)
        return output
    }

    /// Text for people: two blanks a level, one member a line, a newline at the end.
    package var prettyText: String {
        var output: [UInt8] = []
        write(into: &output, indent: 0)
        output.append(0x0A)
        return String(decoding: output, as: UTF8.self)
    }

    private func write(into output: inout [UInt8], indent: Int?) {
        switch self {
        case .null: output.append(contentsOf: "null".utf8)
        case .bool(let value): output.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): output.append(contentsOf: String(value).utf8)
        case .number(let literal): output.append(contentsOf: literal.utf8)
        case .string(let value): Self.write(value, into: &output)
        case .array(let elements):
            Self.writeList(elements, in: ("[", "]"), into: &output, indent: indent) { element, output, indent in
                element.write(into: &output, indent: indent)
            }
        case .object(let members):
            let sorted = members.sorted { $0.key < $1.key }
            Self.writeList(sorted, in: ("{", "}"), into: &output, indent: indent) { member, output, indent in
                Self.write(member.key, into: &output)
                output.append(contentsOf: (indent == nil ? ":" : ": ").utf8)
                member.value.write(into: &output, indent: indent)
            }
        }
    }

    private static func writeList<Element>(
        _ elements: [Element], in brackets: (open: String, close: String), into output: inout [UInt8], indent: Int?,
        _ writeOne: (Element, inout [UInt8], Int?) -> Void
    ) {
        output.append(contentsOf: brackets.open.utf8)
        let inner = indent.map { $0 + 2 }
        for (index, element) in elements.enumerated() {
            if index > 0 { output.append(0x2C) }
            newline(inner, into: &output)
            writeOne(element, &output, inner)
        }
        if !elements.isEmpty { newline(indent, into: &output) }
        output.append(contentsOf: brackets.close.utf8)
    }

    private static func newline(_ indent: Int?, into output: inout [UInt8]) {
        guard let indent else { return }
        output.append(0x0A)
        output.append(contentsOf: repeatElement(0x20, count: indent))
    }

    /// RFC 8259 section 7: only what must be escaped is escaped.
    private static func write(_ value: String, into output: inout [UInt8]) {
        output.append(0x22)
        var value = value
        value.withUTF8 { bytes in
            var plain = 0
            for (index, byte) in bytes.enumerated() where byte < 0x20 || byte == 0x22 || byte == 0x5C {
                output.append(contentsOf: bytes[plain..<index])
                output.append(contentsOf: escape(byte).utf8)
                plain = index + 1
            }
            output.append(contentsOf: bytes[plain...])
        }
        output.append(0x22)
    }

    private static func escape(_ byte: UInt8) -> String {
        switch byte {
        case 0x22: "\\\""
        case 0x5C: "\\\\"
        case 0x0A: "\\n"
        case 0x0D: "\\r"
        case 0x09: "\\t"
        default: "\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))"
        }
    }
}
