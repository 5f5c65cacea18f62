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
        /// Weighted characters: see ``WeightedLength``.
        case weighted
    }

    /// One limit in one unit.
    package struct Bound: Sendable, Hashable {
        /// At least 1.
        package let max: Int
        package let unit: Unit

        package init(max: Int, unit: Unit) {
            self.max = max
            self.unit = unit
        }
    }

    /// The limits that hold at one time; the first is the one that people are told.
    package let bounds: [Bound]
    /// Whether a longer text is sent in several messages; otherwise it is refused.
    package let splits: Bool
    /// Stands behind each of several parts, `{n}` and `{total}` replaced; `nil`: nothing.
    package let suffix: String?
    /// Whether a part answers the part before it.
    package let chains: Bool

    package init(max: Int, unit: Unit, splits: Bool) {
        self.init(Bound(max: max, unit: unit), splits: splits)
    }

    package init(
        _ bound: Bound, also: Bound? = nil, splits: Bool, suffix: String? = nil, chains: Bool = false
    ) {
        bounds = [bound] + (also.map { [$0] } ?? [])
        self.splits = splits
        self.suffix = suffix
        self.chains = chains
    }

    /// The first limit.
    package var max: Int { bounds[0].max }
    /// The unit of the first limit.
    package var unit: Unit { bounds[0].unit }

    /// The length of `text` in the network's unit.
    package func length(of text: some StringProtocol) -> Int {
        unit.length(of: text)
    }

    /// Whether a text is within every limit.
    private func fits(_ text: Substring, in room: [Bound]) -> Bool {
        room.allSatisfy { $0.unit.length(of: text) <= $0.max }
    }

    /// The parts in which `text` is sent, in order: each within every limit, cut after a paragraph, else a line, else a
    /// sentence, else a word, and only then inside a word; never inside a grapheme cluster unless one alone is too
    /// long. White space at a cut is dropped; the suffix stands behind each part. `nil`: too long for a network that
    /// takes no parts, or that leaves no room beside the suffix.
    package func parts(of text: String) -> [String]? {
        if fits(Substring(text), in: bounds) { return [text] }
        guard splits else { return nil }
        guard let suffix else { return pieces(of: text) { _ in bounds } }
        // How long a suffix is depends on how many digits the total has: room for one digit, else for two, and so on.
        for digits in 1...Self.totalDigitsMax {
            let widest = String(repeating: "9", count: digits)
            guard let pieces = pieces(of: text, in: { room(beside: Self.filled(suffix, "\($0)", widest)) }) else {
                break
            }
            let total = String(pieces.count)
            guard total.count <= digits else { continue }
            return pieces.enumerated().map { $1 + Self.filled(suffix, "\($0 + 1)", total) }
        }
        return nil
    }

    /// How many digits the number of parts may have.
    private static let totalDigitsMax = 6

    private static func filled(_ suffix: String, _ number: String, _ total: String) -> String {
        suffix.replacing("{n}", with: number).replacing("{total}", with: total)
    }

    /// What the suffix leaves of every limit.
    private func room(beside suffix: String) -> [Bound] {
        bounds.map { Bound(max: $0.max - $0.unit.length(of: suffix), unit: $0.unit) }
    }

    /// Whether the longest suffix leaves room for a text.
    package var hasRoom: Bool {
        let widest = String(repeating: "9", count: Self.totalDigitsMax)
        return suffix.map { room(beside: Self.filled($0, widest, widest)).allSatisfy { $0.max >= 1 } } ?? true
    }

    /// - Parameter room: the limits of the part with this number, from 1.
    private func pieces(of text: String, in room: (Int) -> [Bound]) -> [String]? {
        var parts: [String] = []
        var rest = Substring(text)
        while true {
            let bounds = room(parts.count + 1)
            guard bounds.allSatisfy({ $0.max >= 1 }) else { return nil }
            if fits(rest, in: bounds) { break }
            let window = longestPrefix(of: rest, within: bounds)
            let end = Self.cut(in: window)
            let part = rest[..<end].trimmingSuffix(while: \.isWhitespace)
            if !part.isEmpty { parts.append(String(part)) }
            rest = rest[end...].drop(while: \.isWhitespace)
        }
        if !rest.isEmpty { parts.append(String(rest)) }
        return parts
    }

    private func longestPrefix(of text: Substring, within bounds: [Bound]) -> Substring {
        let isWeighted = bounds.contains { $0.unit == .weighted }
        var used = bounds.map { _ in 0 }
        var end = text.startIndex
        var atoms = isWeighted ? WeightedLength.atoms(of: text)[...] : []
        walk: while end < text.endIndex {
            let atom = atoms.popFirst()
            let next = atom?.end ?? text.index(after: end)
            for (index, bound) in bounds.enumerated() {
                let isAtom = bound.unit == .weighted
                used[index] += isAtom ? atom?.weight ?? 0 : bound.unit.length(of: text[end..<next])
                if used[index] > bound.max { break walk }
            }
            end = next
        }
        if end > text.startIndex { return text[..<end] }
        // One cluster alone is longer than the limit: cut it at scalars, at least one.
        var scalarEnd = text.unicodeScalars.index(after: text.startIndex)
        while scalarEnd < text.endIndex {
            let next = text.unicodeScalars.index(after: scalarEnd)
            if !fits(text[text.startIndex..<next], in: bounds) { break }
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

extension TextLimit.Unit {
    /// The length of `text` in this unit.
    package func length(of text: some StringProtocol) -> Int {
        switch self {
        case .characters: text.unicodeScalars.count
        case .utf16: text.utf16.count
        case .graphemes: text.count
        case .bytes: text.utf8.count
        case .weighted: WeightedLength.atoms(of: Substring(text)).reduce(0) { $0 + $1.weight }
        }
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
