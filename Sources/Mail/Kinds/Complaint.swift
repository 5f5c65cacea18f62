// Abuse reports (RFC 5965): a provider tells that somebody called a mail of ours spam.

/// What a feedback report says.
package struct Complaint: Sendable, Hashable {
    /// `abuse`, `fraud`, `not-spam`, …; in lower case.
    package let type: String
    /// The Message-ID of the mail, without brackets; `nil`: the report does not tell.
    package let originalID: String?
    /// Who complains, where the report tells.
    package let recipient: String?
    /// The program that tells, for people.
    package let reporter: String?

    init?(_ parts: [MailPart]) {
        guard let part = parts.first(where: { $0.type == "message/feedback-report" }),
            let fields = ReportFields.groups(part.bytes).first, let type = fields.first("Feedback-Type")
        else { return nil }
        let original = ReportFields.original(parts)
        self.type = type.lowercased().filter { !$0.isWhitespace }
        originalID = ReportFields.messageID(original?.first("Message-ID"))
        recipient = ReportFields.typed(fields.text("Original-Rcpt-To")) ?? ReportFields.typed(original?.text("To"))
        reporter = fields.first("User-Agent")
    }
}
