// Writes mails (RFC 5322, RFC 2045 to 2049). Every line is short, every byte outside addresses is ASCII, so that a mail
// passes any server; and no value that comes from outside can begin a field of its own.

import Model

/// Makes the bytes of a mail.
package enum MailWriter {
    /// A mail as it goes over the wire, without dots stuffed.
    package struct Written: Sendable, Hashable {
        /// Lines end with CR LF and are no longer than 998 bytes.
        package let bytes: [UInt8]
        /// Whether an address has characters that only a server with SMTPUTF8 takes (RFC 6531).
        package let needsSMTPUTF8: Bool
    }

    /// How many References are kept: the first, for it began the thread, and the last ones.
    static let referencesMax = 20

    /// Writes a mail. The same mail gives the same bytes.
    /// - Throws: when an address, an id or a media type holds what would break the header.
    package static func write(_ mail: OutgoingMail) throws(MailWriteError) -> Written {
        var header = HeaderWriter()
        try header.add("From", [mail.from])
        try header.add("To", mail.to)
        try header.add("Cc", mail.cc)
        if let replyTo = mail.replyTo { try header.add("Reply-To", [replyTo]) }
        header.add("Subject", text: mail.subject)
        header.add("Date", words: [date(mail.date)])
        try header.add("Message-ID", ids: [mail.messageID])
        if let id = mail.inReplyTo { try header.add("In-Reply-To", ids: [id]) }
        try header.add("References", ids: bounded(mail.references))
        if let automatic = mail.autoSubmitted {
            guard automatic.utf8.allSatisfy(HeaderWriter.isAtomByte), !automatic.isEmpty else {
                throw MailWriteError(description: "Auto-Submitted is no word")
            }
            header.add("Auto-Submitted", words: [automatic])
        }
        header.add("MIME-Version", words: ["1.0"])
        let entity = try body(mail)
        return Written(bytes: header.bytes + entity.bytes, needsSMTPUTF8: header.hasUTF8)
    }

    /// RFC 5322 section 3.6.4: all that the parent has and the parent itself; but a thread of years is cut in the
    /// middle.
    private static func bounded(_ references: [String]) -> [String] {
        var seen: Set<String> = []
        let each = references.filter { seen.insert($0).inserted }
        return each.count <= referencesMax ? each : [each[0]] + each.suffix(referencesMax - 1)
    }

    /// RFC 5322 section 3.3, in UTC: `Sun, 01 Mar 2026 10:00:00 +0000`.
    static func date(_ moment: Timestamp) -> String {
        let text = Array(moment.rfc3339)
        let names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let month = names[((Int(String(text[5...6])) ?? 1) - 1) % 12]
        let days = (moment.milliseconds - ((moment.milliseconds % 86_400_000) + 86_400_000) % 86_400_000) / 86_400_000
        let weekday = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"][Int((days % 7 + 7) % 7)]
        return "\(weekday), \(String(text[8...9])) \(month) \(String(text[0...3])) \(String(text[11...18])) +0000"
    }

    // MARK: - Content

    /// Text, then HTML with its pictures, then files: as many multiparts as it takes (RFC 2046, RFC 2387).
    private static func body(_ mail: OutgoingMail) throws(MailWriteError) -> MailEntity {
        var entity = MailEntity(text: mail.text, type: "text/plain; charset=utf-8")
        let pictures = mail.html == nil ? [] : mail.files.filter { $0.contentID != nil }
        if let html = mail.html {
            var shown = MailEntity(text: html, type: "text/html; charset=utf-8")
            if !pictures.isEmpty {
                shown = MailEntity("related", [shown] + (try entities(pictures)), level: 2)
            }
            entity = MailEntity("alternative", [entity, shown], level: 1)
        }
        let files = mail.files.filter { !pictures.contains($0) }
        return files.isEmpty ? entity : MailEntity("mixed", [entity] + (try entities(files)), level: 0)
    }

    private static func entities(_ files: [OutgoingMail.File]) throws(MailWriteError) -> [MailEntity] {
        var found: [MailEntity] = []
        for file in files { found.append(try MailEntity(file)) }
        return found
    }
}
