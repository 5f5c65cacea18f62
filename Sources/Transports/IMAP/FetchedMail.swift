// What becomes of a mail that a session was asked for.

package import Model

/// The answer for one UID. Every UID that is asked for gets exactly one, unless the session fails before.
package struct FetchedMail: Sendable, Hashable {
    package enum Content: Sendable, Hashable {
        /// The mail as it lies there (RFC 5322), line breaks CRLF as the server has them.
        case whole([UInt8])
        /// The beginning of a mail of `size` bytes, which is more than is taken.
        case cut([UInt8], size: Int)
        /// It is not there any more.
        case gone
        /// The server does not give it out, and says why. Other mails are not held up by it.
        case refused(String)
    }

    package let uid: UInt32
    package var content: Content
    /// As the server writes them: `\Seen`, `$Junk`.
    package var flags: [String] = []
    /// When the server took it in; `nil`: it does not say.
    package var internalDate: Timestamp?
    /// RFC 7162; `nil`: the server has none.
    package var modificationSequence: UInt64?

    package init(uid: UInt32, content: Content) {
        self.uid = uid
        self.content = content
    }
}
