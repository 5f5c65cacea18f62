// Message disposition notifications (RFC 8098): somebody's program tells that a mail was shown, or deleted unread.

/// What a receipt says.
package struct Receipt: Sendable, Hashable {
    /// `displayed`, `deleted`, `processed`, `dispatched`, …; in lower case.
    package let disposition: String
    /// The Message-ID of the mail, without brackets; `nil`: the receipt does not tell.
    package let originalID: String?
    package let recipient: String?

    /// Whether somebody saw the mail.
    package var isRead: Bool { disposition == "displayed" }

    init?(_ parts: [MailPart]) {
        guard
            let part = parts.first(where: {
                $0.type == "message/disposition-notification" || $0.type == "message/global-disposition-notification"
            })
        else { return nil }
        let groups = ReportFields.groups(part.bytes)
        func first(_ name: String) -> String? { groups.lazy.compactMap { $0.first(name) }.first }
        // `manual-action/MDN-sent-manually; displayed/error`, RFC 8098 3.2.6.
        let words = first("Disposition")?.lowercased() ?? "processed"
        let type = words.firstIndex(of: ";").map { words[words.index(after: $0)...] } ?? words[...]
        disposition = String(type.drop { $0 == " " }.prefix { $0.isLetter || $0 == "-" })
        originalID =
            ReportFields.messageID(first("Original-Message-ID"))
            ?? ReportFields.messageID(ReportFields.original(parts)?.first("Message-ID"))
        recipient = ReportFields.typed(first("Final-Recipient"))
    }
}
