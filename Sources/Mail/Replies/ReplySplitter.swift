// Step 3 of the hallway: what a mail says that it did not say before. The marks that programs leave in HTML are looked
// at first, then the patterns of text; both look at lines in one form, so that each rule is written once.

/// Cuts bodies into the new part, the quoted part and the signature.
package enum ReplySplitter {
    /// Bodies longer than this, in bytes, are not looked at: all of them is new.
    package static let bytesMax = 8 << 20

    /// The parts of a mail's body.
    ///
    /// The HTML body is cut when its elements say what is quoted; else the text, or the HTML's own text when there is
    /// no other.
    /// - Parameters:
    ///   - text: the plain body as it came; `nil` when the mail has only an HTML body.
    ///   - html: the HTML body; `nil` when there is none.
    ///   - subject: tells a forward from an answer where the bodies are alike.
    package static func split(text: String?, html: String? = nil, subject: String? = nil) -> SplitReply {
        let subject = ReplySubject(subject)
        var fromHTML: SplitReply?
        if let html, html.utf8.count <= bytesMax {
            let lines = HTMLLines.read(html)
            let reply = split(lines, subject, isFromHTML: true)
            let isTold = reply.rule == .htmlQuote || reply.rule == .htmlDivider
            let isMarked = isTold || lines.lines.contains { $0.sense != .none && $0.sense != .headers }
            if isMarked { return reply }
            fromHTML = reply
        }
        guard let text, !text.isEmpty || fromHTML == nil else {
            return fromHTML ?? SplitReply(pieces: [], rule: .whole, isFromHTML: false)
        }
        guard text.utf8.count <= bytesMax else {
            return SplitReply(pieces: [.init(part: .new, text: text)], rule: .whole, isFromHTML: false)
        }
        let fromText = split(ReplyText(text), subject, isFromHTML: false)
        // Some text bodies lack what the HTML has.
        guard let fromHTML, fromText.rule == .whole, fromHTML.rule != .whole else { return fromText }
        return fromHTML
    }

    private static func split(_ text: ReplyText, _ subject: ReplySubject, isFromHTML: Bool) -> SplitReply {
        let kinds = ReplyKinds(text, subject: subject)
        let text = kinds.text
        let decision = ReplyDecision(kinds)
        var pieces: [SplitReply.Piece] = []
        var start = 0
        for index in text.lines.indices
        where index + 1 == text.lines.count || decision.parts[index + 1] != decision.parts[start] {
            let range = text.lines[start].range.lowerBound..<text.lines[index].range.upperBound
            pieces.append(.init(part: decision.parts[start], text: String(decoding: text.bytes[range], as: UTF8.self)))
            start = index + 1
        }
        return SplitReply(pieces: pieces, rule: decision.rule, isFromHTML: isFromHTML)
    }
}
