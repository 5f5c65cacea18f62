// Writes down as text what the parser of HTML calls out. One builder serves one text, on one thread.

import CXML

/// The text that is made of HTML: blocks on lines of their own, paragraphs with an empty line between them, `> ` before
/// quotes, `- ` and numbers before the items of lists, tabs between the cells of a row, and the address behind a link.
final class HTMLTextBuilder {
    private struct Link {
        let address: String
        /// Where its words begin in the text.
        let start: Int
    }

    /// Quotes and lists are shown no deeper than this.
    private static let shownDepthMax = 16
    /// How long the address of a link may be that is shown, in bytes.
    private static let addressBytesMax = 1000

    /// What an element does to the lines around it.
    private enum Kind { case hidden, paragraph, block, inline }

    private static let kinds: [String: Kind] = {
        let groups: [(Kind, String)] = [
            (.hidden, "head style script title template object applet svg math select audio video"),
            (.paragraph, "p h1 h2 h3 h4 h5 h6 blockquote pre dl fieldset"),
            (.block, "div tr table li ul ol dt dd address article section header footer main aside nav figure"),
            (.block, "figcaption center form body caption legend tbody thead tfoot menu dir details summary"),
        ]
        var kinds: [String: Kind] = [:]
        for (kind, names) in groups {
            for name in names.split(separator: " ") { kinds[String(name)] = kind }
        }
        return kinds
    }()

    /// Set by the one who made the parser; used to end it early.
    var parser: htmlParserCtxtPtr?
    private(set) var isFull = false
    private(set) var isTooDeep = false

    private let bytesMax: Int
    private var out: [UInt8] = []
    private var depth = 0
    /// What the open elements are that are shown.
    private var kinds: [Kind] = []
    /// How deep the element is whose content is not shown.
    private var hiddenDepth: Int?
    private var quoteDepth = 0
    /// How deep the quote was of the last line that had words.
    private var lineDepth = 0
    private var preDepth = 0
    /// For each open list the number of its next item; 0: it has no numbers.
    private var lists: [Int] = []
    private var links: [Link?] = []
    /// Line ends that come before the next word: 2 make an empty line.
    private var breaks = 0
    private var hasSpace = false
    private var hasTab = false
    private var isAtLineStart = true
    /// The mark of a list's item that waits for its words.
    private var mark: [UInt8] = []

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    func text() -> String { String(decoding: out, as: UTF8.self) }

    // MARK: - Elements

    func begin(_ name: String, _ attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?) {
        depth += 1
        guard depth <= HTMLText.depthMax else {
            isTooDeep = true
            xmlStopParser(parser)
            return
        }
        guard hiddenDepth == nil else { return }
        let kind = Self.kinds[name] ?? .inline
        kinds.append(kind)
        if kind == .hidden || Self.isHidden(attributes) {
            hiddenDepth = depth
            return
        }
        separate(kind)
        switch name {
        case "br": lineBreak()
        case "hr":
            endLine()
            word("________________________________".utf8)
            endLine()
        case "blockquote": quoteDepth += 1
        case "pre": preDepth += 1
        case "ul", "ol", "menu", "dir": lists.append(name == "ol" ? Self.number(attributes) : 0)
        case "li": beginItem()
        case "dd": mark = Array("  ".utf8)
        case "td", "th": if !isAtLineStart, breaks == 0 { hasTab = true }
        case "a": links.append(Self.address(attributes).map { Link(address: $0, start: out.count) })
        case "img":
            if let words = Self.value("alt", attributes), words.contains(where: { !$0.isWhitespace }) {
                add("[\(EncodedWords.oneLine(words))]")
            }
        case "q": add("\"")
        default: break
        }
    }

