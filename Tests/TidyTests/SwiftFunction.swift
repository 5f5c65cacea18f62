/// A function or initialiser with a body.
struct SwiftFunction {
    let name: String
    /// The line of its `func` or `init`, from 1.
    let line: Int
    /// From that line to its closing brace.
    let lineCount: Int
    let parameterCount: Int

    /// Every function of a file, nested ones too.
    static func all(in source: SwiftSource) -> [SwiftFunction] {
        let bytes = Array(source.code.utf8)
        var functions: [SwiftFunction] = []
        var line = 1
        for (place, byte) in bytes.enumerated() {
            if byte == 0x0A { line += 1 }
            guard let declaration = Declaration(bytes, at: place) else { continue }
            let count = bytes[place...declaration.end].count { $0 == 0x0A } + 1
            functions.append(
                SwiftFunction(
                    name: declaration.name, line: line, lineCount: count, parameterCount: declaration.parameterCount))
        }
        return functions
    }
}

/// A reading of one declaration from its keyword to the end of its body.
private struct Declaration {
    let name: String
    let parameterCount: Int
    /// Where the body's closing brace stands.
    let end: Int

    /// `f`, `i` and `d`: what the keywords begin with.
    private static let initials: Set<UInt8> = [0x66, 0x69, 0x64]

    init?(_ bytes: [UInt8], at place: Int) {
        guard Self.initials.contains(bytes[place]) else { return nil }
        guard let keyword = ["func", "init", "deinit"].first(where: { Self.has($0, bytes, at: place) }) else {
            return nil
        }
        let before = place == 0 ? 0x0A : bytes[place - 1]
        guard before == 0x20 || before == 0x0A else { return nil }
        var at = place + keyword.utf8.count
        name = String(decoding: bytes[place...].prefix { $0 != 0x28 && $0 != 0x7B && $0 != 0x0A }, as: UTF8.self)
        var count = 0
        if keyword != "deinit" {
            while at < bytes.count, bytes[at] != 0x28, bytes[at] != 0x0A { at += 1 }
            guard at < bytes.count, bytes[at] == 0x28, let close = Self.close(bytes, from: at) else { return nil }
            count = Self.parameters(bytes[at...close])
            at = close + 1
        }
        parameterCount = count
        guard let open = bytes[at...].firstIndex(of: 0x7B) else { return nil }
        let between = String(decoding: bytes[at..<open], as: UTF8.self)
        // A requirement of a protocol has no body: another declaration, or the protocol's end, comes before a brace.
        let words = between.split { !$0.isLetter && $0 != "}" && $0 != "@" && $0 != "=" }
        let others: Set<Substring> = [
            "func", "var", "let", "init", "struct", "enum", "class", "extension", "package", "private", "static",
            "case",
            "mutating", "}", "@", "=",
        ]
        guard others.isDisjoint(with: words), let end = Self.close(bytes, from: open) else { return nil }
        self.end = end
    }

    private static func has(_ word: String, _ bytes: [UInt8], at place: Int) -> Bool {
        guard bytes[place...].starts(with: word.utf8) else { return false }
        let next = place + word.utf8.count
        guard next < bytes.count else { return false }
        return !(0x61...0x7A).contains(bytes[next]) && !(0x41...0x5A).contains(bytes[next])
    }

    /// Where the bracket that opens at `open` closes.
    private static func close(_ bytes: [UInt8], from open: Int) -> Int? {
        let pairs: [UInt8: UInt8] = [0x28: 0x29, 0x7B: 0x7D]
        var depth = 0
        for place in open..<bytes.count {
            if bytes[place] == bytes[open] { depth += 1 }
            if bytes[place] == pairs[bytes[open]] { depth -= 1 }
            if depth == 0 { return place }
        }
        return nil
    }

    /// The colons outside inner brackets: one for each parameter. The transaction that something happens in does not
    /// count: it is the place, not a choice of the caller.
    private static func parameters(_ list: ArraySlice<UInt8>) -> Int {
        var depth = 0
        var count = 0
        for byte in list {
            switch byte {
            case 0x28, 0x5B, 0x7B: depth += 1
            case 0x29, 0x5D, 0x7D: depth -= 1
            case 0x3A where depth == 1: count += 1
            default: break
            }
        }
        return String(decoding: list, as: UTF8.self).contains("in transaction:") ? count - 1 : count
    }
}
