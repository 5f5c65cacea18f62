// What a word tells of a date, in any order and with any of the usual signs between the numbers.

/// One word, read as a piece of a date.
struct DateSigns: Sendable {
    /// `3`, `3.`, `3rd`, `2025`.
    let isNumber: Bool
    /// 1 to 31.
    let isDay: Bool
    /// 1970 to 2099.
    let isYear: Bool
    /// `10:00`, `10.00`, `10h00`, `10:00:32`.
    let isTime: Bool
    /// `2025-03-03`, `3/3/25`, `3.3.2025`, `11-Apr-2011`.
    let isDate: Bool

    /// - Parameter word: in lower case and without punctuation around it.
    init(_ word: Substring) {
        let groups = Self.groups(word)
        let first = groups.first?.number
        let count = groups.count
        let single = count == 1 && first != nil ? first : nil
        isNumber = first != nil
        isDay = single.map { (1...31).contains($0) } ?? false
        isYear = single.map { (1970...2099).contains($0) } ?? false
        let isClock = (count == 2 || count == 3) && groups.allSatisfy { $0.number.map { $0 < 60 } ?? false }
        isTime =
            isClock && groups[1].digits == 2 && groups[0].digits <= 2 && (first.map { $0 < 25 } ?? false)
            && groups[0].sign.map { $0 == 0x3A || $0 == 0x2E && count == 2 || $0 == 0x68 } ?? false
        let isThree = count == 3 && groups.count { $0.number != nil } >= 2 && !isTime
        isDate =
            word.contains("年") && word.contains("月")
            || isThree && groups.allSatisfy { $0.number != nil || AttributionWords.senses($0.text).contains(.month) }
                && groups[0].sign.map { $0 == 0x2E || $0 == 0x2D || $0 == 0x2F } ?? false
    }

    /// Whether a word has the form of an address, with anything around it: `(ann@example.com):`.
    static func isAddress(_ word: Substring) -> Bool {
        let bytes = word.utf8
        guard let at = bytes.firstIndex(of: 0x40), at > bytes.startIndex else { return false }
        let rest = bytes[bytes.index(after: at)...]
        return rest.first.map { $0 >= 0x80 || isLetterOrDigit($0) || $0 == 0x5B } ?? false
    }

    private struct Group {
        let text: Substring
        let number: Int?
        let digits: Int
        /// What stands behind it.
        let sign: UInt8?
    }

    /// The pieces between the signs of dates and times; at most four are read.
    private static func groups(_ word: Substring) -> [Group] {
        guard word.utf8.contains(where: { (0x30...0x39).contains($0) }), word.utf8.count <= 24 else { return [] }
        var groups: [Group] = []
        var start = word.utf8.startIndex
        var at = start
        func take(_ end: Substring.UTF8View.Index, _ sign: UInt8?) {
            let text = word[start..<end]
            guard !text.isEmpty else { return }
            let digits = text.utf8.prefix { (0x30...0x39).contains($0) }.count
            let ending = text.utf8.dropFirst(digits)
            let isNumber = digits > 0 && (ending.isEmpty || ordinals.contains(Substring(ending)))
            groups.append(
                Group(text: text, number: isNumber ? Int(text.prefix(digits)) : nil, digits: digits, sign: sign))
        }
        while at < word.utf8.endIndex, groups.count < 4 {
            let byte = word.utf8[at]
            let isHour = byte == 0x68 && at > start && word[start..<at].utf8.allSatisfy { (0x30...0x39).contains($0) }
            if byte == 0x3A || byte == 0x2E || byte == 0x2D || byte == 0x2F || isHour {
                take(at, byte)
                start = word.utf8.index(after: at)
            }
            at = word.utf8.index(after: at)
        }
        take(word.utf8.endIndex, nil)
        return groups
    }

    private static let ordinals: Set<Substring> = [
        "st", "nd", "rd", "th", "er", "º", "ª", "e", "am", "pm", "uhr", "h", "г", "年", "月", "日",
    ]

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}
