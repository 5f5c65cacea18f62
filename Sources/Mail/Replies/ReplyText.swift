// A body as lines, each with how deep it is quoted and what its HTML says of it. All rules look at lines in this form.

/// One line of a body.
struct ReplyLine: Sendable {
    /// Where it stands in the text, with its end.
    var range: Range<Int>
    /// What it says: without quote marks before it and without white space around it.
    var content: Range<Int>
    /// How many `>` stand before it.
    var marks = 0
    /// What the HTML says of it.
    var sense = HTMLSense.none

    /// Nothing but white space, perhaps behind quote marks.
    var isEmpty: Bool { content.isEmpty }
    /// Nothing but white space, and no quote mark.
    var isBlank: Bool { content.isEmpty && marks == 0 }
}

/// What the HTML of a mail says of one line.
enum HTMLSense: Sendable, Hashable {
    case none
    /// In an element that mail programs make for quotes.
    case quote
    /// In a block quotation that anybody may have made.
    case indent
    /// A line that introduces a quote.
    case attribution
    /// The first line of the earlier mail, which goes on to the end.
    case divider
    /// The first line of an element such as programs make for header lines: a divider when they stand there.
    case headers
    case signature
}

/// A body: its bytes in UTF-8 and its lines.
struct ReplyText: Sendable {
    let bytes: [UInt8]
    var lines: [ReplyLine] = []

    /// Lines end with LF, CRLF or CR (RFC 5322 allows only CRLF; what is decoded has all of them).
    init(_ text: String) {
        bytes = Array(text.utf8)
        var start = 0
        while start < bytes.count {
            var end = start
            while end < bytes.count, bytes[end] != 0x0A, bytes[end] != 0x0D { end += 1 }
            let length = end
            if end < bytes.count {
                end += bytes[end] == 0x0D && end + 1 < bytes.count && bytes[end + 1] == 0x0A ? 2 : 1
            }
            lines.append(line(start..<end, upTo: length))
            start = end
        }
    }

    private func line(_ range: Range<Int>, upTo length: Int) -> ReplyLine {
        var at = range.lowerBound
        var marks = 0
        var first = skipSpace(at, upTo: length)
        // RFC 3676 4.5: quote marks stand together; some programs put spaces between them.
        while first < length, bytes[first] == 0x3E {
            marks += 1
            at = first + 1
            first = skipSpace(at, upTo: length)
        }
        var last = length
        while last > first {
            let size = spaceSize(before: last, from: first)
            if size == 0 { break }
            last -= size
        }
        return ReplyLine(range: range, content: first..<last, marks: marks)
    }

    /// Past blanks, tabs, no-break spaces and marks without width, in which mail programs wrap addresses and texts.
    private func skipSpace(_ start: Int, upTo end: Int) -> Int {
        var at = start
        while at < end {
            let size = spaceSize(at, upTo: end)
            if size == 0 { break }
            at += size
        }
        return at
    }

    /// How many bytes of white space end before `end`; 0 for none.
    private func spaceSize(before end: Int, from start: Int) -> Int {
        for size in 1...3 where end - size >= start {
            if spaceSize(end - size, upTo: end) == size { return size }
        }
        return 0
    }

    /// How many bytes long the white space, or the mark without width, at `at` is; 0 for anything else.
    private func spaceSize(_ at: Int, upTo end: Int) -> Int {
        switch bytes[at] {
        case 0x20, 0x09, 0x0B, 0x0C: 1
        case 0xC2: at + 1 < end && bytes[at + 1] == 0xA0 ? 2 : 0
        case 0xE2, 0xE3, 0xEF:
            at + 2 < end && (isWideSpace(at) || isWithoutWidth(at)) ? 3 : 0
        default: 0
        }
    }

    /// U+2000 to U+200A, U+202F, U+205F and U+3000, three bytes each.
    private func isWideSpace(_ at: Int) -> Bool {
        switch (bytes[at], bytes[at + 1]) {
        case (0xE2, 0x80): (0x80...0x8A).contains(bytes[at + 2]) || bytes[at + 2] == 0xAF
        case (0xE2, 0x81): bytes[at + 2] == 0x9F
        case (0xE3, 0x80): bytes[at + 2] == 0x80
        default: false
        }
    }

    /// U+200B to U+200F, U+202A to U+202E, U+2060 to U+2069 and U+FEFF: joiners and marks of direction.
    private func isWithoutWidth(_ at: Int) -> Bool {
        switch (bytes[at], bytes[at + 1]) {
        case (0xE2, 0x80): (0x8B...0x8F).contains(bytes[at + 2]) || (0xAA...0xAE).contains(bytes[at + 2])
        case (0xE2, 0x81): (0xA0...0xA9).contains(bytes[at + 2])
        case (0xEF, 0xBB): bytes[at + 2] == 0xBF
        default: false
        }
    }

    /// What lines that follow one another say, joined by blanks.
    func phrase(_ range: ClosedRange<Int>) -> ReplyPhrase {
        var said: [UInt8] = []
        for index in range {
            if !said.isEmpty { said.append(0x20) }
            append(lines[index].content, to: &said)
        }
        return ReplyPhrase(String(decoding: said, as: UTF8.self))
    }

    /// What a piece of a line says.
    func phrase(of range: Range<Int>) -> ReplyPhrase {
        var said: [UInt8] = []
        append(range, to: &said)
        return ReplyPhrase(String(decoding: said, as: UTF8.self))
    }

    private func append(_ range: Range<Int>, to said: inout [UInt8]) {
        var at = range.lowerBound
        while at < range.upperBound {
            let size = spaceSize(at, upTo: range.upperBound)
            if size == 0 {
                said.append(bytes[at])
            } else if size < 3 || isWideSpace(at) {
                said.append(0x20)
            }
            at += max(size, 1)
        }
    }

    /// The first line at or after `index` that says something.
    func said(from index: Int) -> Int? {
        lines[min(index, lines.count)...].firstIndex { !$0.isEmpty }
    }
}
