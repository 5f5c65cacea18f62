// Dates as IMAP writes them (RFC 9051 section 9, "date-time" and "date").

import Model

/// Two forms: `" 1-Feb-2026 09:05:00 +0100"` and, for searches, `1-Feb-2026`.
enum IMAPDate {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// Reads a date with time and zone; `nil` for anything else.
    static func timestamp(_ text: String) -> Timestamp? {
        let words = text.split(separator: " ")
        guard words.count == 3 else { return nil }
        let date = words[0].split(separator: "-")
        let zone = words[2]
        guard date.count == 3, let day = Int(date[0]), let year = Int(date[2]), (1...31).contains(day),
            let month = months.firstIndex(where: { $0.lowercased() == date[1].lowercased() }), zone.utf8.count == 5,
            zone.first == "+" || zone.first == "-"
        else { return nil }
        let offset = "\(zone.prefix(3)):\(zone.suffix(2))"
        return Timestamp(rfc3339: "\(padded(year, 4))-\(padded(month + 1, 2))-\(padded(day, 2))T\(words[1])\(offset)")
    }

    /// The day of an instant in UTC, one day earlier: servers compare days in zones of their own, and a mail too many
    /// is no harm.
    static func dayBefore(_ time: Timestamp) -> String {
        let parts = (time - .seconds(86_400)).rfc3339.prefix(10).split(separator: "-")
        guard parts.count == 3, let month = Int(parts[1]), (1...12).contains(month), let day = Int(parts[2]) else {
            return "1-Jan-1970"
        }
        return "\(day)-\(months[month - 1])-\(parts[0])"
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
}
