// What a mail's body falls into: what the person wrote now, what was there before, and how the person signs.

/// A body, cut at line ends. Nothing is lost: the pieces in their order are the whole body, byte for byte.
package struct SplitReply: Sendable, Hashable {
    /// What a piece is.
    package enum Part: String, Sendable {
        /// What the sender wrote now, forwarded text and quotes with answers between them included.
        case new
        /// Earlier messages, with the lines that introduce them.
        case quoted
        /// The sender's signature, and what a program or a list puts under every mail.
        case signature
    }

    /// Adjoining lines of one kind.
    package struct Piece: Sendable, Hashable {
        package let part: Part
        /// The lines as they stand, with their ends.
        package let text: String
    }

    /// Which rule decided where the new part ends.
    package enum Rule: String, Sendable, CaseIterable {
        /// Nothing quoted was found: the whole body is new, but for a signature.
        case whole
        /// The HTML says which element is the quote.
        case htmlQuote = "html-quote"
        /// The HTML has the mark that a program puts where the earlier mail begins.
        case htmlDivider = "html-divider"
        /// A line such as “On … wrote:” stands above the quote.
        case attribution
        /// A block of header lines such as From, Sent, To and Subject stands above the quote.
        case headerBlock = "header-block"
        /// A line such as “-----Original Message-----” stands above the quote.
        case originalMessage = "original-message"
        /// A line asks to write above it.
        case writeAbove = "write-above"
        /// Lines that begin with `>` at the beginning or the end.
        case quoteMarks = "quote-marks"
        /// Answers stand between quoted lines: the quotes that they answer are kept with them.
        case interleaved
        /// The mail forwards another one, which is then what the mail says.
        case forwarded
        /// All is quoted: nothing new was written.
        case onlyQuote = "only-quote"
    }

    /// All of the body, in order; neighbours differ in their part.
    package let pieces: [Piece]
    package let rule: Rule
    /// Whether the body that was cut is the HTML one, as text.
    package let isFromHTML: Bool

    /// What was written now, without blank lines around it; empty for a mail that only quotes.
    package var new: String { text(of: .new) }
    /// What was quoted, without blank lines around it.
    package var quoted: String { text(of: .quoted) }
    /// How the sender signs, without blank lines around it.
    package var signature: String { text(of: .signature) }

    private func text(of part: Part) -> String {
        var lines: [Substring] = []
        for piece in pieces where piece.part == part {
            // A gap between two pieces of one part is one blank line.
            if !lines.isEmpty { lines.append("") }
            lines += piece.text.splitLines().droppingBlankEnds()
        }
        var text = lines.droppingBlankEnds().joined(separator: "\n")
        while text.unicodeScalars.last?.properties.isWhitespace ?? false { text.unicodeScalars.removeLast() }
        return text
    }
}

extension String {
    /// The lines without their ends, which are LF, CRLF or CR.
    fileprivate func splitLines() -> [Substring] {
        split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" || $0 == "\r" }
    }
}

extension Array<Substring> {
    fileprivate func droppingBlankEnds() -> [Substring] {
        func isBlank(_ line: Substring) -> Bool { line.unicodeScalars.allSatisfy(\.properties.isWhitespace) }
        guard let first = firstIndex(where: { !isBlank($0) }), let last = lastIndex(where: { !isBlank($0) }) else {
            return []
        }
        return Array(self[first...last])
    }
}
