// Weighted characters, after the published configuration 3 of twitter-text: a character of the first scripts counts 1,
// any other 2, an emoji of however many scalars 2, a URL 23.

/// Counts weighted characters.
enum WeightedLength {
    /// What is counted as one, and never cut.
    struct Atom {
        let end: Substring.Index
        let weight: Int
    }

    /// Every URL counts as many, for all are shortened.
    private static let urlWeight = 23
    /// The scalars that count 1.
    private static let light: [ClosedRange<UInt32>] = [0...4351, 8192...8205, 8208...8223, 8242...8247]

    /// The URLs and characters of a text in order.
    static func atoms(of text: Substring) -> [Atom] {
        var atoms: [Atom] = []
        var at = text.startIndex
        var isInsideWord = false
        while at < text.endIndex {
            let rest = text[at...]
            if !isInsideWord, let url = urlEnd(in: rest) {
                // Whether a bare name is a domain is decided by a list that we have not: the longer of both counts.
                let isBare = !rest.hasScheme
                let own = isBare ? rest[..<url].reduce(0) { $0 + weight(of: $1) } : 0
                atoms.append(Atom(end: url, weight: max(urlWeight, own)))
                at = url
                isInsideWord = true
            } else {
                let character = text[at]
                isInsideWord = isHost(character) || "@#$_-./".contains(character)
                at = text.index(after: at)
                atoms.append(Atom(end: at, weight: weight(of: character)))
            }
        }
        return atoms
    }

    private static func weight(of character: Character) -> Int {
        let scalars = character.unicodeScalars
        guard let first = scalars.first else { return 0 }
        let isEmoji =
            first.properties.isEmojiPresentation
            || scalars.contains { $0.value == 0xFE0F || $0.value == 0x20E3 || $0.properties.isEmojiModifier }
        if isEmoji { return 2 }
        return scalars.reduce(0) { sum, scalar in sum + (light.contains { $0.contains(scalar.value) } ? 1 : 2) }
    }

    // MARK: - URLs

    /// Where the URL ends that begins here; `nil` when none does. With a scheme or without one: `example.com/path`.
    private static func urlEnd(in text: Substring) -> Substring.Index? {
        let host = text.hasScheme ? text[text.index(text.startIndex, offsetBy: text.schemeLength)...] : text
        guard let first = host.first, isHost(first) else { return nil }
        let name = host.prefix { isHost($0) || $0 == "." || $0 == "-" }
        let labels = trimmed(name).split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, labels.allSatisfy({ !$0.isEmpty }), let last = labels.last,
            (2...24).contains(last.count), last.allSatisfy({ $0.isASCII && $0.isLetter }),
            text.hasScheme || last.allSatisfy(\.isLowercase)
        else { return nil }
        var end = trimmed(name).endIndex
        guard end == name.endIndex else { return end }
        let tail = host[end...]
        if let mark = tail.first, "/:?#".contains(mark) {
            end = trimmed(tail.prefix { isURL($0) }).endIndex
        }
        return end
    }

    /// Without the punctuation that ends a sentence and not the URL.
    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let last = text.last, ".,:;!?'\")-".contains(last) { text = text.dropLast() }
        return text
    }

    private static func isHost(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber)
    }

    private static func isURL(_ character: Character) -> Bool {
        isHost(character) || character.isASCII && "-._~:/?#[]@!$&'()*+,;=%|".contains(character)
    }
}

extension Substring {
    fileprivate var schemeLength: Int {
        let start = prefix(8).lowercased()
        return start == "https://" ? 8 : start.hasPrefix("http://") ? 7 : 0
    }

    fileprivate var hasScheme: Bool { schemeLength > 0 }
}
