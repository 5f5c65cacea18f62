// Delivery status notifications (RFC 3464, RFC 6533): the part that programs read.

/// Reads `message/delivery-status`.
enum DeliveryReport {
    /// What a report says happened.
    enum Finding: Sendable, Hashable {
        case bounce(Bounce)
        /// All recipients got the mail, or it was handed on.
        case delivered(originalID: String?)
    }

    /// What the report in these parts says; `nil` when there is none.
    /// - Parameter headers: of the report, which may say which mail it answers.
    static func read(_ parts: [MailPart], headers: MailHeaders, text: String) -> Finding? {
        guard
            let part = parts.first(where: {
                $0.type == "message/delivery-status" || $0.type == "message/global-delivery-status"
            })
        else { return nil }
        let groups = ReportFields.groups(part.bytes)
        let perRecipient = groups.filter { $0.contains("Final-Recipient") || $0.contains("Original-Recipient") }
        let original = ReportFields.original(parts)
        let originalID =
            ReportFields.messageID(original?.first("Message-ID")) ?? BounceText.originalID(text)
            ?? ReportFields.messageID(headers.first("In-Reply-To"))
            ?? ReportFields.messageID(headers.first("References"))
        let failed = perRecipient.prefix(Bounce.recipientsMax).compactMap(recipient)
        let reporter = groups.first.flatMap { ReportFields.typed($0.first("Reporting-MTA")) }
        if failed.isEmpty {
            if !perRecipient.isEmpty { return .delivered(originalID: originalID) }
            // Some servers send the part empty: their words tell more.
            guard let told = BounceText.read(text, headers: headers, parts: parts) else { return nil }
            return .bounce(told)
        }
        return .bounce(
            Bounce(recipients: failed, originalID: originalID, original: original, reporter: reporter))
    }

    /// A recipient whom the mail did not reach; `nil` for one whom it did (RFC 3464 2.3.3).
    private static func recipient(_ fields: MailHeaders) -> Bounce.Recipient? {
        let action = fields.first("Action")?.lowercased().prefix { $0.isLetter } ?? "failed"
        let status = fields.first("Status").flatMap { EnhancedStatus(in: $0) }
        guard action == "failed" || action == "delayed" || status.map({ $0.level != 2 }) ?? false else { return nil }
        let diagnostic = fields.text("Diagnostic-Code").map { code in
            // `smtp; 550 5.1.1 …`; `x-postfix; …`.
            code.firstIndex(of: ";").map { String(code[code.index(after: $0)...]) } ?? code
        }
        // A general code says less than the one that the other server gave.
        let told = diagnostic.flatMap { EnhancedStatus(in: $0) }
        let isGeneral = status.map { $0.subject == 0 && $0.detail == 0 } ?? true
        let address =
            ReportFields.typed(fields.text("Original-Recipient"))
            ?? ReportFields.typed(fields.text("Final-Recipient"))
        return Bounce.Recipient(
            address: address ?? "", isDelayed: action == "delayed",
            status: isGeneral ? told ?? status : status, diagnostic: diagnostic.flatMap { Bounce.line($0) })
    }
}
