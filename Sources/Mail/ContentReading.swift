// What the content of a mail says: the text and the HTML for people, and the parts beside them.

import Model

/// Reads what `BodyChoice` has sorted.
struct ContentReading {
    private let limits: MailLimits
    private(set) var complaints: [String] = []
    private(set) var isCut = false
    /// Files that stood within a text.
    private var found: [MailPart] = []

    init(limits: MailLimits) {
        self.limits = limits
    }

    private mutating func complain(_ text: String) {
        if !complaints.contains(text) { complaints.append(text) }
    }

    mutating func read(_ choice: BodyChoice, into mail: inout ReadMail) {
        let html = html(choice)
        let (text, source) = text(choice, html: html, &mail.protection)
        mail.html = html
        mail.text = text
        mail.textSource = source
        let isEncrypted = !mail.isEncrypted ? false : choice.protection.contains(.encryptedPGP)
        mail.parts = choice.others.map { part($0, html: html, isEncrypted: isEncrypted) } + found
    }

    // MARK: - Text

    /// A text of the mail, decoded.
    private struct Piece {
        let text: String
        let isHTML: Bool
    }

    /// Texts that were decoded, by the number of their leaf: most are asked for twice.
    private var pieces: [Int: Piece] = [:]

    private mutating func piece(_ leaf: MailLeaf) -> Piece {
        if let known = pieces[leaf.id] { return known }
        let piece = decoded(leaf)
        pieces[leaf.id] = piece
        return piece
    }

    private mutating func decoded(_ leaf: MailLeaf) -> Piece {
        if leaf.encoding == nil {
            complain("has an unknown transfer encoding")
        }
        let bytes = leaf.content()
        let isHTML = ["text/html", "text/x-html", "application/xhtml+xml"].contains(leaf.type)
        let label = leaf.node.type.list["charset"] ?? (isHTML ? HTMLCharset.label(bytes) : nil)
        let decoded = Charset.decode(bytes, label: label)
        if !decoded.isClean {
            complain("has text that is not in the charset it names (\(label?.prefix(40) ?? "none"))")
        }
        var text = decoded.text
        if text.utf8.count > limits.textBytesMax {
            complain("has a text longer than \(FileLimits.text(limits.textBytesMax)); the rest was not read")
            isCut = true
            text = String(decoding: text.utf8.prefix(limits.textBytesMax), as: UTF8.self)
        }
        // Programs call HTML text, and text HTML.
        if !isHTML, Self.isPage(text) { return Piece(text: PlainText.clean(text), isHTML: true) }
        let clean = PlainText.clean(text)
        if isHTML { return Piece(text: clean, isHTML: clean.contains("<") || clean.contains("&")) }
        switch leaf.type {
        case "text/enriched", "text/richtext": return Piece(text: PlainText.unenriched(clean), isHTML: false)
        default: break
        }
        guard leaf.node.type.list["format"]?.lowercased() == "flowed" else { return Piece(text: clean, isHTML: false) }
        let deletesSpace = leaf.node.type.list["delsp"]?.lowercased() == "yes"
        // The spaces at the ends of lines count, so that cleaning must not come first.
        let flowed = PlainText.unflowed(PlainText.lines(text), deletesSpace: deletesSpace)
        return Piece(text: PlainText.clean(flowed), isHTML: false)
    }

    private static func isPage(_ text: String) -> Bool {
        let start = text.prefix(200).drop { $0.isWhitespace || $0 == "\u{FEFF}" }.prefix(15).lowercased()
        return start.hasPrefix("<html") || start.hasPrefix("<!doctype html")
    }

    /// The HTML of the mail, in one piece; plain texts beside it are put in as they are.
    private mutating func html(_ choice: BodyChoice) -> String? {
        let pieces = choice.htmls.map { piece($0) }.filter { !$0.text.isEmpty }
        guard pieces.contains(where: \.isHTML) else { return nil }
        return pieces.map { $0.isHTML ? $0.text : "<pre>\(Self.escaped($0.text))</pre>" }.joined(separator: "\n")
    }

