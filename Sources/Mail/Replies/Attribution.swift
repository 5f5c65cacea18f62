// Finds the line that a mail program puts above a quote: “On … wrote:” in its many languages, orders and wrappings.
// A line is judged by what it holds — a verb of writing, a date, a time, an address, the colon at its end — and by what
// follows it, never by one pattern for each program.

/// The lines that introduce a quote.
struct Attribution: Sendable, Hashable {
    /// How sure it is.
    enum Strength: Int, Sendable, Comparable {
        /// It could be prose: it counts only when quoted lines follow.
        case weak
        /// It counts whatever follows.
        case strong

        static func < (left: Strength, right: Strength) -> Bool { left.rawValue < right.rawValue }
    }

    let lines: ClosedRange<Int>
    let strength: Strength

    /// How many lines programs wrap it over.
    static let linesMax = 5
    /// How long a line of it may be, in bytes, and all of it.
    static let lineBytesMax = 400
    static let bytesMax = 600

    /// The one whose last line is `end`; `nil` when there is none.
    init?(in text: ReplyText, endingAt end: Int) {
        guard Self.canEnd(text, at: end) else { return nil }
        let mark = text.lines[end].marks
        var best: (start: Int, strength: Strength, leads: Bool)?
        var start = end
        var bytes = 0
        while start >= 0, end - start < Self.linesMax {
            let line = text.lines[start]
            bytes += line.content.count
            guard !line.isEmpty, line.marks == mark, line.content.count <= Self.lineBytesMax, bytes <= Self.bytesMax,
                start == end || !Self.endsSentence(text, at: start)
            else { break }
            let signs = AttributionSigns(text.phrase(start...end))
            if let strength = signs.strength {
                // The shortest that begins as such lines do is right; else the shortest of the surest.
                if best.map({ signs.leads && !$0.leads || strength > $0.strength }) ?? true {
                    best = (start, strength, signs.leads)
                }
                if signs.leads, strength == .strong { break }
            }
            start -= 1
        }
        guard let best else { return nil }
        lines = best.start...end
        strength = best.strength
    }

    /// Such lines end with a colon, with the verb, or with dashes around all of it: a look at a few bytes.
    static func canEnd(_ text: ReplyText, at index: Int) -> Bool {
        let content = text.lines[index].content
        guard content.count > 2, content.count <= lineBytesMax else { return false }
        let last = text.bytes[content.upperBound - 1]
        // `:`, `-`, `>`, `]`, `)`; a letter is looked at more closely; the full-width colon ends with 0x9A.
        switch last {
        case 0x3A, 0x2D, 0x3E, 0x5D, 0x29, 0x9A: return true
        default:
            // An address that was torn at its end.
            if text.bytes[content].contains(0x3C) { return true }
            let tail = String(decoding: text.bytes[content].suffix(24), as: UTF8.self).lowercased()
            guard let word = tail.split(separator: " ").last else { return false }
            return AttributionWords.verbs.contains(ReplyPhrase.bare(word))
        }
    }

    private static func endsSentence(_ text: ReplyText, at index: Int) -> Bool {
        guard let last = text.bytes[text.lines[index].content].last else { return true }
        return last == 0x21 || last == 0x3F || last == 0x3A || last == 0x2E && !endsAbbreviated(text, at: index)
    }

    /// A full stop after a few letters or digits, as in “kl.”, “jan.” and “3.”, ends no sentence.
    private static func endsAbbreviated(_ text: ReplyText, at index: Int) -> Bool {
        let tail = String(decoding: text.bytes[text.lines[index].content].suffix(16), as: UTF8.self).lowercased()
        guard let word = tail.split(separator: " ").last.map(ReplyPhrase.bare) else { return false }
        return AttributionWords.months.contains(word) || AttributionWords.weekdays.contains(word)
            || AttributionWords.leads.contains(word) || word.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}

/// What a line holds of what lines above a quote are made of.
struct AttributionSigns {
    private let words: [Substring]
    private let bare: [Substring]
    private let endsWithColon: Bool
    private let isDashed: Bool
    private let verb: Int?
    private let address: Int?
    private let hasTime: Bool
    private let hasDay: Bool
    private let hasYear: Bool

    /// Whether it begins as such lines do: with a date, or with a word that a date follows.
    let leads: Bool

