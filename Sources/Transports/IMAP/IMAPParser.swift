// From bytes in pieces of any size to whole responses of an IMAP server (RFC 9051 section 9). Nothing that a server
// sends makes it trap, and what it keeps is bounded.

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Cuts the stream into responses: lines, with the literals that are announced at their ends.
struct IMAPParser {
    /// Bytes of text of one response, literals apart; a list of all UIDs is the longest there is.
    static let textBytesMax = 16 << 20
    /// Literals in one response.
    static let literalsMax = 4096

    /// One response before it is understood.
    struct Raw {
        enum Part {
            case text([UInt8])
            /// `size` is what the server announced; more than `bytes` when the rest was passed over.
            case literal([UInt8], size: Int)
        }

        var parts: [Part] = []
        /// It went past a bound: its beginning is missing.
        var isTooLong = false
    }

    private enum State {
        case text
        case literal(left: Int, size: Int, keep: Int)
        case broken
    }

    private let literalBytesMax: Int
    private let cutBytesMax: Int
    private var state = State.text
    private var raw = Raw()
    private var text: [UInt8] = []
    private var literal: [UInt8] = []
    private var textBytes = 0
    private var literalBytes = 0

    /// `literalBytesMax`: what is kept of all literals of a response; of one that does not fit, `cutBytesMax` bytes.
    init(literalBytesMax: Int, cutBytesMax: Int) {
        self.literalBytesMax = literalBytesMax
        self.cutBytesMax = min(cutBytesMax, literalBytesMax)
    }

    /// A literal was announced that no machine could send: where the next response begins is lost.
    var isBroken: Bool { if case .broken = state { true } else { false } }

    /// Takes the next bytes and hands over each response that they complete.
    mutating func take(_ bytes: UnsafeRawBufferPointer, _ each: (Raw) -> Void) {
        var at = 0
        while at < bytes.count {
            switch state {
            case .broken:
                return
            case .literal(let left, let size, let keep):
                let count = min(left, bytes.count - at)
                let kept = min(count, max(0, keep - literal.count))
                if kept > 0 { literal.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[at..<at + kept])) }
                at += count
                if count == left {
                    endLiteral(size)
                } else {
                    state = .literal(left: left - count, size: size, keep: keep)
                }
            case .text:
                let rest = UnsafeRawBufferPointer(rebasing: bytes[at...])
                guard let end = Self.endOfLine(in: rest) else {
                    add(rest)
                    return
                }
                add(UnsafeRawBufferPointer(rebasing: rest[..<end]))
                at += end + 1
                endLine(each)
            }
        }
    }

    private static func endOfLine(in bytes: UnsafeRawBufferPointer) -> Int? {
        guard let start = bytes.baseAddress, let found = memchr(start, 0x0A, bytes.count) else { return nil }
        return UnsafeRawPointer(found) - start
    }

    private mutating func add(_ bytes: UnsafeRawBufferPointer) {
        textBytes += bytes.count
        text.append(contentsOf: bytes)
        guard textBytes > Self.textBytesMax else { return }
        raw.isTooLong = true
        // Enough to see whether a literal follows: its bytes are no lines.
        if text.count > 64 { text.removeFirst(text.count - 64) }
    }

    private mutating func endLine(_ each: (Raw) -> Void) {
        if text.last == 0x0D { text.removeLast() }
        if let marker = literalMarker() {
            text.removeLast(marker.length)
            guard let size = marker.size, size <= 1 << 40 else {
                state = .broken
                return
            }
            begin(literalOf: size)
            return
        }
        raw.parts.append(.text(text))
        let whole = raw
        (raw, text, textBytes, literalBytes) = (Raw(), [], 0, 0)
        if whole.isTooLong || whole.parts.count > 1 || !whole.isBlank { each(whole) }
    }

    private mutating func begin(literalOf size: Int) {
        raw.parts.append(.text(text))
        text = []
        if raw.parts.count > 2 * Self.literalsMax {
            raw.isTooLong = true
            raw.parts = [.text([])]
        }
        let fits = !raw.isTooLong && size <= literalBytesMax - literalBytes
        let keep = fits ? size : raw.isTooLong ? 0 : min(cutBytesMax, literalBytesMax - literalBytes)
        literalBytes += keep
        literal = []
        // A server may announce what it never sends: memory is taken as bytes come, beyond a first part.
        literal.reserveCapacity(min(keep, 1 << 20))
        if size == 0 { endLiteral(0) } else { state = .literal(left: size, size: size, keep: keep) }
    }

    private mutating func endLiteral(_ size: Int) {
        raw.parts.append(.literal(literal, size: size))
        literal = []
        state = .text
    }

    /// `{12}`, `{12+}` or `~{12}` at the end of the line (RFC 9051 section 4.3). The human text of a status or a
    /// continuation may end like that too and announces nothing.
    private func literalMarker() -> (length: Int, size: Int?)? {
        guard text.last == UInt8(ascii: "}"), !raw.isProse(next: text) else { return nil }
        var at = text.count - 2
        if at >= 0, text[at] == UInt8(ascii: "+") { at -= 1 }
        let end = at
        while at >= 0, (0x30...0x39).contains(text[at]) { at -= 1 }
        guard at >= 0, at < end, text[at] == UInt8(ascii: "{") else { return nil }
        let size = Int(String(decoding: text[(at + 1)...end], as: UTF8.self))
        if at > 0, text[at - 1] == UInt8(ascii: "~") { at -= 1 }
        return (text.count - at, size)
    }
}

extension IMAPParser.Raw {
    fileprivate var isBlank: Bool {
        guard case .text(let bytes) = parts.first else { return false }
        return bytes.allSatisfy { $0 == 0x20 }
    }

    /// Whether the response is one of words for people: a status or a continuation. `next`: its text when it is the
    /// first line.
    fileprivate func isProse(next: [UInt8]) -> Bool {
        var first = next
        if case .text(let bytes) = parts.first { first = bytes }
        if isTooLong { return false }
        let words = first.prefix(64).split(separator: 0x20, maxSplits: 2)
        if words.first?.first == UInt8(ascii: "+") { return true }
        guard words.count > 1 else { return false }
        return ["OK", "NO", "BAD", "BYE", "PREAUTH"].contains(String(decoding: words[1], as: UTF8.self).uppercased())
    }
}