    func end(_ name: String) {
        defer { depth -= 1 }
        if let hiddenDepth {
            guard depth <= hiddenDepth else { return }
            self.hiddenDepth = nil
            _ = kinds.popLast()
            return
        }
        let kind = kinds.popLast() ?? .inline
        switch name {
        case "blockquote": quoteDepth = max(0, quoteDepth - 1)
        case "pre": preDepth = max(0, preDepth - 1)
        case "ul", "ol", "menu", "dir":
            _ = lists.popLast()
            if lists.isEmpty { breaks = max(breaks, isAtStart ? 0 : 2) }
        case "a": endLink()
        case "q": add("\"")
        default: break
        }
        separate(kind)
    }

    /// Blocks begin and end on lines of their own, paragraphs with an empty line between them.
    private func separate(_ kind: Kind) {
        switch kind {
        case .paragraph: breaks = max(breaks, isAtStart ? 0 : 2)
        case .block: endLine()
        case .hidden, .inline: break
        }
    }

    private var isAtStart: Bool { out.isEmpty }

    private func beginItem() {
        let indent = [UInt8](repeating: 0x20, count: 2 * min(max(lists.count - 1, 0), Self.shownDepthMax))
        if let number = lists.last, number > 0 {
            mark = indent + Array("\(number). ".utf8)
            lists[lists.count - 1] = number == Int.max ? 1 : number + 1
        } else {
            mark = indent + Array("- ".utf8)
        }
    }

    /// The address goes behind the words, unless they are the address.
    private func endLink() {
        guard let link = links.popLast(), let link else { return }
        let words = String(decoding: out[min(link.start, out.count)...], as: UTF8.self).lowercased()
        let address = link.address.lowercased()
        let bare =
            ["mailto:", "tel:", "https://", "http://"].first { address.hasPrefix($0) }
            .map { address.dropFirst($0.count) } ?? address[...]
        let isShown = words.hasBytes(String(bare.hasSuffix("/") ? bare.dropLast() : bare))
        guard !isShown, link.address.utf8.count <= Self.addressBytesMax else { return }
        if words.utf8.contains(where: { $0 > 0x20 && $0 != 0x3E }) {
            hasSpace = true
            word("<\(link.address)>".utf8)
        } else {
            word(link.address.utf8)
        }
    }

    // MARK: - Text

    func add(_ text: UnsafeBufferPointer<UInt8>) {
        guard hiddenDepth == nil else { return }
        var at = 0
        while at < text.count {
            let byte = text[at]
            if byte == 0x20 || (byte >= 0x09 && byte <= 0x0D) {
                if preDepth > 0 { space(byte) } else { hasSpace = true }
                at += 1
                continue
            }
            if let length = Self.invisible(text, at) {
                at += length
                continue
            }
            // A space that does not break.
            if byte == 0xC2, at + 1 < text.count, text[at + 1] == 0xA0 {
                if isAtLineStart || breaks > 0 { hasSpace = true } else { put([0x20][...]) }
                at += 2
                continue
            }
            var end = at + 1
            while end < text.count, text[end] > 0x20, text[end] < 0x80 || !Self.isSpecial(text, end) { end += 1 }
            word(text[at..<end])
            at = end
        }
    }

    private func add(_ text: String) {
        var text = text
        text.withUTF8 { add($0) }
    }