    /// How many words the name of a person may have, with its company.
    private static let nameWordsMax = 8
    private static let wordsMax = 40

    init(_ phrase: ReplyPhrase) {
        let dashes = phrase.text.utf8.prefix { $0 == 0x2D }.count
        isDashed = dashes > 1
        words = phrase.words.filter { word in !word.utf8.allSatisfy { $0 == 0x2D || $0 == 0x2A || $0 == 0x5F } }
        bare = words.map(ReplyPhrase.bare)
        let end = phrase.text.unicodeScalars.last { $0 != "-" && $0 != " " && $0 != "*" && $0 != "_" }
        endsWithColon = end == ":" || end == "：" || end == "׃"
        verb = bare.lastIndex { AttributionWords.verbs.contains($0) || AttributionWords.verbsWithAddress.contains($0) }
        address = words.lastIndex { DateSigns.isAddress($0) }
        let dates = bare.map(DateSigns.init)
        hasTime = dates.contains(where: \.isTime)
        hasYear = dates.contains { $0.isYear || $0.isDate }
        let hasMonth = bare.contains(where: AttributionWords.months.contains)
        hasDay = dates.contains(where: \.isDate) || hasMonth && dates.contains(where: \.isDay)
        leads = Self.leads(bare, dates)
    }

    private static func leads(_ bare: [Substring], _ dates: [DateSigns]) -> Bool {
        func isDated(_ index: Int) -> Bool {
            guard index < bare.count else { return false }
            let word = bare[index]
            return dates[index].isNumber || AttributionWords.months.contains(word)
                || AttributionWords.weekdays.contains(word)
        }
        guard let first = bare.first else { return false }
        if isDated(0) { return isDated(1) || isDated(2) || dates[0].isDate }
        guard AttributionWords.leads.contains(first) || first.hasPrefix("ב") else { return false }
        return isDated(1) || isDated(2)
    }

    /// `nil` for what introduces nothing.
    var strength: Attribution.Strength? {
        guard words.count <= Self.wordsMax, !words.isEmpty else { return nil }
        if let verb { return strength(verb: verb) }
        // “пн, 3 мар. 2025 г. в 10:00, Ann <ann@example.com>:”: no verb at all.
        guard let address, leads, address >= words.count - 2 else { return nil }
        if endsWithColon, hasTime, hasDay { return .strong }
        return hasDay ? .weak : nil
    }

    private func strength(verb: Int) -> Attribution.Strength? {
        let after = words.count - 1 - verb
        let neighbours = [verb - 1, verb + 1].filter(bare.indices.contains)
        if neighbours.contains(where: { AttributionWords.firstPerson.contains(bare[$0]) }) { return nil }
        if bare[verb] == "scritto", verb > 0, ["ho", "abbiamo"].contains(bare[verb - 1]) { return nil }
        let isDated = hasDay || hasTime && leads
        if AttributionWords.verbsWithAddress.contains(bare[verb]) {
            return after == 0 && isDated && address != nil && endsWithColon ? .strong : nil
        }
        guard isPlaced(verb, after: after) else { return nil }
        if !endsWithColon, !isDashed, after > 0 { return isDated && leads && address != nil ? .weak : nil }
        guard endsWithColon || isDashed || leads || isDated else { return nil }
        let speaksToUs = bare.contains(where: AttributionWords.secondPerson.contains)
        if isDated, hasTime || address != nil { return endsWithColon || isDashed || leads ? .strong : .weak }
        if isDated, hasYear, leads, !speaksToUs { return .strong }
        if endsWithColon, address != nil, after == 0 || address == words.count - 1 { return .strong }
        if isDashed, endsWithDashes { return .strong }
        return endsWithColon && words.count <= 2 * Self.nameWordsMax ? .weak : nil
    }

    private var endsWithDashes: Bool { words.count <= 2 * Self.nameWordsMax && !endsWithColon }

    /// The verb stands last, or before the writer's name, or before the date.
    private func isPlaced(_ verb: Int, after: Int) -> Bool {
        if after == 0 { return true }
        if let address, address > verb { return words.count - 1 - address <= 4 }
        let rest = bare[(verb + 1)...]
        if AttributionWords.verbsBeforeNames.contains(bare[verb]), after <= Self.nameWordsMax { return true }
        return after <= 12 && rest.contains { DateSigns($0).isDate || DateSigns($0).isTime }
    }
}
