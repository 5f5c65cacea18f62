// What older programs put into the text itself: uuencoded files and the armour of OpenPGP.

/// A plain text and what was found in it.
struct InlineBlocks {
    private(set) var text = ""
    /// Uuencoded files, with their names.
    private(set) var files: [(name: String, bytes: [UInt8])] = []
    private(set) var isSigned = false
    private(set) var isEncrypted = false

    /// How many files of one text are taken out.
    private static let filesMax = 100

    init(_ text: String) {
        var kept = text
        if text.hasBytes("-----BEGIN PGP ") { unarmour(&kept) }
        if text.hasPrefix("begin ") || text.hasBytes("\nbegin ") { takeFiles(&kept) }
        self.text = kept
    }

    /// RFC 9580 section 7: of a signed text the words remain. Its signature is in the raw mail.
    private mutating func unarmour(_ text: inout String) {
        isEncrypted = text.hasPrefix("-----BEGIN PGP MESSAGE-----") || text.hasBytes("\n-----BEGIN PGP MESSAGE-----")
        var out: [Substring] = []
        var state = State.outside
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let bare: Substring = line.trimmingSuffix { $0 == " " || $0 == "\t" }
            switch state {
            case .outside where bare == "-----BEGIN PGP SIGNED MESSAGE-----":
                state = .armourHeader
                isSigned = true
            case .armourHeader: if bare.isEmpty { state = .signed }
            case .signed where bare == "-----BEGIN PGP SIGNATURE-----": state = .signature
            case .signed: out.append(line.hasPrefix("- ") ? line.dropFirst(2) : line)
            case .signature: if bare == "-----END PGP SIGNATURE-----" { state = .outside }
            case .outside: out.append(line)
            }
        }
        // What begins and never ends stays as it is.
        if isSigned, state == .outside { text = out.joined(separator: "\n") }
    }

    private enum State { case outside, armourHeader, signed, signature }

    private mutating func takeFiles(_ text: inout String) {
        var out: [Substring] = []
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
        while let line = lines.popFirst() {
            guard files.count < Self.filesMax, let name = Self.name(line), let size = Self.size(lines), size > 0 else {
                out.append(line)
                continue
            }
            files.append((name, lines.prefix(size).flatMap { TransferEncoding.uuLine(Array($0.utf8)[...]) }))
            lines = lines.dropFirst(size + 1)
        }
        text = out.joined(separator: "\n")
    }

    /// The name in `begin 644 name`.
    private static func name(_ line: Substring) -> String? {
        let words = line.split(separator: " ", maxSplits: 2)
        guard words.count == 3, words[0] == "begin", words[1].count >= 3, words[1].count <= 4,
            words[1].utf8.allSatisfy({ (0x30...0x37).contains($0) })
        else { return nil }
        return String(words[2])
    }

    /// How many lines of data come before `end`; `nil`: what follows is no data.
    private static func size(_ lines: ArraySlice<Substring>) -> Int? {
        var count = 0
        for line in lines {
            if line == "end" { return count }
            let bytes = line.utf8
            guard let first = bytes.first, bytes.allSatisfy({ $0 >= 0x20 && $0 <= 0x60 }) else {
                if bytes.isEmpty {
                    count += 1
                    continue
                }
                return nil
            }
            // Four letters for three bytes; programs strip spaces at the end and add a checksum.
            let length = Int((first - 0x20) & 0x3F)
            guard bytes.count <= (length + 2) / 3 * 4 + 3 else { return nil }
            count += 1
        }
        return nil
    }
}

extension Substring {
    fileprivate func trimmingSuffix(_ isBlank: (Character) -> Bool) -> Substring {
        var rest = self
        while let last = rest.last, isBlank(last) { rest.removeLast() }
        return rest
    }
}
