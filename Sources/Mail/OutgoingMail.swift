// Step 8 of the hallway for mails: what an outgoing mail is made of, before it is bytes.

package import Model

/// A mail to be written.
package struct OutgoingMail: Sendable, Hashable {
    /// A file that goes with a mail.
    package struct File: Sendable, Hashable {
        /// `nil`: it has none.
        package var name: String?
        /// Media type.
        package var type: String
        package var bytes: [UInt8]
        /// Without brackets; such a file is a picture that the HTML shows as `cid:…`.
        package var contentID: String?

        package init(name: String?, type: String, bytes: [UInt8], contentID: String? = nil) {
            self.name = name
            self.type = type
            self.bytes = bytes
            self.contentID = contentID
        }
    }

    package var from: MailAddress
    package var to: [MailAddress]
    package var cc: [MailAddress] = []
    package var replyTo: MailAddress?
    /// Control characters become spaces.
    package var subject: String
    package var date: Timestamp
    /// Without brackets.
    package var messageID: String
    /// Without brackets; `nil`: it answers no mail.
    package var inReplyTo: String?
    /// Without brackets, oldest first.
    package var references: [String] = []
    /// RFC 3834 section 5: `auto-generated`, `auto-replied`; `nil`: a person wrote it.
    package var autoSubmitted: String?
    /// Lines end with a line feed.
    package var text: String
    /// `nil`: the text is all.
    package var html: String?
    package var files: [File] = []

    package init(
        from: MailAddress, to: [MailAddress], subject: String, date: Timestamp, messageID: String, text: String
    ) {
        self.from = from
        self.to = to
        self.subject = subject
        self.date = date
        self.messageID = messageID
        self.text = text
    }
}

/// Why a mail cannot be written: a value would break the header. Nothing in it is secret.
package struct MailWriteError: Error, Hashable, CustomStringConvertible {
    /// The field, and what is wrong with it.
    package let description: String
}
