// Reads jq 1.6 source into tokens, as far as is needed to tell a word from a field, a key, a comment or a string.
// It never fails: what libjq would not read either comes out as some token or other, and libjq tells.

/// One token of jq source.
struct JQToken {
    enum Kind {
        /// An identifier or a keyword: `map`, `then`, `lib::name`.
        case word
        /// `.name`
        case field
        /// `$name`; the text is without the `$`.
        case variable
        case number
        /// `@base64`
        case format
        /// The quotes that begin and end a string, and `\(` and `)` around an expression inside one.
        case quote, unquote, hole, unhole
        /// Everything else: `|`, `|=`, `(`, `.` …
        case symbol
    }

    let kind: Kind
    let text: String
    /// Offsets of the token in the UTF-8 text.
    let bytes: Range<Int>
    let line: Int
    /// Whether the token stands where an object's key does: there a word is no call.
    let isKey: Bool
    /// For `(`, `[`, `{`, a quote and a hole: the index of the token that ends it.
    var partner: Int?

    func `is`(_ symbol: String) -> Bool { kind == .symbol && text == symbol }
}

/// A cursor over jq source.
struct JQLexer {
    private let source: [UInt8]
    private var at = 0
    private var line: Int
    /// Indices of the tokens that are open: brackets, quotes, holes.
    private var open: [Int] = []
    private(set) var tokens: [JQToken] = []
    /// The first bracket or quote without its partner.
    private(set) var imbalance: (line: Int, problem: String)?

    init(_ source: String, firstLine: Int = 1) {
        self.source = Array(source.utf8)
        line = firstLine
    }

    /// Reads the whole text.
    mutating func run() {
        while let byte = peek() {
            switch byte {
            case 0x0A:
                line += 1
                at += 1
            case 0x20, 0x09, 0x0D: at += 1
            case UInt8(ascii: "#"): skip { $0 != 0x0A }
            case UInt8(ascii: "\""): string()
            case UInt8(ascii: "$"): variable()
            case UInt8(ascii: "@"): token(.format) { lexer in lexer.skip(after: 1, while: Self.isWord) }
            case UInt8(ascii: "."): dot()
            case UInt8(ascii: "0")...UInt8(ascii: "9"): number()
            case _ where Self.isWordStart(byte): token(.word) { lexer in lexer.path() }
            default: symbol(byte)
            }
        }
        if let index = open.first, imbalance == nil {
            imbalance = (tokens[index].line, "`\(tokens[index].text)` is opened here and never closed")
        }
    }

    // MARK: - Bytes

    private func peek(_ ahead: Int = 0) -> UInt8? {
        at + ahead < source.count ? source[at + ahead] : nil
    }

    private static func isWordStart(_ byte: UInt8) -> Bool {
        byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A || byte == 0x5F
    }

