// Reads HTML as mail programs write it: tags, attributes and text, one after another, with no tree and no error. Every
// byte is looked at once or twice, so any text takes time in proportion to its length.

/// A piece of HTML.
enum HTMLToken: Sendable {
    /// A start tag; the name is in lower case.
    case start(HTMLTag)
    /// An end tag, in lower case.
    case end(String)
    /// Text with its character references as they stand.
    case text(Range<Int>)
}

/// A start tag with the attributes that the rules look at.
struct HTMLTag: Sendable {
    let name: String
    /// By lower-case name; the first of two equal names counts.
    let attributes: [String: String]
}

/// Gives the tokens of one text.
struct HTMLScanner {
    let bytes: [UInt8]
    private var at = 0
    /// An element whose content is no HTML, until its end tag.
    private var raw: String?

    /// The attributes that some rule looks at; all others are passed over.
    private static let known: Set<String> = [
        "class", "id", "name", "type", "cite", "style", "href", "tabindex", "data-marker", "data-smartmail", "alt",
        "hidden",
    ]
    /// How long the name of one of them may be, and how much of a value is read, in bytes.
    private static let nameBytesMax = 16
    private static let valueBytesMax = 2000

    init(_ html: String) {
        bytes = Array(html.utf8)
    }

    /// The next piece; `nil` at the end. Comments, doctypes, scripts, styles and titles are passed over.
    mutating func next() -> HTMLToken? {
        while at < bytes.count {
            if let name = raw {
                skipRaw(name)
                continue
            }
            guard bytes[at] == 0x3C, isMarkup(at + 1) else { return text() }
            if let token = markup() { return token }
        }
        return nil
    }

    private func isMarkup(_ index: Int) -> Bool {
        guard index < bytes.count else { return false }
        return isLetter(bytes[index]) || bytes[index] == 0x2F || bytes[index] == 0x21 || bytes[index] == 0x3F
    }

    private func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7A).contains(byte | 0x20) }
    private func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    /// Text up to the next tag; a `<` that begins none is text.
    private mutating func text() -> HTMLToken {
        let start = at
        at += 1
        while at < bytes.count, bytes[at] != 0x3C || !isMarkup(at + 1) { at += 1 }
        return .text(start..<at)
    }

    /// A tag, or `nil` when it was a comment or something else without meaning, which is then passed over.
    private mutating func markup() -> HTMLToken? {
        at += 1
        switch bytes[at] {
        case 0x21 where bytes[at...].starts(with: [0x21, 0x2D, 0x2D]):
            skipComment()
            return nil
        case 0x21, 0x3F:
            skip(past: 0x3E)
            return nil
        case 0x2F:
            at += 1
            let name = tagName()
            skip(past: 0x3E)
            return .end(name)
        default:
            return .start(startTag())
        }
    }

    private mutating func skip(past byte: UInt8) {
        while at < bytes.count, bytes[at] != byte { at += 1 }
        at = min(at + 1, bytes.count)
    }

    private mutating func skipComment() {
        at = min(at + 3, bytes.count)
        // `<!-->` is a comment that has ended.
        if at < bytes.count, bytes[at] == 0x3E {
            at += 1
            return
        }
        var dashes = 0
        while at < bytes.count {
            if bytes[at] == 0x3E, dashes >= 2 { break }
            dashes = bytes[at] == 0x2D ? dashes + 1 : 0
            at += 1
        }
        at = min(at + 1, bytes.count)
    }

    private mutating func tagName() -> String {
        let start = at
        while at < bytes.count, !isSpace(bytes[at]), bytes[at] != 0x3E, bytes[at] != 0x2F { at += 1 }
        return String(decoding: bytes[start..<at].prefix(64), as: UTF8.self).lowercased()
    }

    private mutating func startTag() -> HTMLTag {
        let name = tagName()
        var attributes: [String: String] = [:]
        while at < bytes.count, bytes[at] != 0x3E {
            if isSpace(bytes[at]) || bytes[at] == 0x2F {
                at += 1
                continue
            }
            let (name, value) = attribute()
            guard name.count <= Self.nameBytesMax else { continue }
            let key = String(decoding: bytes[name], as: UTF8.self).lowercased()
            guard Self.known.contains(key), attributes[key] == nil else { continue }
            attributes[key] = String(decoding: bytes[value].prefix(Self.valueBytesMax), as: UTF8.self)
        }
        at = min(at + 1, bytes.count)
        if ["script", "style", "title", "textarea"].contains(name) { raw = name }
        return HTMLTag(name: name, attributes: attributes)
    }

    /// Where a name and its value stand; a value that is missing is empty.
    private mutating func attribute() -> (name: Range<Int>, value: Range<Int>) {
        let start = at
        // A name may begin with `=`.
        at += 1
        while at < bytes.count, !isSpace(bytes[at]), bytes[at] != 0x3D, bytes[at] != 0x3E { at += 1 }
        let name = start..<at
        var next = at
        while next < bytes.count, isSpace(bytes[next]) { next += 1 }
        guard next < bytes.count, bytes[next] == 0x3D else { return (name, at..<at) }
        at = next + 1
        while at < bytes.count, isSpace(bytes[at]) { at += 1 }
        guard at < bytes.count else { return (name, at..<at) }
        if bytes[at] == 0x22 || bytes[at] == 0x27 {
            let quote = bytes[at]
            at += 1
            let from = at
            skip(past: quote)
            return (name, from..<max(from, at < bytes.count || bytes[at - 1] == quote ? at - 1 : at))
        }
        let from = at
        while at < bytes.count, !isSpace(bytes[at]), bytes[at] != 0x3E { at += 1 }
        return (name, from..<at)
    }

    /// To the end tag of `name`, or to the end when there is none.
    private mutating func skipRaw(_ name: String) {
        let wanted = Array(name.utf8)
        while at < bytes.count {
            if bytes[at] == 0x3C, at + 2 + wanted.count <= bytes.count, bytes[at + 1] == 0x2F,
                zip(wanted, bytes[(at + 2)...]).allSatisfy({ $0 == $1 | 0x20 })
            {
                break
            }
            at += 1
        }
        raw = nil
    }
}
