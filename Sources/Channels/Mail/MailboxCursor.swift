// How far a folder has been read: by UID, whatever is flagged, dated or named how.

package import Model

/// Where one folder stands (RFC 3501 section 2.3.1.1).
package struct MailboxCursor: Sendable, Hashable {
    /// UIDs mean the same mails for as long as this is the same.
    package var validity: UInt32
    /// All mails up to this UID have been taken.
    package var uid: UInt32
    /// Mails up to this UID were there before us and are none of ours.
    package var start: UInt32
    /// When the folder was seen for the first time; `nil`: all that was in it then was taken too.
    package var since: Timestamp?

    package init(validity: UInt32, uid: UInt32, start: UInt32, since: Timestamp?) {
        self.validity = validity
        self.uid = uid
        self.start = start
        self.since = since
    }

    /// Reads the state that the store keeps; `nil`: the folder was never seen.
    init?(_ state: JSON?) {
        guard let state, let validity = state["uid_validity"].integer.flatMap(UInt32.init(exactly:)),
            let uid = state["uid"].integer.flatMap(UInt32.init(exactly:)),
            let start = state["start"].integer.flatMap(UInt32.init(exactly:))
        else { return nil }
        let since = state["since"].integer.map { Timestamp(milliseconds: $0) }
        self.init(validity: validity, uid: uid, start: start, since: since)
    }

    var state: JSON {
        .members([
            "uid_validity": .integer(Int64(validity)), "uid": .integer(Int64(uid)), "start": .integer(Int64(start)),
            "since": since.map { .integer($0.milliseconds) },
        ])
    }
}

/// Which of the mails that were asked for have come: a server answers in any order.
struct MailboxProgress {
    private var awaited: Set<UInt32>
    private let last: UInt32

    /// - Parameter uids: asked for, in rising order.
    init(_ uids: [UInt32]) {
        awaited = Set(uids)
        last = uids.last ?? 0
    }

    /// Notes that these mails are being committed.
    /// - Returns: up to where all are.
    mutating func took(_ uids: some Sequence<UInt32>) -> UInt32 {
        awaited.subtract(uids)
        return awaited.min().map { $0 - 1 } ?? last
    }
}
