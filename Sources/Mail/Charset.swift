// The charsets of mail. Labels are read as browsers and mail programs do (the WHATWG Encoding Standard), since what
// they say and what was meant differ: gb2312 means gb18030, iso-8859-1 means windows-1252. Every byte becomes some
// text: what a charset does not know comes out as U+FFFD.

import Glibc

/// Decodes bytes into text.
enum Charset {
    /// A text, and whether the bytes were as the label said.
    struct Decoded {
        let text: String
        let isClean: Bool
    }

    /// How long a label may be, in bytes; longer ones are no labels.
    private static let labelBytesMax = 60

    /// The bytes as text.
    /// - Parameter label: as the mail says it; `nil`, or one that says nothing (`unknown-8bit`): the bytes tell.
    static func decode(_ bytes: [UInt8], label: String?) -> Decoded {
        guard let label, let name = canonical(label) else { return Decoded(text: guess(bytes), isClean: label == nil) }
        let isBasic = ["", "UTF-8", "CP1252"].contains(name)
        if isBasic, bytes.allSatisfy({ $0 < 0x80 && $0 != 0x1B }) {
            return Decoded(text: String(decoding: bytes, as: UTF8.self), isClean: true)
        }
        switch name {
        case "": return Decoded(text: guess(bytes), isClean: true)
        case "UTF-8": return utf8(bytes)
        case "CP1252": return Decoded(text: latin(bytes), isClean: true)
        case "UTF-16": return convert(bytes, from: utf16Order(of: bytes)) ?? Decoded(text: guess(bytes), isClean: false)
        default:
            guard let found = convert(bytes, from: name) else { return Decoded(text: guess(bytes), isClean: false) }
            if name == "ISO-2022-JP", !found.isClean, let more = convert(bytes, from: "ISO-2022-JP-3"), more.isClean {
                return more
            }
            return found
        }
    }

    /// The bytes of which nobody says the charset: UTF-8 where they are, ISO-2022-JP where its escapes are, else
    /// windows-1252.
    static func guess(_ bytes: [UInt8]) -> String {
        if let text = String(validating: bytes, as: UTF8.self) {
            let isJapanese = bytes.contains(0x1B) && bytes.allSatisfy { $0 < 0x80 } && text.contains("\u{1B}$")
            if isJapanese, let found = convert(bytes, from: "ISO-2022-JP"), found.isClean { return found.text }
            return text.first == "\u{FEFF}" ? String(text.dropFirst()) : text
        }
        return utf8(bytes).text
    }

    // MARK: - Labels

    /// Labels that stand for another charset than the one they name, or that iconv does not know.
    private static let names: [String: String] = {
        var names: [String: String] = [:]
        let groups: [(String, String)] = [
            (
                "",
                "us-ascii ascii ansi_x3.4-1968 iso646-us 646 unknown-8bit x-unknown unknown 8bit 7bit binary"
            ),
            ("UTF-8", "utf-8 utf8 unicode-1-1-utf-8 utf-8n x-utf8 utf8mb4 csutf8"),
            (
                "CP1252",
                "iso-8859-1 iso8859-1 iso_8859-1 iso88591 iso-88591 8859-1 latin1 latin-1 l1 cp1252 windows-1252"
            ),
            ("CP1252", "x-cp1252 ansi cp819 iso-ir-100 win-1252 western x-ansi csisolatin1 iso_8859-1:1987"),
            ("CP1254", "iso-8859-9 iso8859-9 latin5 l5 windows-1254"),
            ("CP874", "iso-8859-11 tis-620 windows-874 tis620"),
            ("ISO-8859-8", "iso-8859-8-i iso-8859-8-e logical visual iso-8859-8"),
            ("ISO-8859-6", "iso-8859-6-i iso-8859-6-e iso-8859-6"),
            ("GB18030", "gb2312 gb_2312-80 gbk x-gbk euc-cn gb18030 cp936 windows-936 chinese csgb2312 x-euc-cn"),
            ("BIG5-HKSCS", "big5 big5-hkscs x-x-big5 cn-big5 csbig5 cp950 windows-950"),
            ("CP932", "shift_jis shift-jis sjis x-sjis ms_kanji windows-31j cp932 csshiftjis ms932 windows-932"),
            ("UHC", "euc-kr ks_c_5601-1987 ks_c_5601-1989 ks_c_5601 ksc5601 ksc_5601 korean cseuckr windows-949 cp949"),
            ("UHC", "ks_c_5861-1992 iso-ir-149 x-windows-949"),
            ("EUC-JP-MS", "euc-jp x-euc-jp cseucpkdfmtjapanese eucjp"),
            ("ISO-2022-JP", "iso-2022-jp csiso2022jp cp50220 cp50221 cp50222 iso-2022-jp-ms"),
            ("MACINTOSH", "macintosh mac x-mac-roman macroman csmacintosh apple-roman"),
            ("UTF-16", "utf-16 utf16 unicode csunicode iso-10646-ucs-2 ucs-2"),
            ("UTF-7", "utf-7 unicode-1-1-utf-7 utf7"),
        ]
        for (name, labels) in groups {
            for label in labels.split(separator: " ") { names[String(label)] = name }
        }
        return names
    }()

