// Media types (RFC 9110 section 8.3.1), as far as files need them: type and subtype, without parameters.

/// Reads and compares media types.
package enum MediaType {
    /// What is said of bytes that nobody knows more of (RFC 2046 section 4.5.1).
    package static let unknown = "application/octet-stream"

    /// `type/subtype` in lower case out of a Content-Type's value; `nil` when it is none.
    package static func essence(_ text: String?) -> String? {
        guard let text else { return nil }
        let plain = text.prefix { $0 != ";" }.filter { $0 != " " && $0 != "\t" }.lowercased()
        let halves = plain.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, plain.utf8.count <= 127, halves.allSatisfy({ !$0.isEmpty && $0 != "*" }),
            halves.allSatisfy({ $0.utf8.allSatisfy(isTokenByte) })
        else { return nil }
        return plain
    }

    /// The type of a file: what the network declared, unless that says nothing and the answer says more.
    package static func of(declared: String?, told: String?) -> String {
        if let declared = essence(declared), declared != unknown { return declared }
        return essence(told) ?? essence(declared) ?? unknown
    }

    /// Whether a pattern like `image/*` or `application/pdf` stands for a type.
    package static func covers(_ pattern: String, _ type: String) -> Bool {
        guard let type = essence(type) else { return false }
        let pattern = pattern.lowercased()
        return pattern.hasSuffix("/*") ? type.hasPrefix(pattern.dropLast()) : pattern == type
    }

    /// RFC 9110 section 5.6.2: tchar.
    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$&^_+-.".utf8.contains(byte)
        }
    }
}
