// HTML as lines of text, each with what its element means. What a person sees in the mail is all here; how it looks is
// not.

/// Writes the lines of one HTML body.
struct HTMLLines {
    /// An open element.
    private struct Element {
        let name: String
        var sense: HTMLSense
        /// An answer may follow a block quotation in it.
        var isAnswerable = false
        var isPreformatted = false
        /// No browser shows it.
        var isHidden = false
        var isParagraph = false
        /// What to write behind a link.
        var address: String?
        /// The number of the last item of an ordered list; `nil` for any other element.
        var items: Int?
    }

    private var scanner: HTMLScanner
    private var output: [UInt8] = []
    private var senses: [HTMLSense] = []
    private var stack: [Element] = []
    /// How many elements of a name are open.
    private var open: [String: Int] = [:]
    private var line: [UInt8] = []
    private var lineSense = HTMLSense.none
    /// What the next line that says something begins.
    private var beginning: HTMLSense?
    private var wantsGap = false
    private var hasSpace = false

    /// How far an end tag looks for its start tag past others that were never closed.
    private static let strayTagsMax = 64

    /// The lines of `html`.
    static func read(_ html: String) -> ReplyText {
        var lines = HTMLLines(scanner: HTMLScanner(html))
        return lines.read()
    }

    private init(scanner: HTMLScanner) {
        self.scanner = scanner
    }

    private mutating func read() -> ReplyText {
        while let token = scanner.next() {
            switch token {
            case .start(let tag): start(tag)
            case .end(let name): end(name)
            case .text(let range): write(CharacterReferences.decode(scanner.bytes[range]))
            }
        }
        breakLine()
        var text = ReplyText(String(decoding: output, as: UTF8.self))
        for (index, sense) in senses.enumerated() where index < text.lines.count { text.lines[index].sense = sense }
        return text
    }

    // MARK: - Lines

    private var sense: HTMLSense { stack.last?.sense ?? .none }

    private mutating func write(_ text: [UInt8]) {
        if stack.last?.isHidden ?? false { return }
        if stack.last?.isPreformatted ?? false {
            for byte in text {
                if byte == 0x0A {
                    endLine()
                } else if byte != 0x0D {
                    put(byte)
                }
            }
            return
        }
        for byte in text {
            if byte == 0x20 || (0x09...0x0D).contains(byte) {
                hasSpace = !line.isEmpty
            } else {
                if hasSpace { line.append(0x20) }
                hasSpace = false
                put(byte)
            }
        }
    }

    private mutating func put(_ byte: UInt8) {
        if line.isEmpty {
            if wantsGap, !senses.isEmpty, output.last == 0x0A, output.dropLast().last != 0x0A { emit([], sense) }
            wantsGap = false
            lineSense = sense
            if let beginning, sense != .quote { lineSense = beginning }
            beginning = nil
        }
        line.append(byte)
    }

    private mutating func emit(_ line: [UInt8], _ sense: HTMLSense) {
        output += line
        output.append(0x0A)
        senses.append(sense)
    }

    /// Ends a line, an empty one too.
    private mutating func endLine() {
        emit(line, line.isEmpty ? sense : lineSense)
        line = []
        hasSpace = false
    }

    /// Ends a line in which something stands.
    private mutating func breakLine() {
        if !line.isEmpty { endLine() }
    }

    // MARK: - Elements

    private mutating func start(_ tag: HTMLTag) {
        if tag.name == "br" { return endLine() }
        let isBlock = Self.blocks.contains(tag.name)
        if isBlock { breakLine() }
        var element = Element(name: tag.name, sense: sense)
        element.isHidden = (stack.last?.isHidden ?? false) || Self.isHidden(tag)
        mark(&element, HTMLMark(tag))
        switch tag.name {
        case "pre": element.isPreformatted = true
        case "p" where !Self.isTight(tag) && !element.isHidden:
            element.isParagraph = true
            wantsGap = true
        case "a":
            element.address = tag.attributes["href"].map {
                String(decoding: CharacterReferences.decode(Array($0.utf8)[...]), as: UTF8.self)
            }
        case "ul": element.items = nil
        case "ol": element.items = 0
        case "td", "th": if !line.isEmpty { hasSpace = true }
        case "img": writeAlternative(tag)
        default: break
        }
        if stack.last?.isPreformatted ?? false { element.isPreformatted = true }
        if Self.voids.contains(tag.name) { return }
        if tag.name == "li" { startItem(element) }
        stack.append(element)
        open[tag.name, default: 0] += 1
    }

