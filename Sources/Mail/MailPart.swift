// What a mail carries beside its text: files, pictures of its HTML, other mails, and the parts that programs speak
// with.

/// One leaf of a mail, decoded.
package struct MailPart: Sendable, Hashable {
    /// What a part is there for.
    package enum Role: String, Sendable, CaseIterable {
        /// A file for people.
        case file
        /// A picture that the HTML shows by its content id, or one that stands within the text.
        case inline
        /// Another mail, whole (`message/rfc822`).
        case message
        /// What a machine says: `message/delivery-status`, `message/disposition-notification`,
        /// `message/feedback-report`, and the header of the mail that it is about (`text/rfc822-headers`).
        case report
        /// `text/calendar`.
        case calendar
        /// A signature made apart from what it signs.
        case signature
        /// What only the holder of a key can read.
        case encrypted
        /// The whole mail as received, kept because it could not be read in full.
        case raw
    }

    package let role: Role
    /// Media type, lower case.
    package let type: String
    /// The parameters of the media type, decoded, with names in lower case.
    package let parameters: [String: String]
    /// Made harmless by `FileName`; `nil`: the mail gives none.
    package let name: String?
    /// Without brackets.
    package let contentID: String?
    /// `inline`, `attachment`, another word in lower case; `nil`: the part does not say.
    package let disposition: String?
    /// The subject of another mail, decoded.
    package let subject: String?
    /// The part's own header.
    package let headers: MailHeaders
    /// The content with its transfer encoding undone.
    package let bytes: [UInt8]

    package init(
        role: Role, type: String, parameters: [String: String] = [:], name: String? = nil, contentID: String? = nil,
        disposition: String? = nil, subject: String? = nil, headers: MailHeaders = MailHeaders(fields: []),
        bytes: [UInt8]
    ) {
        self.role = role
        self.type = type
        self.parameters = parameters
        self.name = name
        self.contentID = contentID
        self.disposition = disposition
        self.subject = subject
        self.headers = headers
        self.bytes = bytes
    }
}
