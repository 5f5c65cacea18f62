// Names of files come from outside: what could lead out of a folder or break a header is taken off first.

/// Makes names of files harmless.
package enum FileName {
    /// How long a name may be, in bytes of UTF-8.
    static let bytesMax = 200

    /// The last part of a path, without control characters and without signs that turn the direction of writing;
    /// `nil` when nothing is left.
    package static func safe(_ name: String?) -> String? {
        guard let name else { return nil }
        let last = name.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last ?? ""
        var kept = String.UnicodeScalarView()
        var bytes = 0
        for scalar in last.unicodeScalars where !isHarmful(scalar) {
            bytes += UTF8.width(scalar)
            guard bytes <= bytesMax else { break }
            kept.append(scalar)
        }
        let plain = String(kept).trimmingSpaces
        return plain.allSatisfy { $0 == "." } ? nil : plain
    }

    private static func isHarmful(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x202A...0x202E, 0x2028, 0x2029, 0x2066...0x2069: true
        default: false
        }
    }
}

extension String {
    fileprivate var trimmingSpaces: String {
        let start = drop { $0 == " " }
        return start.lastIndex { $0 != " " }.map { String(start[...$0]) } ?? ""
    }
}
