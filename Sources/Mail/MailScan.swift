// The structure of a mail (RFC 2046 section 5.1): one pass over its lines, with the boundaries that are open in a
// stack. Nothing is copied and nothing recurses: a mail of a million boundaries costs no more than its lines, up to the
// limits.

import Glibc

/// The parts of a mail as stretches of its bytes.
struct MailScan {
    /// A part, with or without parts of its own. The first is the mail itself.
    struct Node {
        let headers: MailHeaders
        let type: ContentType
        /// The content, transfer encoding and all.
        var body: Range<Int>
        var children: [Int] = []
        /// It is a multipart, and one of its boundaries was there.
        var isDivided = false
        /// It lies too deep; what is in it was not read.
        var isTooDeep = false
    }

    let bytes: [UInt8]
    private(set) var nodes: [Node] = []
    private(set) var complaints: [String] = []
    /// The mail goes beyond a limit, and only a piece of it was read.
    private(set) var isCut = false

    /// A multipart whose end has not come.
    private struct Open {
        let node: Int
        let boundary: [UInt8]
        /// Its end has come; but some programs write more parts behind it.
        var isClosed = false
    }

    private var stack: [Open] = []
    /// The part whose body is being read.
    private var leaf: Int?
    private let limits: MailLimits
    private var fieldsLeft: Int

    init(_ bytes: [UInt8], limits: MailLimits) {
        self.bytes = bytes
        self.limits = limits
        fieldsLeft = limits.fieldsMax
        bytes.withUnsafeBufferPointer { scan($0) }
    }

    mutating func complain(_ text: String) {
        if !complaints.contains(text) { complaints.append(text) }
    }

    private mutating func scan(_ bytes: UnsafeBufferPointer<UInt8>) {
        var at = begin(bytes, at: bytes.prefix { $0 == 0x0A || $0 == 0x0D }.count, parent: nil)
        while !stack.isEmpty, let start = Self.nextDashes(bytes, at) {
            let line = MailLine(bytes, at: start)
            at = line.next
            guard let (level, isEnd) = boundary(bytes, line) else { continue }
            let end = max(Self.beforeLineBreak(bytes, start), 0)
            close(at: end, down: level + 1)
            stack[level].isClosed = isEnd
            nodes[stack[level].node].isDivided = true
            guard !isEnd else { continue }
            guard nodes.count < limits.partsMax else {
                complain("has more than \(limits.partsMax) parts; the rest was not read")
                isCut = true
                close(at: end, down: 0)
                return
            }
            at = begin(bytes, at: at, parent: stack[level].node)
        }
        if stack.contains(where: { !$0.isClosed }) { complain("ends before its last boundary") }
        close(at: bytes.count, down: 0)
    }

    /// Reads the header of a part and puts the part in its place.
    /// - Returns: where its body begins.
    private mutating func begin(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int, parent: Int?) -> Int {
        let stack = stack
        let reader = HeaderReader(bytes, at: start, fieldsMax: fieldsLeft) { line in
            Self.boundary(bytes, line, in: stack) != nil
        }
        fieldsLeft -= reader.fields.count
        if reader.isBroken { complain("has lines in a header that are no fields") }
        if reader.isCut {
            complain("has too many header fields; the rest was not read")
            isCut = true
        }
        let headers = MailHeaders(fields: reader.fields)
        let isDigest = parent.map { nodes[$0].type.essence == "multipart/digest" } ?? false
        let type = ContentType(
            headers.field("Content-Type")?.bytes, default: isDigest ? "message/rfc822" : "text/plain")
        let index = nodes.count
        nodes.append(Node(headers: headers, type: type, body: reader.end..<reader.end))
        if let parent { nodes[parent].children.append(index) }
        leaf = index
        if type.isMultipart { open(bytes, index, at: reader.end) }
        return reader.end
    }

    /// Makes a multipart the innermost one, if its boundary is known and it is not too deep.
    private mutating func open(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int, at start: Int) {
        guard stack.count < limits.depthMax else {
            complain("has parts in one another deeper than \(limits.depthMax); they were not read")
            nodes[index].isTooDeep = true
            isCut = true
            return
        }
        var boundary = Array(nodes[index].type.boundary ?? [])
        let isMissing = boundary.isEmpty || (stack.isEmpty && !Self.contains(bytes, boundary, from: start))
        if isMissing {
            guard let guessed = Self.guessBoundary(bytes, from: start) else {
                complain("is said to have parts, and has none")
                return
            }
            complain("names no boundary, or another one than it uses")
            boundary = guessed
        }
        stack.append(Open(node: index, boundary: boundary))
        leaf = nil
    }

