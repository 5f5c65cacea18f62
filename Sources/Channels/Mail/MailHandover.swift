// Who brought a mail, as the journal remembers it.

package import Model

/// How a mail came to us.
package struct MailHandover: Sendable {
    /// The protocol.
    let way: String
    /// Where it lay.
    let place: String
    /// What the one who brought it said of it, in the form of header fields.
    let fields: [HeaderField]

    /// The mail lay in a folder (RFC 5092 names it so).
    /// - Parameter time: when it came in there; `nil`: the server does not tell.
    static func folder(_ folder: String, validity: UInt32, uid: UInt32, at time: Timestamp?) -> MailHandover {
        MailHandover(
            way: "IMAP", place: "\(folder);UIDVALIDITY=\(validity);UID=\(uid)",
            fields: time.map { [HeaderField(internalDate, $0.rfc3339)] } ?? [])
    }

    /// Our mail server handed it over by LMTP.
    /// - Parameters:
    ///   - sender: of the envelope; empty for bounces.
    ///   - recipient: of the envelope.
    package static func lmtp(from sender: String, to recipient: String) -> MailHandover {
        MailHandover(
            way: "LMTP", place: recipient,
            fields: [HeaderField(returnPath, sender), HeaderField(deliveredTo, recipient)])
    }

    static let internalDate = "imap-internal-date"
    static let returnPath = "mail-from"
    static let deliveredTo = "rcpt-to"
}