    private static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "&": out += "&amp;"
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// The text for people, and what it was made of.
    private mutating func text(
        _ choice: BodyChoice, html: String?, _ protection: inout Set<ReadMail.Protection>
    ) -> (String, ReadMail.TextSource) {
        var texts: [String] = []
        var hasPlain = false
        for leaf in choice.texts {
            let piece = piece(leaf)
            let text = piece.isHTML ? rendered(piece.text) : unpacked(piece.text, &protection)
            guard !text.isEmpty else { continue }
            hasPlain = hasPlain || !piece.isHTML
            texts.append(text)
        }
        let plain = texts.joined(separator: "\n\n")
        guard let html, hasPlain || plain.isEmpty else {
            return (plain, plain.isEmpty ? .none : hasPlain ? .plain : .html)
        }
        guard plain.isEmpty || PlainStub.mayBe(plain) else { return (plain, .plain) }
        let text = rendered(html)
        if PlainStub.stands(plain, for: text) { return (text, text.isEmpty ? .none : .html) }
        return (plain, plain.isEmpty ? .none : .plain)
    }

    private mutating func rendered(_ html: String) -> String {
        let (text, isWhole) = HTMLText.read(html, bytesMax: limits.textBytesMax)
        if !isWhole {
            complain("has HTML too long or too deep to be read in full")
            isCut = true
        }
        return text
    }

    private mutating func unpacked(_ text: String, _ protection: inout Set<ReadMail.Protection>) -> String {
        let blocks = InlineBlocks(text)
        if blocks.isSigned { protection.insert(.signedInline) }
        if blocks.isEncrypted { protection.insert(.encryptedInline) }
        for file in blocks.files {
            found.append(
                MailPart(role: .file, type: MediaType.unknown, name: FileName.safe(file.name), bytes: file.bytes))
        }
        return PlainText.clean(blocks.text)
    }

    // MARK: - Parts

    private mutating func part(_ leaf: MailLeaf, html: String?, isEncrypted: Bool) -> MailPart {
        if leaf.encoding == nil { complain("has an unknown transfer encoding") }
        let bytes = leaf.content()
        let id = leaf.node.headers.field("Content-ID").flatMap { MessageIDs.one($0.bytes) }
        let role = Self.role(leaf, id: id, html: html, isEncrypted: isEncrypted)
        var subject: String?
        if role == .message {
            subject = MailHeaders(block: bytes.prefix(MailHeaders.valueBytesMax)).field("Subject").map(
                HeaderReading.subject)
        }
        return MailPart(
            role: role, type: leaf.type, parameters: leaf.node.type.list.parameters, name: leaf.name, contentID: id,
            disposition: leaf.disposition, subject: subject, headers: leaf.node.headers, bytes: bytes)
    }

    private static func role(_ leaf: MailLeaf, id: String?, html: String?, isEncrypted: Bool) -> MailPart.Role {
        switch leaf.type {
        case "message/rfc822", "message/global", "message/news", "message/rfc2822": return .message
        case "message/delivery-status", "message/disposition-notification", "message/feedback-report",
            "message/global-delivery-status", "message/global-disposition-notification", "message/global-headers",
            "text/rfc822-headers", "message/tracking-status":
            return .report
        case "text/calendar": return .calendar
        case "application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature":
            return .signature
        case "application/pgp-encrypted": return .encrypted
        case "application/pkcs7-mime", "application/x-pkcs7-mime":
            return leaf.node.type.list["smime-type"]?.lowercased() == "certs-only" ? .file : .encrypted
        case "application/octet-stream" where leaf.container == "encrypted" && isEncrypted: return .encrypted
        default: break
        }
        if let id, let html, html.hasBytes("cid:\(id)") { return .inline }
        let isShown = leaf.disposition == "inline" && leaf.type.hasPrefix("image/")
        return isShown || (id != nil && leaf.container == "related" && leaf.disposition != "attachment")
            ? .inline : .file
    }
}
