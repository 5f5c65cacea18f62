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

    /// How many lines of a body are looked at closely, so that a body made to be slow is not.
    static let candidatesMax = 4000

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
            let start = text.bytes[content].lastIndex(of: 0x20).map { $0 + 1 } ?? content.lowerBound
            guard (2...24).contains(content.upperBound - start) else { return false }
            let word = String(decoding: text.bytes[start..<content.upperBound], as: UTF8.self).lowercased()
            return AttributionWords.senses(ReplyPhrase.bare(word[...])).contains(.verb)
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
        return !AttributionWords.senses(word).isDisjoint(with: [.month, .weekday, .lead])
            || word.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}