    /// Ends the part that is being read, and the multiparts from `level` on.
    private mutating func close(at end: Int, down level: Int) {
        if let leaf { nodes[leaf].body = nodes[leaf].body.lowerBound..<max(end, nodes[leaf].body.lowerBound) }
        leaf = nil
        while stack.count > level {
            let open = stack.removeLast()
            if !open.isClosed, level > 0 { complain("has a multipart without its last boundary") }
            let start = nodes[open.node].body.lowerBound
            nodes[open.node].body = start..<max(end, start)
        }
    }

    // MARK: - Lines

    /// Where the next line begins that starts with two hyphens; `start` is the beginning of a line.
    private static func nextDashes(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int? {
        guard let base = bytes.baseAddress else { return nil }
        var at = start
        while at + 1 < bytes.count {
            if base[at] == 0x2D, base[at + 1] == 0x2D { return at }
            guard let found = memchr(base + at, 0x0A, bytes.count - at) else { return nil }
            at = UnsafeRawPointer(found) - UnsafeRawPointer(base) + 1
        }
        return nil
    }

    /// RFC 2046 section 5.1.1: the line break before a boundary belongs to it.
    private static func beforeLineBreak(_ bytes: UnsafeBufferPointer<UInt8>, _ start: Int) -> Int {
        var end = start
        if end > 0, bytes[end - 1] == 0x0A { end -= 1 }
        if end < start, end > 0, bytes[end - 1] == 0x0D { end -= 1 }
        return end
    }

    private func boundary(_ bytes: UnsafeBufferPointer<UInt8>, _ line: MailLine) -> (level: Int, isEnd: Bool)? {
        Self.boundary(bytes, line, in: stack)
    }

    /// Which open multipart a line belongs to, innermost first. One that is closed comes last, for some programs give a
    /// multipart and the one around it the same boundary.
    private static func boundary(
        _ bytes: UnsafeBufferPointer<UInt8>, _ line: MailLine, in stack: [Open]
    ) -> (level: Int, isEnd: Bool)? {
        guard line.end - line.start > 2, bytes[line.start] == 0x2D, bytes[line.start + 1] == 0x2D else { return nil }
        var text = bytes[(line.start + 2)..<line.end]
        while let last = text.last, last == 0x20 || last == 0x09 { text.removeLast() }
        for isClosed in [false, true] {
            for (level, open) in stack.enumerated().reversed() where open.isClosed == isClosed {
                let rest = text.count - open.boundary.count
                guard rest == 0 || rest == 2, text.starts(with: open.boundary) else { continue }
                if rest == 0 { return (level, false) }
                if text.suffix(2).allSatisfy({ $0 == 0x2D }) { return (level, true) }
            }
        }
        return nil
    }

    private static func contains(_ bytes: UnsafeBufferPointer<UInt8>, _ boundary: [UInt8], from start: Int) -> Bool {
        let open = [Open(node: 0, boundary: boundary)]
        var at = start
        while let found = nextDashes(bytes, at) {
            let line = MailLine(bytes, at: found)
            if Self.boundary(bytes, line, in: open) != nil { return true }
            at = line.next
        }
        return false
    }

    /// How far a boundary is looked for that the header does not name, in bytes.
    private static let guessBytesMax = 64 << 10

    /// The first line of hyphens that a header or an empty line follows.
    private static func guessBoundary(_ bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> [UInt8]? {
        var at = start
        while at < min(bytes.count, start + guessBytesMax) {
            let line = MailLine(bytes, at: at)
            at = line.next
            guard line.end - line.start > 3, bytes[line.start] == 0x2D, bytes[line.start + 1] == 0x2D else { continue }
            var text = bytes[(line.start + 2)..<line.end]
            while let last = text.last, last == 0x20 || last == 0x09 { text.removeLast() }
            let after = MailLine(bytes, at: at)
            let isText = text.contains { $0 != 0x2D } && !text.contains(0x20) && text.count <= 200
            if isText, HeaderReader.isFieldLike(bytes, after) { return Array(text) }
        }
        return nil
    }
}