    private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }

    private static func isWord(_ byte: UInt8) -> Bool { isWordStart(byte) || isDigit(byte) }

    private mutating func skip(after count: Int = 0, while holds: (UInt8) -> Bool) {
        at += count
        while let byte = peek(), holds(byte) { at += 1 }
    }

    /// `name`, `lib::name`.
    private mutating func path() {
        skip(while: Self.isWord)
        while peek() == 0x3A, peek(1) == 0x3A, let start = peek(2), Self.isWordStart(start) {
            skip(after: 2, while: Self.isWord)
        }
    }

    // MARK: - Tokens

    private mutating func token(_ kind: JQToken.Kind, _ read: (inout JQLexer) -> Void) {
        let start = at
        let line = self.line
        read(&self)
        append(kind, start, String(decoding: source[start..<at], as: UTF8.self), line)
    }

    private mutating func append(_ kind: JQToken.Kind, _ start: Int, _ text: String, _ line: Int) {
        let inObject = open.last.map { tokens[$0].is("{") } ?? false
        let isKey = inObject && (tokens.last.map { $0.is("{") || $0.is(",") } ?? false)
        tokens.append(JQToken(kind: kind, text: text, bytes: start..<at, line: line, isKey: isKey))
    }

    /// `$name`; between the two may stand white space and comments.
    private mutating func variable() {
        let start = at
        let line = self.line
        at += 1
        while let byte = peek(), [0x20, 0x09, 0x0D, 0x0A, 0x23].contains(byte) {
            if byte == 0x23 { skip { $0 != 0x0A } } else { at += 1 }
            if byte == 0x0A { self.line += 1 }
        }
        let name = at
        path()
        append(.variable, start, String(decoding: source[name..<at], as: UTF8.self), line)
    }

    private mutating func dot() {
        switch peek(1) {
        case .some(let next) where Self.isWordStart(next):
            token(.field) { lexer in lexer.skip(after: 1, while: Self.isWord) }
        case .some(let next) where Self.isDigit(next): number()
        case UInt8(ascii: "."): token(.symbol) { lexer in lexer.at += 2 }
        default: token(.symbol) { lexer in lexer.at += 1 }
        }
    }

    private mutating func number() {
        token(.number) { lexer in
            lexer.skip(while: Self.isDigit)
            if lexer.peek() == 0x2E { lexer.skip(after: 1, while: Self.isDigit) }
            guard let mark = lexer.peek(), mark | 0x20 == 0x65 else { return }
            let sign = lexer.peek(1) == 0x2B || lexer.peek(1) == 0x2D ? 1 : 0
            guard let digit = lexer.peek(1 + sign), Self.isDigit(digit) else { return }
            lexer.skip(after: 1 + sign, while: Self.isDigit)
        }
    }

    private static let longSymbols = ["?//", "//=", "|=", "+=", "-=", "*=", "/=", "%=", "==", "!=", "<=", ">=", "//"]

    private mutating func symbol(_ byte: UInt8) {
        if let long = Self.longSymbols.first(where: { source[at...].starts(with: $0.utf8) }) {
            token(.symbol) { lexer in lexer.at += long.utf8.count }
            return
        }
        switch byte {
        case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"):
            token(.symbol) { lexer in lexer.at += 1 }
            open.append(tokens.count - 1)
        case UInt8(ascii: ")") where open.last.map({ tokens[$0].kind == .hole }) ?? false:
            token(.unhole) { lexer in lexer.at += 1 }
            close()
            stringContent()
        case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
            token(.symbol) { lexer in lexer.at += 1 }
            closeBracket(byte)
        default: token(.symbol) { lexer in lexer.at += 1 }
        }
    }

    private mutating func closeBracket(_ byte: UInt8) {
        let opening: [UInt8: String] = [0x29: "(", 0x5D: "[", 0x7D: "{"]
        if let index = open.last, tokens[index].is(opening[byte] ?? "") {
            close()
        } else if imbalance == nil {
            imbalance = (line, "`\(Unicode.Scalar(byte))` closes nothing that is open")
        }
    }

    /// The token just read ends the one opened last.
    private mutating func close() {
        guard let index = open.popLast() else { return }
        tokens[index].partner = tokens.count - 1
    }

    // MARK: - Strings

    private mutating func string() {
        token(.quote) { lexer in lexer.at += 1 }
        open.append(tokens.count - 1)
        stringContent()
    }

    /// Reads on inside a string, to its end or to the next hole.
    private mutating func stringContent() {
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "\""):
                token(.unquote) { lexer in lexer.at += 1 }
                close()
                return
            case UInt8(ascii: "\\") where peek(1) == UInt8(ascii: "("):
                token(.hole) { lexer in lexer.at += 2 }
                open.append(tokens.count - 1)
                return
            case UInt8(ascii: "\\") where peek(1) != 0x0A: at = min(at + 2, source.count)
            default:
                if byte == 0x0A { line += 1 }
                at += 1
            }
        }
    }
}
