// The parts that programs speak with: groups of header fields with empty lines between them (RFC 3464 2.1, RFC 8098
// 3.1, RFC 5965 3.1), and the mail that they are about.

/// Reads parts of reports.
enum ReportFields {
    /// How many groups of one part are read.
    static let groupsMax = 200

    /// The groups of fields, empty ones left out.
    static func groups(_ bytes: [UInt8]) -> [MailHeaders] {
        var groups: [MailHeaders] = []
        var start = 0
        var lineStart = 0
        var at = 0
        func close(_ end: Int) {
            let group = MailHeaders(block: bytes[start..<end])
            if !group.fields.isEmpty, groups.count < groupsMax { groups.append(group) }
        }
        while at < bytes.count {
            if bytes[at] == 0x0A {
                let isBlank = bytes[lineStart..<at].allSatisfy(\.isBlank)
                if isBlank {
                    close(lineStart)
                    start = at + 1
                }
                lineStart = at + 1
            }
            at += 1
        }
        close(bytes.count)
        return groups
    }

    /// The value behind the type of an address or a server: `rfc822; ann@example.com` (RFC 3464 2.1.2).
    static func typed(_ value: String?) -> String? {
        guard let value else { return nil }
        let rest = value.firstIndex(of: ";").map { value[value.index(after: $0)...] } ?? value[...]
        let bare = rest.drop { $0 == " " || $0 == "<" || $0 == "\t" }.prefix { $0 != ">" && $0 != " " && $0 != "\t" }
        return bare.isEmpty ? nil : String(bare)
    }

    /// The header of the mail that a report is about: of the returned mail, or of what was returned of it.
    static func original(_ parts: [MailPart]) -> MailHeaders? {
        let returned = parts.first {
            $0.type == "message/rfc822" || $0.type == "text/rfc822-headers" || $0.type == "message/global"
                || $0.type == "message/global-headers" || $0.type == "text/rfc822"
        }
        guard let returned else { return nil }
        let headers = MailHeaders(block: returned.bytes)
        return headers.fields.isEmpty ? nil : headers
    }

    /// A Message-ID without brackets; `nil` for what is none.
    static func messageID(_ value: String?) -> String? {
        guard let value, let open = value.firstIndex(of: "<") else { return nil }
        let inner = value[value.index(after: open)...].prefix { $0 != ">" && !$0.isWhitespace }
        return inner.contains("@") && inner.utf8.count <= 998 ? String(inner) : nil
    }
}
