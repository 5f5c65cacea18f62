// What the header of a mail says of it.

import Model

/// Reads the fields that every mail has.
enum HeaderReading {
    static func read(_ headers: MailHeaders, into mail: inout ReadMail, _ complaints: inout [String]) {
        // RFC 5322 section 3.6: once. A second From is how one program is shown another sender than the next.
        for name in ["From", "Sender", "Subject", "Date", "Message-ID", "To", "Content-Type"]
        where headers.fields(name).count > 1 {
            complaints.append("has the field \(name) \(headers.fields(name).count) times")
        }
        mail.from = addresses(headers, "From")
        mail.sender = addresses(headers, "Sender").first
        mail.replyTo = addresses(headers, "Reply-To")
        mail.to = MailAddress.list(headers, "To")
        mail.cc = MailAddress.list(headers, "Cc")
        mail.bcc = MailAddress.list(headers, "Bcc")
        if mail.from.allSatisfy({ !$0.address.contains("@") }) { complaints.append("names no address that it is from") }
        mail.subject = headers.field("Subject").map { subject($0) }
        mail.messageID = headers.fields("Message-ID").compactMap { MessageIDs.one($0.bytes) }.first
        mail.inReplyTo = headers.fields("In-Reply-To").flatMap { MessageIDs.list($0.bytes) }
        mail.references = MessageIDs.list(Array(headers.fields("References").map(\.bytes).joined(separator: [0x20])))
        if let date = headers.field("Date") {
            mail.date = MailDate.read(date.bytes)
            if mail.date == nil { complaints.append("has a date that is none: \(date.text.prefix(60))") }
        }
    }

    /// Of the first field that has any.
    private static func addresses(_ headers: MailHeaders, _ name: String) -> [MailAddress] {
        for field in headers.fields(name) {
            let found = MailAddress.list(field.bytes)
            if !found.isEmpty { return found }
        }
        return []
    }

    /// On one line; folding left one space for each that it took.
    static func subject(_ field: MailHeaders.Field) -> String {
        let text = field.text
        let start = text.drop { $0 == " " }
        guard let last = start.lastIndex(where: { $0 != " " }) else { return "" }
        return String(start[...last])
    }
}
