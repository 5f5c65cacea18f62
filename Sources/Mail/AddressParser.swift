// Goes through the value of an address field, byte by byte, and never gives up: whatever stands there, the next comma
// begins a new mailbox.

/// Reads one address field.
struct AddressParser {
    private let bytes: [UInt8]
    private var at = 0
    private var found: [MailAddress] = []
    private var isInGroup = false

    /// What is known of the mailbox that is being read.
    private struct Draft {
        /// What stands outside brackets and comments, quotes undone: the name, or a bare address.
        var phrase: [UInt8] = []
        /// The same with its quotes.
        var written: [UInt8] = []
        var comments: [[UInt8]] = []
        var angle: [UInt8]?
        /// The words before a comma that belongs to a name: `Doe, John <…>`.
        var head: [UInt8] = []
    }

    private var draft = Draft()

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func list() -> [MailAddress] {
        while at < bytes.count, found.count < MailAddress.countMax {
            switch bytes[at] {
            case 0x22: quoted()
            case 0x28: comment()
            case 0x3C: angle()
            case 0x2C: separator(isComma: true)
            case 0x3B: separator(isComma: false)
            case 0x3A where !draft.written.contains(0x40) && !draft.written.contains(0x5B) && draft.angle == nil:
                // The name of a group, or `mailto`.
                at += 1
                isInGroup = true
                draft = Draft()
            case 0x3D where EncodedWords.word(in: bytes, at: at) != nil: encodedWord()
            default:
                draft.phrase.append(bytes[at])
                draft.written.append(bytes[at])
                at += 1
            }
        }
        finish()
        return found
    }

    /// An encoded word is one piece, whatever commas and brackets stand in it.
    private mutating func encodedWord() {
        guard let word = EncodedWords.word(in: bytes, at: at) else { return }
        draft.phrase.append(contentsOf: bytes[at..<word.end])
        draft.written.append(contentsOf: bytes[at..<word.end])
        at = word.end
    }

    private mutating func quoted() {
        var inside: [UInt8] = []
        var end = at + 1
        while end < bytes.count, bytes[end] != 0x22 {
            if bytes[end] == 0x5C, end + 1 < bytes.count { end += 1 }
            inside.append(bytes[end])
            end += 1
        }
        guard end < bytes.count else {
            // Never closed: the quote is a slip.
            at += 1
            return
        }
        draft.phrase += inside
        draft.written.append(contentsOf: bytes[at...end])
        at = end + 1
    }

    /// Comments that never close are looked through again from each of their brackets, but only so far in all.
    private lazy var commentBytesLeft = 4 * bytes.count + 1000

    private mutating func comment() {
        var inside: [UInt8] = []
        var depth = 0
        var end = at
        while end < bytes.count, commentBytesLeft > 0 {
            commentBytesLeft -= 1
            switch bytes[end] {
            case 0x5C where end + 1 < bytes.count:
                end += 1
                inside.append(bytes[end])
            case 0x28:
                if depth > 0 { inside.append(0x28) }
                depth += 1
            case 0x29:
                depth -= 1
                if depth > 0 { inside.append(0x29) }
            default: inside.append(bytes[end])
            }
            end += 1
            if depth == 0 { break }
        }
        guard depth == 0, end > at else {
            draft.phrase.append(0x28)
            draft.written.append(0x28)
            at += 1
            return
        }
        draft.comments.append(inside)
        draft.phrase.append(0x20)
        at = end
    }

    private mutating func angle() {
        var inside: [UInt8] = []
        var end = at + 1
        var isQuoted = false
        let routeEnd = routeEnd
        while end < bytes.count, isQuoted || end < routeEnd || (bytes[end] != 0x3E && bytes[end] != 0x2C) {
            if bytes[end] == 0x22 { isQuoted.toggle() }
            if bytes[end] == 0x3C, !isQuoted { inside = [] } else { inside.append(bytes[end]) }
            end += 1
        }
        while end < bytes.count, bytes[end] == 0x3E { end += 1 }
        at = end
        // `Ann <work> <ann@example.com>`: the brackets with an address in them count.
        if let before = draft.angle, before.contains(0x40), !inside.contains(0x40) { return }
        if let before = draft.angle, !before.contains(0x40) { draft.phrase += [0x20] + before }
        draft.angle = inside
    }

    /// Where a route ends (RFC 5322 section 4.4), in which commas may stand: `<@a.example,@b.example:ann@example.com>`.
    private var routeEnd: Int {
        guard bytes[(at + 1)...].first(where: { !$0.isBlank }) == 0x40 else { return at }
        let inside = bytes[at...].prefix { $0 != 0x3E }
        return inside.firstIndex(of: 0x3A) ?? at
    }

    private mutating func separator(isComma: Bool) {
        at += 1
        // A name with a comma that nobody quoted.
        let isName = isComma && !isInGroup && draft.angle == nil && !draft.written.contains(0x40)
        if isName, !draft.phrase.trimmed.isEmpty, hasAngleAhead {
            let head = draft.head + draft.phrase + [0x2C]
            draft = Draft()
            draft.head = head
            return
        }
        finish()
        if !isComma { isInGroup = false }
    }

