// The charset that HTML says of itself, for parts whose header is silent.

/// Looks for `<meta charset=…>`.
enum HTMLCharset {
    /// Where it must stand, in bytes from the top, as in the HTML standard.
    private static let bytesMax = 1024

    /// - Returns: `nil`: it says none.
    static func label(_ html: [UInt8]) -> String? {
        let head = html.prefix(bytesMax).map(\.lowered).latin1
        guard let meta = head.firstRange(of: "<meta") else { return nil }
        guard let word = head[meta.upperBound...].firstRange(of: "charset=") else { return nil }
        let rest = head[word.upperBound...].drop { $0 == "\"" || $0 == "'" || $0 == " " }
        let label = rest.prefix { $0.isLetter || $0.isNumber || "-_:.".contains($0) }
        // HTML that could be read so far is not in UTF-16, whatever it says.
        return label.isEmpty || label.hasPrefix("utf-16") ? nil : String(label)
    }
}
