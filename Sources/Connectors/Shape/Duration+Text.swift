// Durations as a person writes them: 500ms 30s 5m 24h 7d.

import Model

extension Duration {
    /// Units that a text may end in, with their milliseconds; `ms` before `m` and `s`.
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    /// Reads a whole number and a unit: `500ms`, `30s`, `5m`, `24h`, `7d`; `nil` for anything else and beyond
    /// 100 years.
    package init?(text: String) {
        guard let unit = Self.units.first(where: { text.hasSuffix($0.name) }) else { return nil }
        let digits = text.utf8.dropLast(unit.name.utf8.count)
        guard (1...12).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
            let count = Int64(String(decoding: digits, as: UTF8.self)),
            count <= 36_525 * 86_400_000 / unit.milliseconds
        else { return nil }
        self = .milliseconds(count * unit.milliseconds)
    }

    /// The shortest text that ``init(text:)`` reads as this duration; parts of a millisecond are cut.
    package var text: String {
        let milliseconds = wholeMilliseconds
        let unit = Self.units.last { milliseconds != 0 && milliseconds % $0.milliseconds == 0 } ?? Self.units[1]
        return "\(milliseconds / unit.milliseconds)\(unit.name)"
    }
}
