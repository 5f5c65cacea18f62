// Step 3 of the hallway for mails: what the reader makes of the bytes of one.

package import Model

/// A mail as it was read. Every text is free of NUL and, but for line feeds and tabs, of control characters.
package struct ReadMail: Sendable, Hashable {
    /// Where the text was taken from.
    package enum TextSource: String, Sendable, CaseIterable {
        /// A `text/plain` part.
        case plain
        /// The HTML, turned into text.
        case html
        /// The mail has no text.
        case none
    }

    /// How a mail is protected. A signature is not checked here.
    package enum Protection: String, Sendable, CaseIterable {
        /// RFC 3156, `multipart/signed`.
        case signedPGP = "signed-pgp"
        /// RFC 8551, `multipart/signed` or an opaque `application/pkcs7-mime` that could be opened.
        case signedSMIME = "signed-smime"
        /// An armoured signature within the text (RFC 9580 section 7).
        case signedInline = "signed-inline"
        case encryptedPGP = "encrypted-pgp"
        case encryptedSMIME = "encrypted-smime"
        case encryptedInline = "encrypted-inline"
    }

    package let headers: MailHeaders
    package var from: [MailAddress] = []
    package var sender: MailAddress?
    package var replyTo: [MailAddress] = []
    package var to: [MailAddress] = []
    package var cc: [MailAddress] = []
    package var bcc: [MailAddress] = []
    /// Decoded, on one line; `nil`: the mail has none.
    package var subject: String?
    /// `nil`: there is none, or it is no date.
    package var date: Timestamp?
    /// Without brackets.
    package var messageID: String?
    /// Message-IDs without brackets, in order.
    package var inReplyTo: [String] = []
    /// Message-IDs without brackets, oldest first, each once.
    package var references: [String] = []

    /// The text for people: lines end with a line feed, flowed lines are joined, spaces at the end of the text are
    /// gone.
    package var text = ""
    package var textSource = TextSource.none
    /// The HTML as received but for its charset and the ends of its lines, and **not** made harmless; `nil`: there is
    /// none.
    package var html: String?
    /// Everything but the text and the HTML, in order.
    package var parts: [MailPart] = []
    package var protection: Set<Protection> = []
    /// What was odd, in words for people who look for the reason.
    package var complaints: [String] = []
    /// Whether the mail could not be read in full: then the last part is the whole of it, as received.
    package var isDegraded = false

    package init(headers: MailHeaders) {
        self.headers = headers
    }

    /// Whether something can be read only by the holder of a key.
    package var isEncrypted: Bool {
        !protection.isDisjoint(with: [.encryptedPGP, .encryptedSMIME, .encryptedInline])
    }
}
