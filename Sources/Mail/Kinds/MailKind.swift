// Step 3 of the hallway for mails: whether a person wrote it. Programs say what they are in headers and parts; subjects
// count only together with something that a person's program does not write.

/// What a mail is.
package enum MailKind: Sendable, Hashable {
    case person
    /// A program answered (RFC 3834).
    case autoReply
    /// A program answered for somebody who is away.
    case outOfOffice
    /// Sent by a program on its own, to this recipient.
    case notification
    /// Of a mailing list (RFC 2919).
    case list
    /// Sent to many.
    case bulk
    /// A mail did not arrive, or not yet.
    case bounce(Bounce)
    /// A mail arrived (RFC 3464): the Message-ID of which one.
    case delivered(originalID: String?)
    /// Somebody calls a mail of ours spam (RFC 5965).
    case complaint(Complaint)
    /// An invitation or an answer to one: the method of RFC 5546 in lower case.
    case calendar(method: String)
    /// Somebody's program tells what became of a mail (RFC 8098).
    case receipt(Receipt)

    /// The name that configuration and `explain` use.
    package var name: String {
        switch self {
        case .person: "person"
        case .autoReply: "auto-reply"
        case .outOfOffice: "out-of-office"
        case .notification: "notification"
        case .list: "list"
        case .bulk: "bulk"
        case .bounce: "bounce"
        case .delivered: "delivered"
        case .complaint: "complaint"
        case .calendar: "calendar"
        case .receipt: "receipt"
        }
    }

    /// What a mail is, and the words by which it was seen.
    ///
    /// - Parameters:
    ///   - text: the mail's text, which tells what the bounces of some servers say.
    ///   - ownLists: the `List-Id` of lists, in lower case and without brackets, that only hand mail on to the mailbox:
    ///     a group address for support makes every mail look like one of a list.
    package static func of(
        headers: MailHeaders, parts: [MailPart], text: String = "", ownLists: Set<String> = []
    ) -> (kind: MailKind, rule: String) {
        let signs = AutomaticSigns(headers, ownLists: ownLists)
        if let found = ofReport(headers, parts, text) { return found }
        if let method = calendarMethod(parts) { return (.calendar(method: method), "text/calendar, method \(method)") }
        if let rule = signs.bounce, let bounce = BounceText.read(text, headers: headers, parts: parts) {
            return (.bounce(bounce), rule)
        }
        if let rule = signs.answer { return (signs.isAway ? .outOfOffice : .autoReply, rule) }
        if let rule = signs.list { return (.list, rule) }
        if let rule = signs.bulk { return (.bulk, rule) }
        if let rule = signs.notification { return (.notification, rule) }
        return (.person, "no sign of a program")
    }

    private static func ofReport(
        _ headers: MailHeaders, _ parts: [MailPart], _ text: String
    ) -> (kind: MailKind, rule: String)? {
        switch DeliveryReport.read(parts, headers: headers, text: text) {
        case .bounce(let bounce): return (.bounce(bounce), "message/delivery-status")
        case .delivered(let id): return (.delivered(originalID: id), "message/delivery-status")
        case nil: break
        }
        if let complaint = Complaint(parts) { return (.complaint(complaint), "message/feedback-report") }
        if let receipt = Receipt(parts) { return (.receipt(receipt), "message/disposition-notification") }
        return nil
    }

    /// The method of a calendar part that is the mail itself; a file that a person attaches is none.
    private static func calendarMethod(_ parts: [MailPart]) -> String? {
        for part in parts where part.type == "text/calendar" && part.disposition != "attachment" {
            if let method = part.parameters["method"] { return method.lowercased() }
            // RFC 5545 3.7.2.
            let lines = String(decoding: part.bytes.prefix(4000), as: UTF8.self).split(whereSeparator: \.isNewline)
            let line = lines.first { $0.uppercased().hasPrefix("METHOD:") }
            if let line { return line.dropFirst(7).lowercased().filter(\.isLetter) }
        }
        return nil
    }
}
