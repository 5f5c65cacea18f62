// The second look at a body: from what each line is, what is new, what is quoted and what is a signature.

/// Decides the part of every line.
struct ReplyDecision {
    private let text: ReplyText
    private let found: ReplyKinds
    private var kinds: [ReplyKinds.Kind]
    private(set) var parts: [SplitReply.Part]
    private(set) var rule = SplitReply.Rule.whole

    /// So many quoted lines count as a quote when nothing introduces them.
    private static let bareQuoteLinesMin = 2

    init(_ found: ReplyKinds) {
        text = found.text
        self.found = found
        kinds = found.kinds
        parts = [SplitReply.Part](repeating: .new, count: text.lines.count)
        decide()
    }

    private var lines: Range<Int> { 0..<text.lines.count }
    private func kind(_ index: Int) -> ReplyKinds.Kind { kinds[index] }

    private mutating func decide() {
        if found.forward != nil {
            rule = .forwarded
            return
        }
        joinBrokenLines()
        if hasAnswersBetweenQuotes {
            cutBehindAnswers()
        } else {
            cutQuotes()
        }
        giveBlanks()
        takeSignatures()
        restore()
    }

    // MARK: - Quotes

    /// Whether a text stands between two quotes.
    private var hasAnswersBetweenQuotes: Bool {
        let end = found.tail ?? text.lines.count
        guard let first = lines.first(where: { kind($0) == .quote }),
            let last = (0..<end).last(where: { kind($0) == .quote }), first < last
        else { return false }
        return (first..<last).contains { kind($0) == .text }
    }

    /// Makes quotes of the lines that belong to them though they have no mark.
    private mutating func joinBrokenLines() {
        for index in lines.dropFirst() where kind(index) == .text && kind(index - 1) == .quote {
            let end = (index..<text.lines.count).first { kind($0) != .text && kind($0) != .blank } ?? text.lines.count
            if isBrokenLine(index..<end) { kinds[index] = .quote }
        }
    }

    /// The rest of a quoted line that some program broke: it stands right under a long quoted line without a mark of
    /// its own, and is a piece of a link or goes on with a sentence that has not ended. Whatever could be an answer is
    /// one.
    private func isBrokenLine(_ range: Range<Int>) -> Bool {
        let said = range.filter { !text.lines[$0].isEmpty }
        guard said == [range.lowerBound], range.lowerBound > 0, kind(range.lowerBound - 1) == .quote,
            range.count == 1 || range.upperBound == text.lines.count
        else { return false }
        let content = text.bytes[text.lines[range.lowerBound].content]
        let above = text.bytes[text.lines[range.lowerBound - 1].content]
        if content.starts(with: Array("(http".utf8)) { return true }
        if !content.contains(0x20), content.contains(where: Self.linkSigns.contains) { return range.count == 1 }
        guard let first = content.first, let last = above.last else { return false }
        let hasEnded = last == 0x2E || last == 0x3F || last == 0x21 || last == 0x3A
        return above.count >= Self.brokenLineBytesMin && !hasEnded && (0x61...0x7A).contains(first)
    }

    /// `/`, `=`, `@`, `>`.
    private static let linkSigns: Set<UInt8> = [0x2F, 0x3D, 0x40, 0x3E]
    /// Programs break lines that are longer than about 76 columns; with their marks, quoted lines are.
    private static let brokenLineBytesMin = 64

    /// Answers stand between quotes: all from the first quote to the last answer is the message, for an answer without
    /// what it answers says nothing.
    private mutating func cutBehindAnswers() {
        rule = .interleaved
        let end = found.tail ?? text.lines.count
        let last = (0..<end).last { kind($0) == .text } ?? 0
        for index in lines where index > last {
            switch kind(index) {
            case .quote, .introduction, .tail: parts[index] = .quoted
            case .signature: parts[index] = .signature
            case .blank, .text: break
            }
        }
    }

    private mutating func cutQuotes() {
        rule = found.rule ?? .whole
        if found.rule == nil { rule = cutBareQuotes() }
        for index in lines {
            switch kind(index) {
            case .quote where found.rule != nil: parts[index] = .quoted
            case .introduction, .tail: parts[index] = .quoted
            case .signature: parts[index] = .signature
            default: break
            }
        }
    }

    /// Quoted lines that nothing introduces are a quote at the beginning or the end; between texts they may be
    /// anything.
    private mutating func cutBareQuotes() -> SplitReply.Rule {
        let said = lines.filter { kind($0) != .blank && !text.lines[$0].isEmpty }
        let quoted = said.filter { kind($0) == .quote }
        guard quoted.count >= Self.bareQuoteLinesMin, let first = quoted.first, let last = quoted.last else {
            return .whole
        }
        let below = said.first { $0 > last && kind($0) == .text }
        let isLast = below.map { SignatureFinder.start(in: text, $0..<text.lines.count) == $0 } ?? true
        guard first == said.first || isLast else { return .whole }
        for index in lines where kind(index) == .quote { parts[index] = .quoted }
        return .quoteMarks
    }

    /// Blank lines go with the quote above or below them.
    private mutating func giveBlanks() {
        for index in lines.dropFirst() where kind(index) == .blank && parts[index - 1] != .new {
            parts[index] = parts[index - 1]
        }
    }

    // MARK: - Signatures

    /// Signatures end a text: at the end of the body, or above a quote.
    private mutating func takeSignatures() {
        let lastNew = lines.last { parts[$0] == .new && !text.lines[$0].isEmpty } ?? 0
        var end = text.lines.count
        while end > 0 {
            guard parts[end - 1] == .new else {
                end -= 1
                continue
            }
            var start = end - 1
            while start > 0, parts[start - 1] == .new { start -= 1 }
            if rule != .interleaved || end > lastNew, let signature = SignatureFinder.start(in: text, start..<end) {
                for index in signature..<end { parts[index] = .signature }
            }
            end = start
        }
    }

    /// A body of which nothing is new says that it is all quoted; but a text is not taken for a quote or for a
    /// signature when nothing else is left and no mark of a program says so.
    private mutating func restore() {
        func isSaid(_ index: Int, _ part: SplitReply.Part) -> Bool {
            parts[index] == part && !text.lines[index].isEmpty
        }
        guard !lines.contains(where: { isSaid($0, .new) }) else { return }
        let isOwn = lines.contains { isSaid($0, .signature) && !SignatureFinder.isFooter(text, $0) }
        if isOwn {
            for index in lines where parts[index] == .signature { parts[index] = .new }
        } else if lines.contains(where: { isSaid($0, .quoted) }) {
            rule = .onlyQuote
        }
    }
}
