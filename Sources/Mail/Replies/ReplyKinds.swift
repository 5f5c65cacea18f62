// The first look at a body: what each line is by itself and by its neighbours. What that means for the whole is decided
// afterwards, in `ReplyDecision`.

/// What each line of a body is.
struct ReplyKinds: Sendable {
    enum Kind: Sendable {
        case blank
        case text
        /// Quoted by marks or by its element.
        case quote
        /// Introduces a quote of marked lines.
        case introduction
        /// Belongs to the part that begins with a divider and goes on to the end.
        case tail
        case signature
    }

    /// The lines, perhaps more than were given: see ``SharedLine``.
    let text: ReplyText
    private let subject: ReplySubject
    private(set) var kinds: [Kind] = []
    /// What was found first.
    private(set) var rule: SplitReply.Rule?
    /// Where the forwarded mail begins, when it stands above all quotes.
    private(set) var forward: Int?
    /// Where the unmarked part begins that goes on to the end.
    private(set) var tail: Int?

    /// Whether anything was written above the line that is judged now.
    private var hasText = false
    /// Whether a line that introduces a quote was found.
    private var isIntroduced = false

    init(_ given: ReplyText, subject: ReplySubject) {
        text = SharedLine.divide(given)
        self.subject = subject
        kinds = [Kind](repeating: .blank, count: text.lines.count)
        // Where the lines that introduce a quote begin, found from their ends on.
        var beginnings: [Int: Attribution] = [:]
        var looked = 0
        for index in text.lines.indices where isPlain(index) && Attribution.canEnd(text, at: index) {
            looked += 1
            guard looked <= Attribution.candidatesMax else { break }
            guard let found = Attribution(in: text, endingAt: index) else { continue }
            if found.strength == .strong || isMarked(after: index) { beginnings[found.lines.lowerBound] = found }
        }
        var index = 0
        while index < text.lines.count {
            index = take(index, beginnings[index])
        }
    }

    /// Whether the line is not quoted itself.
    private func isPlain(_ index: Int) -> Bool {
        let line = text.lines[index]
        return line.marks == 0 && !line.isEmpty && line.sense != .quote
    }

    /// Whether the next line that says something is quoted by marks or by its element.
    private func isMarked(after index: Int) -> Bool {
        var next = index + 1
        while next < text.lines.count, text.lines[next].isBlank { next += 1 }
        guard next < text.lines.count else { return false }
        return isQuoted(text.lines[next])
    }

    private func isQuoted(_ line: ReplyLine) -> Bool {
        line.marks > 0 || line.sense == .quote || line.sense == .indent
    }

    /// Judges the lines from `index` on and gives the next one to judge.
    private mutating func take(_ index: Int, _ attribution: Attribution?) -> Int {
        let line = text.lines[index]
        if line.sense == .quote {
            if rule == nil, !line.isEmpty, isForward(index) { return endWithForward(index) }
            return mark(index...index, .quote, line.isEmpty ? nil : .htmlQuote)
        }
        if line.isBlank { return index + 1 }
        if line.marks > 0 {
            return isBracketed(index) && hasText ? endWithTail(index, .attribution) : mark(index...index, .quote, nil)
        }
        if let next = takeDivider(index) { return next }
        if let attribution { return takeAttribution(attribution) }
        if line.sense == .attribution, isMarked(after: index) { return mark(index...index, .introduction, .htmlQuote) }
        // What a person quotes of others, above the earlier mail or without one, belongs to the text.
        if line.sense == .indent, isIntroduced { return mark(index...index, .quote, nil) }
        return mark(index...index, line.sense == .signature ? .signature : .text, nil)
    }

    private mutating func mark(_ range: ClosedRange<Int>, _ kind: Kind, _ found: SplitReply.Rule?) -> Int {
        for index in range where !text.lines[index].isBlank || kind == .quote { kinds[index] = kind }
        if let found, rule == nil { rule = found }
        isIntroduced = isIntroduced || kind == .introduction || kind == .quote
        hasText = hasText || kind == .text || kind == .signature
        return range.upperBound + 1
    }

