// What a line holds of what lines above a quote are made of: a verb of writing, a date, a time, an address, a colon.

/// One line, or a few joined, judged by its words.
struct AttributionSigns {
    private let words: [Substring]
    private let bare: [Substring]
    private let senses: [AttributionWords.Senses]
    private let endsWithColon: Bool
    private let isDashed: Bool
    private let verb: Int?
    private let address: Int?
    private let dates: [DateSigns]

    /// Whether it begins as such lines do: with a date, or with a word that a date follows.
    let leads: Bool

    /// How many words the name of a person may have, with its company; how many a whole line may have.
    private static let nameWordsMax = 8
    private static let wordsMax = 40

    init(_ phrase: ReplyPhrase) {
        isDashed = phrase.text.utf8.prefix { $0 == 0x2D }.count > 1
        words = phrase.words.filter { word in !word.utf8.allSatisfy { $0 == 0x2D || $0 == 0x2A || $0 == 0x5F } }
        let isShort = words.count <= Self.wordsMax
        bare = isShort ? words.map(ReplyPhrase.bare) : []
        senses = bare.map(AttributionWords.senses)
        let end = phrase.text.unicodeScalars.last { $0 != "-" && $0 != " " && $0 != "*" && $0 != "_" }
        endsWithColon = end == ":" || end == "：" || end == "׃"
        verb = senses.lastIndex { !$0.isDisjoint(with: [.verb, .verbWithAddress]) }
        address = isShort ? words.lastIndex(where: DateSigns.isAddress) : nil
        let isCandidate = verb != nil || address != nil
        dates = isCandidate ? bare.map(DateSigns.init) : []
        leads = isCandidate && Self.leads(bare, senses, dates)
    }

    private static func leads(
        _ bare: [Substring], _ senses: [AttributionWords.Senses], _ dates: [DateSigns]
    ) -> Bool {
        func isDated(_ index: Int) -> Bool {
            index < bare.count && (dates[index].isNumber || !senses[index].isDisjoint(with: [.month, .weekday]))
        }
        guard let first = bare.first else { return false }
        if isDated(0) { return isDated(1) || isDated(2) || dates[0].isDate }
        // Hebrew writes “on” as one letter before the date.
        guard senses[0].contains(.lead) || first.hasPrefix("ב") else { return false }
        return isDated(1) || isDated(2)
    }

    private var hasTime: Bool { dates.contains(where: \.isTime) }
    private var hasYear: Bool { dates.contains { $0.isYear || $0.isDate } }
    private var hasDay: Bool {
        dates.contains(where: \.isDate)
            || senses.contains { $0.contains(.month) } && dates.contains(where: \.isDay)
    }

    /// `nil` for what introduces nothing.
    var strength: Attribution.Strength? {
        guard !bare.isEmpty else { return nil }
        if let verb { return strength(verb: verb) }
        // “пн, 3 мар. 2025 г. в 10:00, Ann <ann@example.com>:”: no verb at all.
        guard let address, leads, address >= words.count - 2 else { return nil }
        if endsWithColon, hasTime, hasDay { return .strong }
        return hasDay ? .weak : nil
    }

    private func strength(verb: Int) -> Attribution.Strength? {
        let after = words.count - 1 - verb
        if speaksOfItself(verb) { return nil }
        let hasTime = hasTime
        let isDated = hasDay || hasTime && leads
        if !senses[verb].contains(.verb) {
            return after == 0 && isDated && address != nil && endsWithColon ? .strong : nil
        }
        guard isPlaced(verb, after: after) else { return nil }
        if !endsWithColon, !isDashed, after > 0 { return isDated && leads && address != nil ? .weak : nil }
        guard endsWithColon || isDashed || leads || isDated else { return nil }
        if isDated, hasTime || address != nil { return endsWithColon || isDashed || leads ? .strong : .weak }
        if isDated, hasYear, leads, !senses.contains(where: { $0.contains(.secondPerson) }) { return .strong }
        if endsWithColon, address != nil, after == 0 || address == words.count - 1 { return .strong }
        let isShort = words.count <= 2 * Self.nameWordsMax
        if isDashed, isShort, !endsWithColon { return .strong }
        return endsWithColon && isShort ? .weak : nil
    }

    /// A person who tells what he wrote himself introduces no quote of a mail program.
    private func speaksOfItself(_ verb: Int) -> Bool {
        let neighbours = [verb - 1, verb + 1].filter(bare.indices.contains)
        if neighbours.contains(where: { senses[$0].contains(.firstPerson) }) { return true }
        return bare[verb] == "scritto" && verb > 0 && ["ho", "abbiamo"].contains(bare[verb - 1])
    }

    /// The verb stands last, or before the writer's name, or before the date.
    private func isPlaced(_ verb: Int, after: Int) -> Bool {
        if after == 0 { return true }
        if let address, address > verb, words.count - 1 - address <= 4 { return true }
        if senses[verb].contains(.verbBeforeName), after <= Self.nameWordsMax { return true }
        return after <= 2 * Self.nameWordsMax && dates[(verb + 1)...].contains { $0.isDate || $0.isTime }
    }
}
