// Reads header lines wherever they stand: at the top of a mail, behind a boundary, in a file of their own.

import Glibc

/// What one line is, in a stretch of bytes.
struct MailLine {
    let start: Int
    /// Without what ends the line: a line feed and any carriage returns before it, for some servers double them.
    let end: Int
    /// Where the next line begins.
    let next: Int

    /// The line that begins at `start`.
    init(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int) {
        self.start = start
        let rest = bytes.count - start
        guard rest > 0, let base = bytes.baseAddress, let found = memchr(base + start, 0x0A, rest) else {
            (end, next) = (bytes.count, bytes.count)
            return
        }
        var end = UnsafeRawPointer(found) - UnsafeRawPointer(base)
        next = end + 1
        while end > start, bytes[end - 1] == 0x0D { end -= 1 }
        self.end = end
    }

    var isEmpty: Bool { start == end }
}

/// Reads one header.
struct HeaderReader {
    private let bytes: UnsafeBufferPointer<UInt8>
    /// Whether a line is a boundary, where the header ends though nothing closed it.
    private let isBoundary: (MailLine) -> Bool
    private var current: (name: String, bytes: [UInt8])?
    private var fieldsMax: Int

    private(set) var fields: [MailHeaders.Field] = []
    /// Where what follows the header begins.
    private(set) var end: Int
    /// Lines that are no header field stood in between, or the header ended without an empty line.
    private(set) var isBroken = false
    /// Fields were left out, for there are too many.
    private(set) var isCut = false

    init(
        _ bytes: UnsafeBufferPointer<UInt8>, at start: Int, fieldsMax: Int, isBoundary: @escaping (MailLine) -> Bool
    ) {
        self.bytes = bytes
        self.isBoundary = isBoundary
        self.fieldsMax = min(fieldsMax, MailHeaders.fieldsMax)
        end = start
        while read(MailLine(bytes, at: end)) {}
        close()
    }

    /// Takes one line.
    /// - Returns: whether the header goes on.
    private mutating func read(_ line: MailLine) -> Bool {
        guard line.start < bytes.count else { return false }
        if line.isEmpty {
            end = line.next
            return false
        }
        let first = bytes[line.start]
        if first == 0x2D, isBoundary(line) {
            isBroken = true
            return false
        }
        if first == 0x20 || first == 0x09 { return fold(line) }
        if let colon = Self.colon(bytes, line) {
            close()
            let name = String(decoding: bytes[line.start..<colon.nameEnd], as: UTF8.self)
            current = (name, [])
            append(from: colon.valueStart, to: line.end)
            end = line.next
            return true
        }
        // The first line of a mailbox file's mail, which some carry into the mail.
        let isFrom = fields.isEmpty && current == nil && Self.isFromLine(bytes, line)
        isBroken = isBroken || !isFrom
        guard isFrom || goesOn(at: line.next) else { return false }
        end = line.next
        return true
    }

    /// RFC 5322 section 2.2.3: the line break goes, the white space stays. A line of spaces alone ends the header where
    /// no header goes on behind it.
    private mutating func fold(_ line: MailLine) -> Bool {
        let isBlank = bytes[line.start..<line.end].allSatisfy(\.isBlank)
        if isBlank, !goesOn(at: line.next) {
            isBroken = true
            end = line.next
            return false
        }
        if current != nil { append(from: line.start, to: line.end) } else { isBroken = true }
        end = line.next
        return true
    }

    private mutating func append(from start: Int, to end: Int) {
        let room = MailHeaders.valueBytesMax - (current?.bytes.count ?? 0)
        guard room > 0 else { return }
        current?.bytes.append(contentsOf: bytes[start..<min(end, start + room)])
    }

    private mutating func close() {
        guard let field = current else { return }
        current = nil
        guard fields.count < fieldsMax else {
            isCut = true
            return
        }
        fields.append(MailHeaders.Field(name: field.name, bytes: field.bytes.trimmed))
    }

    /// Whether the line at `start` looks as if the header went on.
    private func goesOn(at start: Int) -> Bool {
        let line = MailLine(bytes, at: start)
        guard line.start < bytes.count, !line.isEmpty else { return false }
        if bytes[start] == 0x20 || bytes[start] == 0x09 {
            return current != nil && !bytes[line.start..<line.end].allSatisfy(\.isBlank)
        }
        return Self.isFieldLike(bytes, line)
    }

    /// Whether a line can be nothing but a field: a name of letters, digits and hyphens, and a colon that is not that
    /// of an address on the web.
    static func isFieldLike(_ bytes: UnsafeBufferPointer<UInt8>, _ line: MailLine) -> Bool {
        guard let colon = colon(bytes, line), colon.nameEnd - line.start <= 76 else { return false }
        let isName = bytes[line.start..<colon.nameEnd].allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == 0x2D || byte == 0x5F
        }
        return isName && !bytes[colon.valueStart..<line.end].starts(with: [0x2F, 0x2F])
    }

    /// Where a field's name ends and its value begins; `nil`: the line is no field. RFC 5322 section 4.5: there may be
    /// spaces before the colon.
    private static func colon(
        _ bytes: UnsafeBufferPointer<UInt8>, _ line: MailLine
    ) -> (nameEnd: Int, valueStart: Int)? {
        var at = line.start
        while at < line.end, bytes[at] > 0x20, bytes[at] < 0x7F, bytes[at] != 0x3A { at += 1 }
        let nameEnd = at
        while at < line.end, bytes[at] == 0x20 || bytes[at] == 0x09 { at += 1 }
        guard nameEnd > line.start, at < line.end, bytes[at] == 0x3A else { return nil }
        return (nameEnd, at + 1)
    }

    static func isFromLine(_ bytes: UnsafeBufferPointer<UInt8>, _ line: MailLine) -> Bool {
        let text = bytes[line.start..<line.end]
        return text.starts(with: "From ".utf8) || text.starts(with: ">From ".utf8)
    }
}
