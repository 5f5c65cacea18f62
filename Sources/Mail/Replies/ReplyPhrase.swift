// A line, or a few that belong together, as words to look up.

/// Words in lower case. Lists of words compare canonically, so it does not matter how letters with marks are composed.
struct ReplyPhrase: Sendable {
    /// In lower case, with one kind of space.
    let text: String

    init(_ text: String) {
        self.text = text.lowercased()
    }

    /// Split at blanks, with their punctuation.
    var words: [Substring] { text.split(separator: " ") }

    /// The words without punctuation around them; what is nothing else is left out.
    var bareWords: [Substring] {
        words.map(Self.bare).filter { !$0.isEmpty }
    }

    /// Whether it is these words or begins with them; the words are in lower case, with single blanks.
    func begins(with start: String) -> Bool {
        text.hasPrefix(start)
    }

    /// A word without punctuation at its ends.
    static func bare(_ word: Substring) -> Substring {
        var scalars = word.unicodeScalars
        while let first = scalars.first, isPunctuation(first) { scalars.removeFirst() }
        while let last = scalars.last, isPunctuation(last) { scalars.removeLast() }
        return Substring(scalars)
    }

    private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x30...0x39, 0x40, 0x41...0x5A, 0x61...0x7A: false
        case 0x00...0x7F: true
        default: punctuation.contains(scalar)
        }
    }

    private static let punctuation = Set("«»„“”‘’‚‹›–—…·•：，。（）、".unicodeScalars)
}
