// Finds the block of header lines that mail programs put above an earlier mail: From, Sent, To and Subject in many
// languages, perhaps bold, indented, with folded addresses or with blank lines between.

/// The header lines above an earlier mail.
struct HeaderBlock: Sendable, Hashable {
    let lines: ClosedRange<Int>
    /// Whether the labels are in Finnish, where `VS:` before a subject means an answer and not a forward.
    let isFinnish: Bool

    /// How many lines a block may have, and how many of them in a row may continue a long value.
    static let linesMax = 24
    static let continuationsMax = 6
    static let lineBytesMax = 1000

    /// The one that begins at `start`; `nil` when there is none.
    /// - Parameter isIntroduced: a line or an element that comes before such blocks stands above, so less is asked.
    init?(in text: ReplyText, at start: Int, isIntroduced: Bool) {
        let marks = text.lines[start].marks
        var seen: Set<HeaderLabel> = []
        var end = start
        var hasAddress = false
        var hasDate = false
        var continuations = 0
        var isFinnish = false
        for index in start..<min(text.lines.count, start + Self.linesMax) {
            let line = text.lines[index]
            guard line.marks == marks else { break }
            if line.isEmpty {
                // One blank line may stand between two lines of a block, and never two.
                if index > 0, text.lines[index - 1].isEmpty || continuations > 0 { break }
                continue
            }
            guard line.content.count <= Self.lineBytesMax else { break }
            guard let label = HeaderLabel(text, at: index) else {
                if index == start { return nil }
                continuations += 1
                // What stands behind a blank line belongs to the mail.
                if continuations > Self.continuationsMax || text.lines[index - 1].isEmpty { break }
                continue
            }
            // The same line again is another block, or no block.
            if label != .other, seen.contains(label) { break }
            seen.insert(label)
            end = index
            continuations = 0
            if index == start, label == .other { return nil }
            isFinnish = isFinnish || label == .from && text.phrase(index...index).text.contains("lähettäjä")
            if label == .from || label == .to {
                let next = index + 1 < text.lines.count && !text.lines[index + 1].isEmpty ? index + 1 : index
                hasAddress = hasAddress || text.phrase(index...next).words.contains(where: DateSigns.isAddress)
            }
            if label == .date { hasDate = text.bytes[line.content].contains { (0x30...0x39).contains($0) } }
        }
        guard Self.isBlock(seen, hasAddress: hasAddress, hasDate: hasDate, isIntroduced: isIntroduced) else {
            return nil
        }
        lines = start...Self.lastContinuation(text, after: end)
        self.isFinnish = isFinnish
    }

    /// A customer's own list may say “From: Oslo, To: Bergen, Date: 3 May”: only a subject, an address with a date, or
    /// something above it makes it a block.
    private static func isBlock(
        _ seen: Set<HeaderLabel>, hasAddress: Bool, hasDate: Bool, isIntroduced: Bool
    ) -> Bool {
        let count = seen.subtracting([.other]).count
        guard count >= 2, seen.contains(.from) || seen.contains(.date) && seen.contains(.to) else { return false }
        if isIntroduced { return true }
        if seen.contains(.from), seen.contains(.subject), hasDate || count >= 3 { return true }
        return hasAddress && hasDate
    }

    /// Folded lines of the last value: indented, or the rest of an address.
    private static func lastContinuation(_ text: ReplyText, after end: Int) -> Int {
        var last = end
        while last + 1 < text.lines.count, last - end < 2 {
            let line = text.lines[last + 1]
            guard !line.isEmpty, line.content.lowerBound > line.range.lowerBound, line.marks == text.lines[end].marks,
                text.bytes[line.range.lowerBound] == 0x20 || text.bytes[line.range.lowerBound] == 0x09,
                text.lines[end].content.lowerBound == text.lines[end].range.lowerBound
            else { break }
            last += 1
        }
        return last
    }
}