    /// Whether the next piece of the list is a name and an address in brackets.
    private var hasAngleAhead: Bool {
        let piece = bytes[at...].prefix { $0 != 0x2C && $0 != 0x3B && $0 != 0x22 }
        guard let bracket = piece.firstIndex(of: 0x3C) else { return false }
        let name = piece[..<bracket]
        return !name.trimmedSlice.isEmpty && !name.contains(0x40) && piece[bracket...].contains(0x40)
    }

    private mutating func finish() {
        defer { draft = Draft() }
        let phrase = draft.head + draft.phrase
        if let angle = draft.angle {
            let address = Self.address(Self.withoutRoute(angle))
            let name = Self.name(phrase) ?? draft.comments.lazy.compactMap(Self.name).first
            if !address.isEmpty || name != nil { found.append(MailAddress(name: name, address: address)) }
            return
        }
        let pieces = Self.pieces(draft.written)
        let comment = draft.comments.lazy.compactMap(Self.name).first
        if let place = pieces.firstIndex(where: { $0.contains(0x40) }) {
            let others = [UInt8]((pieces[..<place] + pieces[(place + 1)...]).joined(separator: [0x20]))
            let name = Self.name(others.filter { $0 != 0x22 }) ?? comment
            found.append(MailAddress(name: name, address: Self.address(Array(pieces[place]))))
        } else if pieces.count == 1, !draft.written.contains(0x22), draft.head.isEmpty, !draft.written.contains(0x3F) {
            found.append(MailAddress(name: comment, address: Self.address(Array(pieces[0]))))
        } else if let name = Self.name(phrase) ?? comment {
            found.append(MailAddress(name: name, address: ""))
        }
    }

    /// The words of a bare address and what stands around it; spaces beside `@` and dots are obsolete, but one word.
    private static func pieces(_ bytes: [UInt8]) -> [ArraySlice<UInt8>] {
        var joined: [UInt8] = []
        var isQuoted = false
        let isAddress = bytes.contains(0x40)
        for byte in bytes {
            if byte == 0x22 { isQuoted.toggle() }
            if !isQuoted, byte == 0x40 || byte == 0x2E, isAddress {
                while joined.last?.isBlank == true { joined.removeLast() }
            } else if byte.isBlank, !isQuoted, let last = joined.last, last == 0x40 || last == 0x2E {
                continue
            }
            joined.append(isQuoted && byte.isBlank ? 0x20 : byte)
        }
        isQuoted = false
        return joined.split { byte in
            if byte == 0x22 { isQuoted.toggle() }
            return byte.isBlank && !isQuoted
        }
    }

    private static func withoutRoute(_ angle: [UInt8]) -> [UInt8] {
        let plain = angle.trimmed
        guard plain.first == 0x40, let colon = plain.firstIndex(of: 0x3A) else { return plain }
        return Array(plain[(colon + 1)...])
    }

    /// An address as it is kept: no comments, no needless quotes, no spaces, the domain in lower case.
    private static func address(_ bytes: [UInt8]) -> String {
        var bare: [UInt8] = []
        var (depth, isQuoted) = (0, false)
        for byte in bytes {
            switch byte {
            case 0x22: isQuoted.toggle()
            case 0x28 where !isQuoted: depth += 1
            case 0x29 where !isQuoted && depth > 0:
                depth -= 1
                continue
            case 0x20, 0x09, 0x0D, 0x0A, 0x3C, 0x3E: if !isQuoted { continue }
            default: break
            }
            if depth == 0, byte >= 0x20, byte != 0x7F { bare.append(byte) }
        }
        if bare.starts(with: Array("mailto:".utf8)) { bare.removeFirst(7) }
        guard let mark = bare.lastIndex(of: 0x40) else { return EncodedWords.decode(unquoted(bare)) }
        var domain = Charset.guess(Array(bare[(mark + 1)...])).lowercased()
        while domain.hasSuffix(".") { domain.removeLast() }
        let local = Charset.guess(unquoted(Array(bare[..<mark])))
        return domain.isEmpty ? local : "\(local)@\(domain)"
    }

    /// RFC 5322 section 3.2.4: quotes that the local part does not need are not part of it.
    private static func unquoted(_ local: [UInt8]) -> [UInt8] {
        guard local.count > 2, local.first == 0x22, local.last == 0x22 else { return local }
        var inside: [UInt8] = []
        var place = 1
        while place < local.count - 1 {
            if local[place] == 0x5C, place + 1 < local.count - 1 { place += 1 }
            inside.append(local[place])
            place += 1
        }
        let isAtom = inside.allSatisfy { $0 > 0x20 && !"()<>[]:;@\\,\"".utf8.contains($0) }
        let hasDots = inside.first == 0x2E || inside.last == 0x2E || inside.isEmpty
        return isAtom && !hasDots ? inside : local
    }

    /// A display name as people read it; `nil`: nothing is left.
    private static func name(_ bytes: [UInt8]) -> String? {
        let decoded = EncodedWords.decode(bytes.trimmed)
        var words = decoded.split { $0 == " " || $0 == "\t" }.joined(separator: " ")
        // `'Ann'` and, encoded with its quotes, `"Ann"`.
        for quote in ["'", "\""] where words.count > 2 && words.hasPrefix(quote) && words.hasSuffix(quote) {
            words = String(words.dropFirst().dropLast())
        }
        return words.isEmpty ? nil : words
    }
}
