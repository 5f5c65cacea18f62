// Step 3 of the hallway for mails (RFC 5322, RFC 2045 to 2049): any bytes become a mail that was read. The reader gives
// back something for all bytes there are; what it could not make sense of it says in words.

import Model

/// Reads mails.
///
/// Plain synchronous functions that only compute: a mail of many megabytes keeps a thread busy for a tenth of a second,
/// so they belong on a thread of the caller's own and never on Swift's cooperative pool. Any number of threads may read
/// at once.
package enum MailReader {
    /// Reads a mail.
    /// - Parameter bytes: as received; the `From ` line of a mailbox file may stand before it.
    package static func read(_ bytes: [UInt8], limits: MailLimits = MailLimits()) -> ReadMail {
        var complaints: [String] = []
        var isCut = bytes.count > limits.bytesMax
        if isCut { complaints.append("is longer than \(FileLimits.text(limits.bytesMax)); the rest was not read") }
        let scan = MailScan(prepared(bytes, limits), limits: limits)
        let headers = scan.nodes.first?.headers ?? MailHeaders(fields: [])
        var mail = ReadMail(headers: headers)
        let choice = BodyChoice(scan, limits: limits)
        isCut = isCut || scan.isCut || choice.isCut
        complaints += scan.complaints + choice.complaints
        mail.protection = choice.protection
        HeaderReading.read(headers, into: &mail, &complaints)
        var reading = ContentReading(limits: limits)
        reading.read(choice, into: &mail)
        complaints += reading.complaints
        if headers.fields.isEmpty { complaints.append(bytes.isEmpty ? "is empty" : "has no header") }
        mail.isDegraded = isCut || reading.isCut || headers.fields.isEmpty
        if mail.isDegraded {
            mail.parts.append(MailPart(role: .raw, type: "message/rfc822", name: "mail.eml", bytes: bytes))
        }
        var seen: Set<String> = []
        mail.complaints = complaints.filter { seen.insert($0).inserted }
        return mail
    }

    /// What is scanned: no more than the limit, no byte order mark, and line feeds where a mail has carriage returns
    /// alone.
    private static func prepared(_ bytes: [UInt8], _ limits: MailLimits) -> [UInt8] {
        var bytes = bytes.count > limits.bytesMax ? Array(bytes.prefix(limits.bytesMax)) : bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes.removeFirst(3) }
        if bytes.contains(0x0A) || !bytes.contains(0x0D) { return bytes }
        for place in bytes.indices where bytes[place] == 0x0D { bytes[place] = 0x0A }
        return bytes
    }
}
