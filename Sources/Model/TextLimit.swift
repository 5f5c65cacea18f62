// How long a text may be on a channel, and how a longer one is cut.

/// The longest text that a network takes in one message.
package struct TextLimit: Sendable, Hashable {
    /// What a network counts.
    package enum Unit: String, Sendable, CaseIterable {
        /// Unicode scalar values.
        case characters
        /// UTF-16 code units.
        case utf16
        /// What a reader sees as one sign (extended grapheme clusters).
        case graphemes
        /// UTF-8 bytes.
        case bytes
    }

    /// At least 1, in `unit`.
    package let max: Int
    package let unit: Unit
    /// Whether a longer text is sent in several messages; otherwise it is refused.
    package let splits: Bool

    package init(max: Int, unit: Unit, splits: Bool) {
        self.max = max
        self.unit = unit
        self.splits = splits
    }

    /// The length of `text` in the network's unit.
    package func length(of text: some StringProtocol) -> Int {
        switch unit {
        case .characters: text.unicodeScalars.count
        case .utf16: text.utf16.count
        case .graphemes: text.count
        case .bytes: text.utf8.count
        }
    }

    /// The parts in which `text` is sent, in order: each at most `max` long, cut after a paragraph, else a line, else a
    /// sentence, else a word, and only then inside a word; never inside a grapheme cluster unless one alone is too
    /// long. White space at a cut is dropped. `nil`: too long for a network that takes no parts.
    package func parts(of text: String) -> [String]? {
        if length(of: text) <= max { return [text] }
        guard splits else { return nil }
        var parts: [String] = []
        var rest = Substring(text)
        while length(of: rest) > max {
            let window = longestPrefix(of: rest)
            let end = Self.cut(in: window)
            let part = rest[..<end].trimmingSuffix(while: \.isWhitespace)
            if !part.isEmpty { parts.append(String(part)) }
            rest = rest[end...].drop(while: \.isWhitespace)
        }
        if !rest.isEmpty { parts.append(String(rest)) }
        return parts
    }

    private func longestPrefix(of text: Substring) -> Substring {
        var used = 0
        var end = text.startIndex
        while end < text.endIndex {
            let next = text.index(after: end)
            used += length(of: text[end..<next])
            if used > max { break }
            end = next
        }
        if end > text.startIndex { return text[..<end] }
        // One cluster alone is longer than the limit: cut it at scalars, at least one.
        var scalarEnd = text.unicodeScalars.index(after: text.startIndex)
        while scalarEnd < text.endIndex {
            let next = text.unicodeScalars.index(after: scalarEnd)
            if length(of: text[text.startIndex..<next]) > max { break }
            scalarEnd = next
        }
        return text[..<scalarEnd]
    }

    /// The best place to cut in the later half of `window`; its end when there is none.
    private static func cut(in window: Substring) -> Substring.Index {
        let middle = window.index(window.startIndex, offsetBy: window.count / 2)
        let late = window[middle...]
        for mark in ["\n\n", "\n"] {
            if let range = late.lastRange(of: mark) { return range.upperBound }
        }
        let sentenceEnds: Set<Character> = [".", "!", "?", "…", "。", "！", "？"]
        let sentence = late.indices.last { index in
            let next = late.index(after: index)
            return sentenceEnds.contains(late[index]) && next < late.endIndex && late[next].isWhitespace
        }
        if let sentence { return late.index(after: sentence) }
        if let word = late.lastIndex(where: \.isWhitespace) { return late.index(after: word) }
        return window.endIndex
    }
}

extension Substring {
    fileprivate func trimmingSuffix(while matches: (Character) -> Bool) -> Substring {
        var end = endIndex
        while end > startIndex, matches(self[index(before: end)]) { end = index(before: end) }
        return self[..<end]
    }

    fileprivate func lastRange(of mark: String) -> Range<Index>? {
        var found: Range<Index>?
        var start = startIndex
        while let range = self[start...].firstRange(of: mark) {
            found = range
            start = range.upperBound
        }
        return found
    }
}
