// Sizes as a person writes them: 64KB 1MB 2GB.

/// A number of bytes.
package struct ByteSize: Sendable, Hashable {
    package let bytes: Int

    /// Reads a whole number with `B`, `KB`, `MB` or `GB` (1024 of the one before), or without a unit: bytes.
    /// `nil` for anything else and beyond 1024 GB.
    package init?(text: String) {
        let units: [(String, Int)] = [("KB", 1 << 10), ("MB", 1 << 20), ("GB", 1 << 30), ("B", 1)]
        let unit = units.first { text.uppercased().hasSuffix($0.0) } ?? ("", 1)
        let digits = text.utf8.dropLast(unit.0.utf8.count)
        guard (1...13).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let count = Int(String(decoding: digits, as: UTF8.self)), count <= (1 << 40) / unit.1
        else { return nil }
        bytes = count * unit.1
    }
}
