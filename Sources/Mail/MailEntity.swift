// A part of a mail that is written: its own header, an empty line, its content.

import Model

/// Header and content of one part, each line ended by CR LF.
struct MailEntity {
    private(set) var bytes: [UInt8] = []

    /// A text. ASCII in short lines goes as it is, everything else as quoted-printable, which keeps every line as it
    /// was.
    init(text: String, type: String) {
        let lines = Array(PlainText.lines(text).utf8).split(separator: 0x0A, omittingEmptySubsequences: false)
        let isPlain = lines.allSatisfy { line in
            line.count <= 76 && line.last != 0x20 && line.last != 0x09 && !line.starts(with: "From ".utf8)
                && !line.starts(with: [0x2D, 0x2D]) && line.allSatisfy { ($0 >= 0x20 && $0 < 0x7F) || $0 == 0x09 }
        }
        var header = HeaderWriter()
        header.add("Content-Type", words: type.split(separator: " ").map(String.init))
        header.add("Content-Transfer-Encoding", words: [isPlain ? "7bit" : "quoted-printable"])
        bytes = header.bytes + [0x0D, 0x0A]
        for line in lines { bytes += (isPlain ? Array(line) : Self.quotedPrintable(line)) + [0x0D, 0x0A] }
    }

    /// A file, in base64; another mail goes as it is where it may, for RFC 2046 section 5.2.1 forbids to encode it.
    init(_ file: OutgoingMail.File) throws(MailWriteError) {
        guard var type = MediaType.essence(file.type) else {
            throw MailWriteError(description: "a file's media type is none")
        }
        let isComposed = type.hasPrefix("message/") || type.hasPrefix("multipart/")
        let isBare = type == "message/rfc822" && Self.isBare(file.bytes)
        if isComposed, !isBare { type = MediaType.unknown }
        let name = FileName.safe(file.name)
        var header = HeaderWriter()
        header.add("Content-Type", words: Self.parameters(type, "name", name, isOld: true))
        header.add("Content-Transfer-Encoding", words: [isBare ? "7bit" : "base64"])
        let disposition = file.contentID == nil ? "attachment" : "inline"
        header.add("Content-Disposition", words: Self.parameters(disposition, "filename", name, isOld: false))
        if let id = file.contentID { try header.add("Content-ID", ids: [id]) }
        bytes = header.bytes + [0x0D, 0x0A] + (isBare ? file.bytes : Self.base64(file.bytes)) + [0x0D, 0x0A]
    }

    /// A multipart. Its boundary can stand in no content: an equals sign before an underscore is neither
    /// quoted-printable nor base64, and text that goes as it is has no line that begins with two hyphens.
    init(_ subtype: String, _ parts: [MailEntity], level: Int) {
        let boundary = "=_samtal-\(level)"
        var header = HeaderWriter()
        header.add("Content-Type", words: ["multipart/\(subtype);", "boundary=\"\(boundary)\""])
        bytes = header.bytes + [0x0D, 0x0A]
        for part in parts { bytes += Array("--\(boundary)\r\n".utf8) + part.bytes }
        bytes += Array("--\(boundary)--\r\n".utf8)
    }

    /// Whether another mail may stand in this one as it is.
    private static func isBare(_ bytes: [UInt8]) -> Bool {
        bytes.split(separator: 0x0A, omittingEmptySubsequences: false).allSatisfy { line in
            line.count <= 998 && !line.starts(with: "--=_samtal-".utf8)
                && line.allSatisfy { ($0 >= 0x20 && $0 < 0x7F) || $0 == 0x09 || $0 == 0x0D }
        }
    }

    // MARK: - Parameters

    /// A value and the name of a file behind it. RFC 2231 is the way; programs that know it not look at the `name` of
    /// the Content-Type and take encoded words there.
    private static func parameters(_ value: String, _ key: String, _ name: String?, isOld: Bool) -> [String] {
        guard let name else { return [value] }
        let isPlain = name.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } && !name.contains("=?") && !name.contains("''")
        if isPlain, name.utf8.count <= 60 { return ["\(value);", "\(key)=\(HeaderWriter.quoted(name))"] }
        if isOld {
            let words = HeaderWriter.encodedWords(name).joined(separator: "\r\n ")
            return ["\(value);", "\(key)=\"\(words)\""]
        }
        let pieces = percentPieces(name)
        if pieces.count == 1 { return ["\(value);", "\(key)*=utf-8''\(pieces[0])"] }
        let numbered = pieces.enumerated().map { index, piece in
            "\(key)*\(index)*=\(index == 0 ? "utf-8''" : "")\(piece)\(index == pieces.count - 1 ? "" : ";")"
        }
        return ["\(value);"] + numbered
    }

    /// RFC 2231 section 4, cut so that each piece has a line of its own.
    private static func percentPieces(_ name: String) -> [String] {
        var pieces = [""]
        for byte in name.utf8 {
            let isPlain =
                (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || "-._".utf8.contains(byte)
            let letter = isPlain ? String(Unicode.Scalar(byte)) : "%" + HeaderWriter.hex(byte)
            if pieces[pieces.count - 1].utf8.count + letter.utf8.count > 50 { pieces.append("") }
            pieces[pieces.count - 1] += letter
        }
        return pieces
    }

    // MARK: - Encodings

    private static func base64(_ bytes: [UInt8]) -> [UInt8] {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count / 3 * 4 + bytes.count / 28 + 8)
        var at = 0
        while at < bytes.count {
            // RFC 2045 section 6.8: 76 signs, which are 57 bytes, a line.
            if at > 0, at % 57 == 0 { out += [0x0D, 0x0A] }
            let (a, b) = (bytes[at], at + 1 < bytes.count ? bytes[at + 1] : 0)
            let c = at + 2 < bytes.count ? bytes[at + 2] : 0
            out.append(digits[Int(a >> 2)])
            out.append(digits[Int((a & 3) << 4 | b >> 4)])
            out.append(at + 1 < bytes.count ? digits[Int((b & 15) << 2 | c >> 6)] : 0x3D)
            out.append(at + 2 < bytes.count ? digits[Int(c & 63)] : 0x3D)
            at += 3
        }
        return out
    }

    /// RFC 2045 section 6.7, one line of the text. `From ` and a dot are hidden too, which servers change at a line's
    /// start.
    private static func quotedPrintable(_ line: some Collection<UInt8>) -> [UInt8] {
        let line = Array(line)
        var out: [UInt8] = []
        var width = 0
        for (place, byte) in line.enumerated() {
            let isLast = place == line.count - 1
            let isBlank = byte == 0x20 || byte == 0x09
            var isPlain = (byte > 0x20 && byte < 0x7F && byte != 0x3D) || (isBlank && !isLast)
            if place == 0, byte == 0x2E || byte == 0x2D || line.starts(with: "From ".utf8) { isPlain = false }
            let piece = isPlain ? [byte] : [0x3D] + Array(HeaderWriter.hex(byte).utf8)
            if width + piece.count > 75 {
                out += [0x3D, 0x0D, 0x0A]
                width = 0
            }
            out += piece
            width += piece.count
        }
        return out
    }
}
