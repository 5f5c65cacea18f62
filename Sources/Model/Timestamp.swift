// The one notion of time in the house: whole milliseconds since 1970-01-01T00:00:00Z.
// Foundation's formatters cost microseconds to milliseconds a call; every message carries several times, so the
// RFC 3339 codec is written out here.

/// An instant, in milliseconds UTC. Stored as `INTEGER`, written as RFC 3339 with a `Z` and three decimals.
package struct Timestamp: Sendable, Hashable, Comparable {
    /// Milliseconds since 1970-01-01T00:00:00Z; negative before.
    package let milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// From whole or fractional Unix seconds.
    package init(seconds: Double) {
        milliseconds = Int64((seconds * 1000).rounded())
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.milliseconds < right.milliseconds
    }

    package static func + (left: Timestamp, right: Duration) -> Timestamp {
        Timestamp(milliseconds: left.milliseconds + right.wholeMilliseconds)
    }

    package static func - (left: Timestamp, right: Duration) -> Timestamp {
        Timestamp(milliseconds: left.milliseconds - right.wholeMilliseconds)
    }

    package static func - (left: Timestamp, right: Timestamp) -> Duration {
        .milliseconds(left.milliseconds - right.milliseconds)
    }
}

extension Duration {
    /// The duration in milliseconds, rounded toward zero.
    package var wholeMilliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }
}

// MARK: - RFC 3339

extension Timestamp: CustomStringConvertible {
    /// RFC 3339 section 5.6 in UTC with milliseconds: `2026-01-02T03:04:05.678Z`.
    package var rfc3339: String {
        let days = milliseconds.floorDivided(by: 86_400_000)
        let rest = milliseconds - days * 86_400_000
        let (year, month, day) = Self.civil(fromDays: days)
        let fields: [(Int64, Int)] = [
            (year, 4), (month, 2), (day, 2), (rest / 3_600_000, 2), (rest / 60_000 % 60, 2), (rest / 1000 % 60, 2),
            (rest % 1000, 3),
        ]
        let ends = Array("--T::.Z".utf8)
        return String(unsafeUninitializedCapacity: 24) { buffer in
            var at = 0
            for (index, (value, width)) in fields.enumerated() {
                var divisor = [1, 10, 100, 1000][width - 1] as Int64
                for _ in 0..<width {
                    buffer[at] = UInt8(48 + value / divisor % 10)
                    at += 1
                    divisor /= 10
                }
                buffer[at] = ends[index]
                at += 1
            }
            return at
        }
    }

    package var description: String { rfc3339 }

    /// Reads RFC 3339 section 5.6, with any offset and any number of fraction digits (more than three are cut).
    /// A leap second (`:60`) counts as the first moment of the next minute. `nil` when the text is anything else, a day
    /// that its month does not have, or a moment outside the years 0000 to 9999 in UTC.
    package init?(rfc3339 text: String) {
        let bytes = Array(text.utf8)
        func number(_ start: Int, _ count: Int) -> Int64? {
            guard start + count <= bytes.count else { return nil }
            var value: Int64 = 0
            for byte in bytes[start..<start + count] {
                guard byte >= 48, byte <= 57 else { return nil }
                value = value * 10 + Int64(byte - 48)
            }
            return value
        }
        guard bytes.count >= 20, bytes[4] == 0x2D, bytes[7] == 0x2D, [0x54, 0x74, 0x20].contains(bytes[10]),
            bytes[13] == 0x3A, bytes[16] == 0x3A,
            let year = number(0, 4), let month = number(5, 2), let day = number(8, 2), let hour = number(11, 2),
            let minute = number(14, 2), let second = number(17, 2),
            (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day), hour < 24, minute < 60,
            second <= 60
        else { return nil }
        var at = 19
        var fraction: Int64 = 0
        if bytes[at] == 0x2E {
            at += 1
            var scale: Int64 = 100
            let first = at
            while at < bytes.count, bytes[at] >= 48, bytes[at] <= 57 {
                fraction += Int64(bytes[at] - 48) * scale
                scale /= 10
                at += 1
            }
            guard at > first else { return nil }
        }
        guard at < bytes.count else { return nil }
        var offset: Int64 = 0
        if bytes[at] == 0x5A || bytes[at] == 0x7A {
            guard at + 1 == bytes.count else { return nil }
        } else {
            guard bytes[at] == 0x2B || bytes[at] == 0x2D, at + 6 == bytes.count, bytes[at + 3] == 0x3A,
                let hours = number(at + 1, 2), let minutes = number(at + 4, 2), hours < 24, minutes < 60
            else { return nil }
            offset = (hours * 60 + minutes) * (bytes[at] == 0x2B ? 1 : -1)
        }
        let days = Self.days(fromCivil: year, month, day)
        let minutes = (days * 24 + hour) * 60 + minute - offset
        self.init(milliseconds: (minutes * 60 + second) * 1000 + fraction)
        guard Self.writable.contains(milliseconds) else { return nil }
    }

    /// The years 0000 to 9999 in UTC: what four digits can write.
    private static let writable: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999

    /// RFC 3339 section 5.7: the last day of each month.
    private static func days(in month: Int64, of year: Int64) -> Int64 {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return switch month {
        case 2: isLeap ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    // Proleptic Gregorian calendar by eras of 400 years (Hinnant, "chrono-Compatible Low-Level Date Algorithms").
    private static func civil(fromDays days: Int64) -> (Int64, Int64, Int64) {
        let shifted = days + 719_468
        let era = shifted.floorDivided(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }

    private static func days(fromCivil year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let marchYear = month <= 2 ? year - 1 : year
        let era = marchYear.floorDivided(by: 400)
        let yearOfEra = marchYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

extension Int64 {
    fileprivate func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
