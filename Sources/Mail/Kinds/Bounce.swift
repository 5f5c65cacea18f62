// What a bounce says: whom a mail of ours did not reach, why, and which mail it was.

/// A report that a mail was not delivered, or not yet.
package struct Bounce: Sendable, Hashable {
    /// One recipient whom the mail did not reach.
    package struct Recipient: Sendable, Hashable {
        /// As the report gives it; empty when it gives none.
        package let address: String
        /// The report speaks of a delay: the other side still tries.
        package let isDelayed: Bool
        package let status: EnhancedStatus?
        /// What the other server said, or what the report says of it, on one line.
        package let diagnostic: String?

        /// Whether sending again is in vain. Without a code a failure counts as permanent and a delay does not.
        package var isPermanent: Bool {
            if let status { return status.isPermanent && !isDelayed }
            if let code = diagnostic.flatMap({ EnhancedStatus.replyCode(in: $0) }) { return code >= 500 && !isDelayed }
            return !isDelayed
        }
    }

    /// In the order of the report; never empty.
    package let recipients: [Recipient]
    /// The Message-ID of the mail that did not arrive, without brackets; `nil`: the report does not tell.
    package let originalID: String?
    /// The header of the mail that did not arrive, as far as the report returns it.
    package let original: MailHeaders?
    /// The server that tells, for people.
    package let reporter: String?

    /// Whether no recipient will get the mail.
    package var isPermanent: Bool { recipients.allSatisfy(\.isPermanent) }

    /// Why, on one line, for people: the first recipient with its code and what was said.
    package var reason: String {
        guard let first = recipients.first else { return "" }
        let said = [first.status?.description, first.diagnostic].compactMap { $0 }.joined(separator: " ")
        let words = said.isEmpty ? (first.isDelayed ? "delayed" : "not delivered") : said
        return first.address.isEmpty ? words : "\(first.address): \(words)"
    }

    /// How long a diagnostic is kept, in characters.
    static let diagnosticLengthMax = 500
    /// How many recipients of one report are read.
    static let recipientsMax = 100

    /// A diagnostic on one line, cut to its length.
    static func line(_ text: some StringProtocol) -> String? {
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.isEmpty ? nil : String(line.prefix(diagnosticLengthMax))
    }
}
