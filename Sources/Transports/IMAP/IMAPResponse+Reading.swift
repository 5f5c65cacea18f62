// From a response's tokens to what it means. Unknown responses are named and left; broken ones are told.

import Model

extension IMAPResponse {
    init(_ raw: IMAPParser.Raw) {
        guard !raw.isTooLong else {
            self = .unreadable("a response is too long")
            return
        }
        var scanner = IMAPScanner(raw)
        if scanner.take("+") {
            self = .continuation(scanner.rest())
            return
        }
        guard let tag = scanner.tag(), let word = scanner.word() else {
            self = .unreadable("a line is no response")
            return
        }
        guard tag == "*" else {
            self = Self.status(word, &scanner).map { .tagged(tag, $0) } ?? .unreadable("a tag stands before \(word)")
            return
        }
        self = Self.untagged(word, &scanner) ?? .unreadable("\(word.prefix(32)) cannot be read")
    }

    private static func untagged(_ word: String, _ scanner: inout IMAPScanner) -> Self? {
        if let number = UInt32(word) { return numbered(number, &scanner) }
        switch word {
        case "OK", "NO", "BAD", "BYE", "PREAUTH":
            return status(word, &scanner).map { .status($0) }
        case "CAPABILITY":
            return .capability(words(&scanner))
        case "ENABLED":
            return .enabled(words(&scanner))
        case "FLAGS":
            return scanner.value()?.list.map { .flags($0.compactMap(\.text)) }
        case "SEARCH":
            return .search(UIDSet(scanner.values().compactMap { $0.number.flatMap { UInt32(exactly: $0) } }))
        case "ESEARCH":
            return extendedSearch(scanner.values())
        case "VANISHED":
            return vanished(scanner.values())
        case "LIST", "LSUB", "XLIST":
            guard let attributes = scanner.value()?.list, scanner.value() != nil, let name = scanner.value()?.text
            else { return nil }
            return .list(name: name, attributes: attributes.compactMap(\.text))
        default:
            return .other(word)
        }
    }

    private static func words(_ scanner: inout IMAPScanner) -> [String] {
        scanner.values().compactMap { $0.text?.uppercased() }
    }

    private static func numbered(_ number: UInt32, _ scanner: inout IMAPScanner) -> Self? {
        switch scanner.word() {
        case "EXISTS": .exists(number)
        case "EXPUNGE": .expunge(number)
        case "FETCH": scanner.value()?.list.map { .fetch(IMAPFetchItems($0)) }
        case let word?: .other(word)
        case nil: nil
        }
    }

    private static func status(_ word: String, _ scanner: inout IMAPScanner) -> IMAPStatus? {
        guard let word = IMAPStatus.Word(rawValue: word) else { return nil }
        var code: IMAPCode?
        var ahead = scanner
        if ahead.take("["), let name = ahead.word() {
            let values = ahead.values()
            if ahead.take("]") {
                code = IMAPCode(name: name, values: values)
                scanner = ahead
            }
        }
        return IMAPStatus(word: word, code: code, text: scanner.rest())
    }

    /// RFC 4731: `* ESEARCH (TAG "A5") UID ALL 1:3,7`; without `ALL` nothing is found.
    private static func extendedSearch(_ values: [IMAPValue]) -> Self? {
        guard let at = values.firstIndex(where: { $0.text?.uppercased() == "ALL" }) else { return .search(UIDSet([])) }
        guard at + 1 < values.count, let text = values[at + 1].text else { return nil }
        return UIDSet(text).map { .search($0) }
    }

    /// RFC 7162 section 3.2.10.
    private static func vanished(_ values: [IMAPValue]) -> Self? {
        let earlier = values.first?.list != nil
        guard let text = values.last?.text else { return nil }
        return UIDSet(text).map { .vanished($0, earlier: earlier) }
    }
}

extension IMAPScanner {
    /// The first word of a line, in the letters it has: tags are compared as they were sent.
    fileprivate mutating func tag() -> String? {
        guard case .atom(let tag)? = value() else { return nil }
        return tag
    }
}

extension IMAPFetchItems {
    /// Names and values take turns; what is not asked for is passed over.
    init(_ values: [IMAPValue]) {
        var index = 0
        while index + 1 < values.count {
            let (name, value) = (values[index].text?.uppercased() ?? "", values[index + 1])
            index += 2
            switch name {
            case "UID": uid = value.number.flatMap { UInt32(exactly: $0) }
            case "FLAGS": flags = value.list?.compactMap(\.text)
            case "INTERNALDATE": internalDate = value.text.flatMap { IMAPDate.timestamp($0) }
            case "MODSEQ": modificationSequence = value.list?.first?.number
            case "BODY[]", "BODY[]<0>", "RFC822": body = Body(value)
            default: break
            }
        }
    }
}

extension IMAPFetchItems.Body {
    fileprivate init(_ value: IMAPValue) {
        switch value {
        case .literal(let bytes, let size): self = .bytes(bytes, size: size)
        case .string(let bytes): self = .bytes(bytes, size: bytes.count)
        case .atom, .list, .null: self = .missing
        }
    }
}
