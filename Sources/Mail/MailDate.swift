// Dates of mails: RFC 5322 section 3.3, its obsolete forms (section 4.3), and what programs write instead. Words are
// taken for what they can be, wherever they stand.

import Model

/// Reads dates.
enum MailDate {
    private struct Found {
        var year: Int?
        var month: Int?
        var day: Int?
        var time: (hour: Int, minute: Int, second: Int)?
        /// Minutes east of Greenwich.
        var offset: Int?
        var isAfternoon: Bool?
    }

    /// How long a date may be, in bytes.
    private static let bytesMax = 200

    /// 1900-01-01: no mail is older, though examples of the standards are older than mail.
    private static let earliest: Int64 = -2_208_988_800_000

    /// The moment that a field's value names; `nil`: it is no date, or one before 1900.
    static func read(_ value: [UInt8]) -> Timestamp? {
        let text = withoutComments(value.prefix(bytesMax))
        if let moment = Timestamp(rfc3339: text) { return moment.milliseconds < earliest ? nil : moment }
        var found = Found()
        for word in text.split(whereSeparator: { $0 == " " || $0 == "," || $0 == "\t" }) {
            take(word, into: &found)
        }
        guard var year = found.year, let month = found.month, let day = found.day else { return nil }
        // RFC 5322 section 4.3.
        if year < 50 { year += 2000 } else if year < 1000 { year += 1900 }
        var time = found.time ?? (0, 0, 0)
        if let isAfternoon = found.isAfternoon { time.hour = time.hour % 12 + (isAfternoon ? 12 : 0) }
        let digits = [padded(month), padded(day), padded(time.hour), padded(time.minute), padded(time.second)]
        let written = "\(year)-\(digits[0])-\(digits[1])T\(digits[2]):\(digits[3]):\(digits[4])Z"
        guard let local = Timestamp(rfc3339: written) else { return nil }
        let moment = Timestamp(milliseconds: local.milliseconds - Int64(found.offset ?? 0) * 60_000)
        return moment.milliseconds < earliest ? nil : moment
    }

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func withoutComments(_ value: ArraySlice<UInt8>) -> String {
        var out: [UInt8] = []
        var depth = 0
        for byte in value {
            if byte == 0x28 { depth += 1 }
            if depth == 0 { out.append(byte) }
            if byte == 0x29, depth > 0 { depth -= 1 }
        }
        return out.trimmed.latin1
    }

    private static func take(_ word: Substring, into found: inout Found) {
        if word.contains(":") || (found.time == nil && word.utf8.count(where: { $0 == 0x2E }) == 2 && found.day != nil)
        {
            takeTime(word, into: &found)
            return
        }
        if word.count > 1, word.first == "+" || word.first == "-", found.time != nil {
            found.offset = found.offset ?? offset(word)
            return
        }
        if let number = Int(word), number >= 0 {
            takeNumber(number, digits: word.count, into: &found)
            return
        }
        // `02-Jan-2026`.
        let pieces = word.split(separator: "-")
        if pieces.count > 1, pieces.count <= 3 {
            for piece in pieces { take(piece, into: &found) }
            return
        }
        takeName(word, into: &found)
    }

    private static func takeNumber(_ number: Int, digits: Int, into found: inout Found) {
        if digits <= 2, found.day == nil {
            found.day = number
        } else if found.year == nil, digits >= 2, digits <= 4 {
            found.year = number
        }
    }

    /// `12:34`, `12:34:56`, `12:34:56.789`, `12.34.56`; a zone may stick to it.
    private static func takeTime(_ word: Substring, into found: inout Found) {
        guard found.time == nil else { return takeName(word, into: &found) }
        let clock = word.prefix { $0.isNumber || $0 == ":" || $0 == "." }
        let numbers = clock.split { $0 == ":" || $0 == "." }.prefix(3).map { Int($0) ?? 99 }
        guard numbers.count >= 2 else { return }
        // RFC 3339 and RFC 5322 know the second 60 alone.
        found.time = (numbers[0], numbers[1], numbers.count > 2 ? numbers[2] : 0)
        let rest = word[clock.endIndex...]
        if !rest.isEmpty { take(rest, into: &found) }
    }

    private static func takeName(_ word: Substring, into found: inout Found) {
        let name = word.lowercased()
        if name == "am" || name == "pm" {
            found.isAfternoon = name == "pm"
        } else if found.month == nil, let place = months.firstIndex(where: { name.hasPrefix($0) }) {
            found.month = place + 1
        } else if found.time != nil, found.offset == nil {
            // `GMT+0200`.
            let letters = name.prefix { $0.isLetter }
            let rest = name[letters.endIndex...]
            found.offset = rest.isEmpty ? zones[String(letters)] : offset(rest)
        }
    }

    private static let months = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ]

    /// RFC 5322 section 4.3, and the names that European programs write; minutes. What is not here counts as Greenwich,
    /// as the military letters do.
    private static let zones = [
        "ut": 0, "utc": 0, "gmt": 0, "z": 0, "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420,
        "mdt": -360,
        "pst": -480, "pdt": -420, "wet": 0, "west": 60, "bst": 60, "cet": 60, "met": 60, "mez": 60, "cest": 120,
        "mest": 120,
        "mesz": 120, "eet": 120, "eest": 180, "msk": 180, "jst": 540, "kst": 540,
    ]

    /// `+0200`, `+02:00`, `+2`; `nil`: no zone is that far away.
    private static func offset(_ text: some StringProtocol) -> Int? {
        let digits: String = String(text.dropFirst()).filter { $0 != ":" }
        guard let number = Int(digits), number >= 0, text.first == "+" || text.first == "-" else { return nil }
        let minutes = digits.count <= 2 ? number * 60 : number / 100 * 60 + number % 100
        guard minutes <= 24 * 60 else { return nil }
        return text.first == "-" ? -minutes : minutes
    }
}