    private static func isSpecial(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> Bool {
        (text[at] == 0xC2 && at + 1 < text.count && text[at + 1] == 0xA0) || invisible(text, at) != nil
    }

    /// How many bytes a character has that is there to be seen by nobody: zero-width spaces, soft hyphens, byte order
    /// marks and the combining joiner that fill the previews of newsletters.
    private static func invisible(_ text: UnsafeBufferPointer<UInt8>, _ at: Int) -> Int? {
        let byte = text[at]
        guard byte >= 0xC2, at + 1 < text.count else { return nil }
        let next = text[at + 1]
        if byte == 0xC2 { return next == 0xAD ? 2 : nil }
        if byte == 0xCD { return next == 0x8F ? 2 : nil }
        guard byte == 0xE2 || byte == 0xEF, at + 2 < text.count else { return nil }
        let last = text[at + 2]
        let isZeroWidth = byte == 0xE2 && next == 0x80 && last == 0x8B || byte == 0xE2 && next == 0x81 && last == 0xA0
        return isZeroWidth || (byte == 0xEF && next == 0xBB && last == 0xBF) ? 3 : nil
    }

    /// White space within `pre`.
    private func space(_ byte: UInt8) {
        switch byte {
        case 0x0A: lineBreak()
        case 0x20, 0x09: word([byte])
        default: break
        }
    }

    private func endLine() {
        if !isAtLineStart { breaks = max(breaks, 1) }
        hasSpace = false
        hasTab = false
    }

    private func lineBreak() {
        hasSpace = false
        hasTab = false
        flushBreaks()
        if isAtLineStart { beginLine(isEmpty: true) }
        newLine()
    }

    private func flushBreaks() {
        guard breaks > 0 else { return }
        if !isAtLineStart { newLine() }
        if breaks > 1, !endsWithEmptyLine {
            beginLine(isEmpty: true)
            newLine()
        }
        breaks = 0
    }

    private var endsWithEmptyLine: Bool {
        guard out.count >= 2, out[out.count - 1] == 0x0A else { return out.isEmpty }
        var at = out.count - 2
        while at >= 0, out[at] == 0x3E || out[at] == 0x20 { at -= 1 }
        return at < 0 || out[at] == 0x0A
    }

    private func newLine() {
        while out.last == 0x20 || out.last == 0x09 { out.removeLast() }
        put([0x0A][...])
        isAtLineStart = true
    }

    /// Begins a line with the marks of quotes.
    private func beginLine(isEmpty: Bool) {
        // An empty line between a quote and what it stands in is not quoted.
        let depth = min(isEmpty ? min(quoteDepth, lineDepth) : quoteDepth, Self.shownDepthMax)
        for level in 0..<depth { put((level == 0 ? [0x3E] : [0x20, 0x3E])[...]) }
        if depth > 0, !isEmpty { put([0x20][...]) }
        if !isEmpty { lineDepth = quoteDepth }
    }

    private func word(_ bytes: some Collection<UInt8>) {
        flushBreaks()
        if isAtLineStart {
            beginLine(isEmpty: false)
            if !mark.isEmpty { put(mark[...]) }
            mark = []
        } else if hasTab {
            put([0x09][...])
        } else if hasSpace, out.last != 0x20, out.last != 0x09 {
            put([0x20][...])
        }
        isAtLineStart = false
        hasSpace = false
        hasTab = false
        put(bytes)
    }

    private func put(_ bytes: some Collection<UInt8>) {
        guard !isFull else { return }
        guard out.count + bytes.count <= bytesMax else {
            isFull = true
            xmlStopParser(parser)
            return
        }
        out.append(contentsOf: bytes)
    }

    // MARK: - Attributes

    private static func value(
        _ name: String, _ attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?
    ) -> String? {
        guard let attributes else { return nil }
        var at = 0
        while let found = attributes[at] {
            if xmlStrEqual(found, name) == 1 { return attributes[at + 1].map { String(cString: $0) } ?? "" }
            at += 2
        }
        return nil
    }

    private static func number(_ attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?) -> Int {
        let start = value("start", attributes).flatMap { Int($0) } ?? 1
        return (1...1_000_000).contains(start) ? start : 1
    }

    /// Where a link leads that is worth telling.
    private static func address(_ attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?) -> String? {
        guard let value = value("href", attributes) else { return nil }
        let address = String(decoding: value.utf8.filter { $0 > 0x20 }, as: UTF8.self)
        let schemes = ["http://", "https://", "mailto:", "tel:", "ftp://"]
        return schemes.contains { address.lowercased().hasPrefix($0) } ? address : nil
    }

    /// Whether an element is there and not shown.
    private static func isHidden(_ attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?) -> Bool {
        guard attributes != nil else { return false }
        if value("hidden", attributes) != nil { return true }
        guard let style = value("style", attributes) else { return false }
        let plain = String(decoding: style.utf8.filter { $0 > 0x20 }.map(\.lowered), as: UTF8.self)
        return ["display:none", "visibility:hidden", "mso-hide:all"].contains { plain.hasBytes($0) }
    }
}
