// Finds where the signature of a text begins: the delimiter of RFC 3676, the line that a phone adds, the footer of a
// mailing list, or a closing phrase with a name and an address under it.

/// Looks at the end of a text.
enum SignatureFinder {
    /// How many lines that say something a signature may have under its delimiter, and under a closing phrase.
    static let delimitedLinesMax = 30
    static let dashedLinesMax = 15
    static let closedLinesMax = 12
    /// How long lines of a signature under a closing phrase may be, in bytes.
    static let closedLineBytesMax = 140

    /// Where the signature of the lines begins; `nil` when there is none. It goes on to the end of the lines.
    static func start(in text: ReplyText, _ range: Range<Int>) -> Int? {
        let said = range.filter { !text.lines[$0].isEmpty }.suffix(delimitedLinesMax + 1)
        guard let first = said.first else { return nil }
        var start: Int?
        // A footer may stand below a signature, and a signature below a closing phrase: from the end upwards.
        for index in said.reversed() {
            guard isFooter(text, index) else { break }
            start = index
        }
        start = delimiter(text, Array(said), hasFooter: start != nil) ?? start
        if let closing = closing(text, said.filter { $0 < start ?? range.upperBound }, isOpen: start == nil) {
            start = closing
        }
        guard let start, start >= first else { return nil }
        return start
    }

    // MARK: - Delimiters

    private static func delimiter(_ text: ReplyText, _ said: [Int], hasFooter: Bool) -> Int? {
        for (place, index) in said.enumerated() {
            let below = said.count - place - 1
            guard let kind = Delimiter(text, index), below > 0 || kind == .standard else { continue }
            switch kind {
            case .standard where below <= delimitedLinesMax: return index
            case .dashes where below <= dashedLinesMax && areShort(text, said[(place + 1)...]): return index
            case .line
            where below <= dashedLinesMax && areShort(text, said[(place + 1)...])
                && isFooterText(text, said[(place + 1)...]):
                return index
            default: continue
            }
        }
        return nil
    }

    private enum Delimiter {
        /// `-- `, RFC 3676 4.3.
        case standard
        /// `--`, `—`: the same as people and programs change it.
        case dashes
        /// A line of underscores or dashes, as mailing lists put it above their footers.
        case line

        init?(_ text: ReplyText, _ index: Int) {
            let line = text.lines[index]
            guard line.marks == 0 else { return nil }
            let content = text.bytes[line.content]
            guard let first = content.first else { return nil }
            let hasBlank =
                line.content.upperBound < line.range.upperBound && text.bytes[line.content.upperBound] == 0x20
            if content.elementsEqual([0x2D, 0x2D]) {
                self = hasBlank && line.content.lowerBound == line.range.lowerBound ? .standard : .dashes
            } else if Self.isDash(content) {
                self = .dashes
            } else if content.count >= 2, first == 0x5F || content.count >= 3 && (first == 0x2D || first == 0x3D),
                content.allSatisfy({ $0 == first })
            {
                self = .line
            } else {
                return nil
            }
        }

        /// One or more en or em dashes: E2 80 93 and E2 80 94.
        private static func isDash(_ content: ArraySlice<UInt8>) -> Bool {
            guard content.count % 3 == 0, content.count <= 60 else { return false }
            return stride(from: content.startIndex, to: content.endIndex, by: 3).allSatisfy {
                content[$0] == 0xE2 && content[$0 + 1] == 0x80 && (0x93...0x95).contains(content[$0 + 2])
            }
        }
    }

    private static func areShort(_ text: ReplyText, _ indices: ArraySlice<Int>) -> Bool {
        indices.allSatisfy { text.lines[$0].content.count <= closedLineBytesMax }
    }

    /// Under a line of underscores stands a footer when it has an address of the web or of mail.
    private static func isFooterText(_ text: ReplyText, _ indices: ArraySlice<Int>) -> Bool {
        indices.count <= closedLinesMax
            && indices.contains { hasContact(text.phrase($0...$0)) }
            && !indices.contains { isSentence(text.phrase($0...$0)) && !hasContact(text.phrase($0...$0)) }
    }

    private static func hasContact(_ phrase: ReplyPhrase) -> Bool {
        phrase.text.contains("http://") || phrase.text.contains("https://") || phrase.text.contains("www.")
            || phrase.words.contains(where: DateSigns.isAddress) || isPhone(phrase)
    }

    /// Seven digits or more, with little else.
    private static func isPhone(_ phrase: ReplyPhrase) -> Bool {
        let digits = phrase.text.utf8.count { (0x30...0x39).contains($0) }
        return digits >= 7 && phrase.text.utf8.count <= 4 * digits
    }

    /// More than a few words with a full stop, a question or a cry at the end: no line of a signature.
    private static func isSentence(_ phrase: ReplyPhrase) -> Bool {
        guard let last = phrase.text.unicodeScalars.last else { return false }
        let ends = last == "." || last == "?" || last == "!"
        return phrase.words.count > 12 || ends && phrase.words.count > 4
    }

    // MARK: - Closing phrases

    /// Where “Best regards” and what stands under it begin.
    /// - Parameter isOpen: nothing of a signature was found below.
    private static func closing(_ text: ReplyText, _ said: [Int], isOpen: Bool) -> Int? {
        let candidates = said.suffix(closedLinesMax + 1)
        // The first line of a text closes nothing.
        for index in candidates where index != said.first {
            let phrase = text.phrase(index...index)
            guard let closing = ClosingPhrase(phrase) else { continue }
            let below = candidates.filter { $0 > index }.map { text.phrase($0...$0) }
            guard below.allSatisfy({ !isSentence($0) && $0.text.utf8.count <= closedLineBytesMax && !isPostscript($0) })
            else { continue }
            switch closing {
            case .regards where !below.isEmpty || !isOpen || phrase.words.count <= 4: return index
            case .thanks where below.contains(where: hasContact): return index
            default: continue
            }
        }
        return nil
    }

    private static func isPostscript(_ phrase: ReplyPhrase) -> Bool {
        ["p.s", "ps:", "ps.", "ps ", "p.s.", "p. s."].contains(where: phrase.begins)
    }

    // MARK: - Footers

    /// Whether a line is what a program adds under a mail, such as “Sent from my phone”.
    static func isFooter(_ text: ReplyText, _ index: Int) -> Bool {
        let line = text.lines[index]
        guard line.marks == 0, line.content.count >= 8, line.content.count <= 200 else { return false }
        return ProgramFooter.isOne(text.phrase(index...index))
    }
}