    private mutating func takeAttribution(_ attribution: Attribution) -> Int {
        let end = attribution.lines.upperBound
        if isMarked(after: end) {
            // The quote may be a mail that is forwarded.
            if rule == nil, let next = text.said(from: end + 1), isForward(next) { return endWithForward(next) }
            let isTold = text.said(from: end + 1).map { text.lines[$0].sense == .quote } ?? false
            return mark(attribution.lines, .introduction, isTold ? .htmlQuote : .attribution)
        }
        // With nothing above it, what stands below without marks may hold the answer.
        guard hasText else { return mark(attribution.lines, .text, nil) }
        return endWithTail(attribution.lines.lowerBound, .attribution)
    }

    /// Dividers, header blocks and forwards.
    private mutating func takeDivider(_ index: Int) -> Int? {
        let sense = text.lines[index].sense
        let divider = DividerLine(text, at: index)
        if divider == .forwarded { return rule == nil ? endWithForward(index) : nil }
        let isIntroduced = divider == .original || divider == .rule || sense == .divider || sense == .headers
        let start = divider == nil ? index : text.said(from: index + 1)
        let block = start.flatMap { start in
            text.lines[start].marks == 0 ? HeaderBlock(in: text, at: start, isIntroduced: isIntroduced) : nil
        }
        if rule == nil, subject.forwards(isFinnish: block?.isFinnish ?? false), block != nil || sense == .divider {
            return endWithForward(index)
        }
        if sense == .divider { return endWithTail(index, .htmlDivider) }
        if sense == .headers, hasText, block != nil || hasLikelyHeaders(index) {
            return endWithTail(index, .htmlDivider)
        }
        switch divider {
        case .original:
            return isMarked(after: index) && block == nil
                ? mark(index...index, .introduction, .originalMessage) : endWithTail(index, .originalMessage)
        case .writeAbove: return endWithTail(index, .writeAbove)
        default: return block.map { endWithBlock(index, $0) }
        }
    }

    private mutating func endWithBlock(_ index: Int, _ block: HeaderBlock) -> Int {
        let end = block.lines.upperBound
        if isMarked(after: end) { return mark(index...end, .introduction, .headerBlock) }
        // A mail that begins with header lines was printed or copied: they are its text.
        guard hasText else { return mark(index...end, .text, nil) }
        return endWithTail(index, .headerBlock)
    }

    /// Three lines that look like header lines in a language that has no words here.
    private func hasLikelyHeaders(_ index: Int) -> Bool {
        var next: Int? = index
        for _ in 0..<3 {
            guard let line = next, HeaderLabel.isLikely(text, at: line) else { return false }
            next = text.said(from: line + 1)
        }
        return true
    }

    /// `>>> Ann <ann@example.com> 03.03.2025 10:04 >>>` above an earlier mail that has no marks.
    private func isBracketed(_ index: Int) -> Bool {
        let line = text.lines[index]
        guard line.marks == 3, line.content.count <= Attribution.lineBytesMax,
            text.bytes[line.content].suffix(3).elementsEqual([0x3E, 0x3E, 0x3E])
        else { return false }
        let dates = text.phrase(index...index).bareWords.map(DateSigns.init)
        return dates.contains(where: \.isDate) && dates.contains(where: \.isTime)
    }

    private func isForward(_ index: Int) -> Bool {
        if DividerLine(text, at: index) == .forwarded { return true }
        return subject.forwards(isFinnish: false) && HeaderBlock(in: text, at: index, isIntroduced: true) != nil
    }

    private mutating func endWithForward(_ index: Int) -> Int {
        forward = index
        rule = .forwarded
        return mark(index...(text.lines.count - 1), .text, nil) + 1
    }

    private mutating func endWithTail(_ index: Int, _ found: SplitReply.Rule) -> Int {
        tail = index
        return mark(index...(text.lines.count - 1), .tail, found) + 1
    }
}
