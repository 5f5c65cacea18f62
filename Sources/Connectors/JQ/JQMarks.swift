// libjq 1.6 does not say where a running program failed. So a program that failed runs once more with marks in it:
// every term that can fail, `T`, becomes `(__at(LINE)|T)`, and a call `(__at(LINE)|f|__at(LINE))`, since the call may
// have left the mark of another line. A mark passes its input on and tells its line through `debug`; the last line
// told is the line of the error. A term in place of a term keeps every precedence and every path as it was.

/// Puts marks into the text of a program.
struct JQMarks {
    /// Stands before a marked program. The line is told inside a `as` source, which paths do not see.
    static let definition = "def __at($line): ($line | debug) as $_ | .; "

    private let tokens: [JQToken]
    /// What to put before which byte of the text, in the order found.
    private var insertions: [Int: String] = [:]

    /// `source` with its marks; its lines stay its lines.
    static func insert(into source: String, firstLine: Int) -> String {
        var lexer = JQLexer(source, firstLine: firstLine)
        lexer.run()
        var marks = JQMarks(tokens: lexer.tokens)
        marks.find()
        return marks.applied(to: source)
    }

    private init(tokens: [JQToken]) {
        self.tokens = tokens
    }

    private func applied(to source: String) -> String {
        var text: [UInt8] = []
        let bytes = Array(source.utf8)
        for offset in 0...bytes.count {
            if let insertion = insertions[offset] { text.append(contentsOf: insertion.utf8) }
            if offset < bytes.count { text.append(bytes[offset]) }
        }
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func find() {
        var index = 0
        while index < tokens.count {
            let token = tokens[index]
            switch (token.kind, token.text) {
            case (.word, "def") where !token.isKey: index = skip(from: index) { $0.is(":") }
            case (.word, "as") where !token.isKey: index = skipPattern(from: index)
            case (.word, "label") where !token.isKey, (.word, "break") where !token.isKey: index += 2
            default:
                if beginsTerm(index) { mark(index) }
                index += 1
            }
        }
    }

    // MARK: - Where terms begin and end

    private static let keywords: Set<String> = [
        "as", "def", "if", "then", "else", "elif", "end", "and", "or", "reduce", "foreach", "try", "catch", "label",
        "break", "module", "__loc__",
    ]

    /// Whether a term of its own begins here, not the next step of the term before, nor a key.
    private func beginsTerm(_ index: Int) -> Bool {
        let token = tokens[index]
        guard !token.isKey, index == 0 || !endsTerm(tokens[index - 1]) else { return false }
        switch token.kind {
        case .word: return !Self.keywords.contains(token.text)
        case .field, .variable, .number, .format, .quote: return true
        case .symbol:
            // `."name"` is one step: its dot alone is no term.
            let isName = index + 1 < tokens.count && tokens[index + 1].kind == .quote
            return token.text == ".." || token.text == "." && !isName
        case .unquote, .hole, .unhole: return false
        }
    }

    private func endsTerm(_ token: JQToken) -> Bool {
        switch token.kind {
        case .field, .variable, .number, .format, .unquote: true
        case .word: !Self.keywords.contains(token.text)
        case .symbol: [")", "]", "}", ".", "..", "?"].contains(token.text)
        case .quote, .hole, .unhole: false
        }
    }

    private mutating func mark(_ index: Int) {
        let token = tokens[index]
        var last = index
        var after = ")"
        let next = index + 1 < tokens.count ? tokens[index + 1] : nil
        switch token.kind {
        case .word:
            if next?.is("(") == true { last = tokens[index + 1].partner ?? index }
            after = "|__at(\(token.line)))"
        case .field where next?.is("?") == true: last = index + 1  // `.a?` forgives more than `(.a)?` may stand for
        case .quote: last = token.partner ?? index
        case .format where next?.kind == .quote: last = next?.partner ?? index
        default: break
        }
        insertions[token.bytes.lowerBound, default: ""] += "(__at(\(token.line))|"
        // Of two that end at one byte the inner one was found later and must close first.
        let end = tokens[last].bytes.upperBound
        insertions[end] = after + (insertions[end] ?? "")
    }

    // MARK: - What holds no terms

    private func skip(from start: Int, to isEnd: (JQToken) -> Bool) -> Int {
        var index = start
        while index < tokens.count, !isEnd(tokens[index]) { index += 1 }
        return index
    }

    /// From `as` to the `|` or the `(` behind its pattern.
    private func skipPattern(from start: Int) -> Int {
        var index = start + 1
        while index < tokens.count, !tokens[index].is("|"), !tokens[index].is("(") {
            index = (tokens[index].partner ?? index) + 1
        }
        return index
    }
}