    /// The name that iconv knows; empty for labels that say nothing; `nil` for what cannot be a label.
    private static func canonical(_ label: String) -> String? {
        var label = label.lowercased().filter { !" \t\"'<>\\".contains($0) }
        if label.hasPrefix("charset=") { label.removeFirst(8) }
        if let name = names[label] { return name }
        let isPlain = label.utf8.allSatisfy { byte in
            (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || "-_.:()+".utf8.contains(byte)
        }
        guard isPlain, !label.isEmpty, label.utf8.count <= labelBytesMax else { return nil }
        for prefix in ["windows-", "win-", "cp-", "x-cp", "ms-"] where label.hasPrefix(prefix) {
            return "CP" + label.dropFirst(prefix.count)
        }
        if label.hasPrefix("x-") { label.removeFirst(2) }
        if label.hasPrefix("iso8859") { label = "iso-8859" + label.dropFirst(7) }
        return names[label] ?? label.uppercased()
    }

    // MARK: - Conversion

    /// UTF-8; where none of it is, it was windows-1252 all along.
    private static func utf8(_ bytes: [UInt8]) -> Decoded {
        let body = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
        if let text = String(validating: body, as: UTF8.self) { return Decoded(text: text, isClean: true) }
        let lossy = String(decoding: body, as: UTF8.self)
        let good = lossy.unicodeScalars.count { $0.value >= 0x80 && $0 != "\u{FFFD}" }
        return Decoded(text: good == 0 ? latin(bytes) : lossy, isClean: false)
    }

    /// UTF-16 without a byte order mark is little endian in practice, unless the zeros of its ASCII stand first.
    private static func utf16Order(of bytes: [UInt8]) -> String {
        if bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE]) { return "UTF-16" }
        var (even, odd) = (0, 0)
        for (place, byte) in bytes.prefix(2000).enumerated() where byte == 0 {
            if place % 2 == 0 { even += 1 } else { odd += 1 }
        }
        return even > odd ? "UTF-16BE" : "UTF-16LE"
    }

    /// What windows-1252 has where ISO 8859-1 has controls.
    private static let middle: [UInt16] = [
        0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,
        0x017D,
        0x8F, 0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153,
        0x9D,
        0x017E, 0x0178,
    ]

    /// Windows-1252.
    static func latin(_ bytes: [UInt8]) -> String {
        var out = String.UnicodeScalarView()
        for byte in bytes {
            let code = (0x80..<0xA0).contains(byte) ? UInt32(middle[Int(byte) - 0x80]) : UInt32(byte)
            out.append(Unicode.Scalar(code) ?? "\u{FFFD}")
        }
        return String(out)
    }

    /// By iconv; `nil` when it does not know the charset.
    private static func convert(_ bytes: [UInt8], from name: String) -> Decoded? {
        let handle = iconv_open("UTF-8", name)
        guard let handle, handle != iconv_t(bitPattern: -1) else { return nil }
        defer { iconv_close(handle) }
        var isClean = true
        var input = bytes
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count * 2)
        input.withUnsafeMutableBytes { raw in
            var source = raw.bindMemory(to: CChar.self).baseAddress
            var left = raw.count
            while left > 0 {
                let reason = step(handle, &source, &left, into: &output)
                guard reason != 0, reason != E2BIG else { continue }
                isClean = false
                output += [0xEF, 0xBF, 0xBD]
                // What is left is the beginning of a character that does not go on.
                guard reason == EILSEQ else { return }
                source = source?.advanced(by: 1)
                left -= 1
            }
        }
        var (none, nothing) = (UnsafeMutablePointer<CChar>?.none, 0)
        _ = step(handle, &none, &nothing, into: &output)
        return Decoded(text: String(decoding: output, as: UTF8.self), isClean: isClean)
    }

    /// One call of iconv, whose output is appended; with no input what its shift state holds comes out.
    /// - Returns: 0, or why it stopped.
    private static func step(
        _ handle: iconv_t, _ source: inout UnsafeMutablePointer<CChar>?, _ left: inout Int, into output: inout [UInt8]
    ) -> Int32 {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 8192) { room in
            var target = room.baseAddress
            var free = room.count
            let isWrong = iconv(handle, &source, &left, &target, &free) == Int(bitPattern: UInt.max)
            let reason = isWrong ? errno : 0
            output.append(
                contentsOf: UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(room)[..<(room.count - free)]))
            return reason
        }
    }
}
