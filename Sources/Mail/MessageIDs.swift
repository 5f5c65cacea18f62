// Message-ID, In-Reply-To and References (RFC 5322 section 3.6.4) as programs write them.

/// Reads the ids of mails; what stands for an id here has no brackets.
enum MessageIDs {
    /// How many ids of one field are kept: the first, for it began the thread, and the last ones.
    static let countMax = 200
    /// How long an id may be, in bytes; RFC 5322 section 2.1.1 allows no longer line.
    static let bytesMax = 998

    /// The id of a Message-ID field; `nil`: it has none.
    static func one(_ value: [UInt8]) -> String? {
        if let first = list(value).first { return first }
        let word = decoded(value).filter { !$0.isWhitespace && $0 != "<" && $0 != ">" }
        return word.isEmpty || word.utf8.count > bytesMax ? nil : word
    }

    /// All ids of a field's value in order, each once.
    static func list(_ value: [UInt8]) -> [String] {
        let text = decoded(value)
        var found = bracketed(text)
        if found.isEmpty {
            // Without brackets: words with an `@`. A sentence names a person and no mail.
            let words = text.split { $0.isWhitespace || $0 == "," || $0 == ";" }
            if words.allSatisfy({ $0.contains("@") }) { found = words.map { $0.filter { !"<>\"".contains($0) } } }
        }
        var seen: Set<String> = []
        found = found.filter { !$0.isEmpty && $0.utf8.count <= bytesMax && seen.insert($0).inserted }
        return found.count <= countMax ? found : [found[0]] + found.suffix(countMax - 1)
    }

    /// Some programs encode long values, which RFC 2047 section 5 forbids.
    private static func decoded(_ value: [UInt8]) -> String {
        let text = value.starts(with: [0x3D, 0x3F]) ? EncodedWords.decode(value) : Charset.guess(value)
        return EncodedWords.oneLine(text)
    }

    /// What stands in brackets and is no sentence, without the spaces that folding left in it. A bracket that is not
    /// closed ends with the next word.
    private static func bracketed(_ text: String) -> [String] {
        var found: [String] = []
        var rest = text[...]
        while let start = rest.firstIndex(of: "<") {
            rest = rest[rest.index(after: start)...]
            let end = rest.firstIndex { $0 == ">" || $0 == "<" } ?? rest.endIndex
            let isClosed = end < rest.endIndex && rest[end] == ">"
            let inside = isClosed ? rest[..<end] : rest[..<end].prefix { !$0.isWhitespace && $0 != "," }
            found.append(inside.filter { !$0.isWhitespace })
            rest = isClosed ? rest[rest.index(after: end)...] : rest[end...]
        }
        return found
    }
}
