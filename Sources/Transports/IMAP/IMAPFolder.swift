// What a server says of a folder when it is opened.

/// The state of a selected folder.
package struct IMAPFolder: Sendable, Hashable {
    /// UIDs mean the same mails for as long as this is the same (RFC 3501 section 2.3.1.1).
    package var uidValidity: UInt32
    /// The UID of the next mail at the earliest; `nil`: the server does not say.
    package var uidNext: UInt32?
    /// How many mails are in it.
    package var exists: UInt32
    /// Grows with every change of a flag and every new mail (RFC 7162); `nil`: the server has none.
    package var highestModificationSequence: UInt64?
    /// Whether nothing can be flagged or moved in it.
    package var isReadOnly: Bool
    /// Flags that may be set for good; `\*` means any new one (RFC 3501 section 7.1).
    package var permanentFlags: [String]
}

/// Why a wait ended.
package enum IMAPWait: Sendable, Hashable {
    /// The folder has new mail.
    case changed
    /// Nothing happened in the time that was given.
    case quiet
}

/// What changed in a folder since a modification sequence (RFC 7162 section 3.2).
package struct IMAPChanges: Sendable, Hashable {
    /// UIDs whose flags are other than before, or that are new, with the flags of now.
    package var flags: [UInt32: [String]]
    /// UIDs that are gone; `nil`: the server does not tell (no QRESYNC).
    package var vanished: UIDSet?
}

/// What is taken from a server at most.
package struct IMAPLimits: Sendable {
    /// Bytes of one mail; of a larger one only the beginning is taken.
    package var mailBytesMax = 50 << 20
    /// Bytes of the beginning of a mail that is larger than `mailBytesMax`.
    package var cutBytesMax = 1 << 20
    /// How many mails ``IMAPSession/nextMails()`` gives at one time.
    package var groupMailsMax = 100
    /// Bytes after which it gives what it has.
    package var groupBytesMax = 8 << 20
    /// When IDLE is begun anew: RFC 2177 wants it before 29 minutes, and routers forget quiet connections earlier.
    package var idleRenewal = Duration.seconds(14 * 60)
    /// How often a server without IDLE is asked.
    package var pollEvery = Duration.seconds(60)

    package init() {}
}