    private mutating func mark(_ element: inout Element, _ mark: HTMLMark?) {
        guard let mark, element.sense != .quote else { return }
        switch mark {
        case .quote: element.sense = .quote
        case .answerableQuote:
            element.sense = .quote
            element.isAnswerable = true
        case .indent: element.sense = .indent
        case .attribution: element.sense = .attribution
        case .signature: element.sense = .signature
        case .divider: beginning = .divider
        case .headers: if beginning == nil { beginning = .headers }
        }
    }

    private mutating func startItem(_ item: Element) {
        let number = stack.last?.items.map { $0 + 1 }
        if let number { stack[stack.count - 1].items = number }
        stack.append(item)
        write(Array((number.map { "\($0). " } ?? "- ").utf8))
        hasSpace = true
        stack.removeLast()
    }

    /// Emoji are pictures in some programs; other pictures say nothing.
    private mutating func writeAlternative(_ tag: HTMLTag) {
        guard let text = tag.attributes["alt"], text.utf8.count <= 16, let first = text.utf8.first, first >= 0xE2 else {
            return
        }
        write(CharacterReferences.decode(Array(text.utf8)[...]))
    }

    private mutating func end(_ name: String) {
        let isBlock = Self.blocks.contains(name)
        if isBlock { breakLine() }
        guard open[name, default: 0] > 0, let index = opening(of: name, isBlock: isBlock) else { return }
        while stack.count > index {
            let element = stack.removeLast()
            open[element.name, default: 1] -= 1
            close(element)
        }
    }

    /// Where the element that `name` closes stands. What is no block closes none that is one.
    private func opening(of name: String, isBlock: Bool) -> Int? {
        if isBlock { return stack.lastIndex { $0.name == name } }
        for index in stack.indices.suffix(Self.strayTagsMax).reversed() {
            if stack[index].name == name { return index }
            if Self.blocks.contains(stack[index].name) { return nil }
        }
        return nil
    }

    private mutating func close(_ element: Element) {
        if element.isParagraph { wantsGap = true }
        if let address = element.address { writeAddress(address) }
        guard element.name == "blockquote", element.sense == .quote else { return }
        // What follows a block quotation in such an element answers it.
        guard let outer = stack.indices.suffix(Self.strayTagsMax).reversed().first(where: { stack[$0].isAnswerable })
        else { return }
        let sense = outer > 0 ? stack[outer - 1].sense : .none
        guard sense != .quote, !stack[outer...].contains(where: { $0.name == "blockquote" }) else { return }
        for index in outer..<stack.count { stack[index].sense = sense }
    }

    /// Where a link goes, unless its text says it.
    private mutating func writeAddress(_ address: String) {
        guard address.hasPrefix("http://") || address.hasPrefix("https://"), !line.isEmpty, address.utf8.count <= 500
        else { return }
        let bare = Array(address.utf8.drop { $0 != 0x2F }.drop { $0 == 0x2F })
        let shown = line.suffix(bare.count + 8)
        guard !shown.contains(subsequence: bare), !bare.isEmpty else { return }
        write(Array(" <\(address)>".utf8))
    }

    private static func isHidden(_ tag: HTMLTag) -> Bool {
        guard let style = tag.attributes["style"] else { return tag.attributes["hidden"] != nil }
        let bare = style.utf8.filter { $0 != 0x20 }
        return String(decoding: bare, as: UTF8.self).lowercased().contains("display:none")
    }

    /// Paragraphs of word processors have no gap between them.
    private static func isTight(_ tag: HTMLTag) -> Bool {
        let style = tag.attributes["style"] ?? ""
        return (tag.attributes["class"] ?? "").contains("Mso") || style.contains("margin:0")
            || style.contains("margin: 0")
    }

    private static let voids: Set<String> = [
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "o:p",
    ]
    private static let blocks: Set<String> = [
        "address", "article", "aside", "blockquote", "body", "center", "dd", "div", "dl", "dt", "fieldset", "footer",
        "form", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "html", "li", "main", "nav", "ol", "p",
        "pre", "section", "table", "tbody", "tfoot", "thead", "tr", "ul",
    ]
}

extension ArraySlice<UInt8> {
    /// Whether `other` stands in it; a look at each place, so both must be short.
    fileprivate func contains(subsequence other: [UInt8]) -> Bool {
        guard let first = other.first, other.count <= count else { return false }
        return (startIndex...(endIndex - other.count)).contains { at in
            self[at] == first && self[at..<(at + other.count)].elementsEqual(other)
        }
    }
}
