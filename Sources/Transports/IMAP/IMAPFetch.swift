// The fetch of many mails without a socket: which UIDs are asked for together, and what became of each.

/// Asks in commands of many UIDs, two of them under way, and answers for each UID exactly once. A command that is
/// refused is asked again in halves, so that one bad mail costs only itself.
struct IMAPFetch {
    /// Commands under way at one time: the server never waits for us, and not more than is needed lies on the wire.
    static let runningMax = 2

    /// UIDs of commands that are still to be sent, in order.
    private var waiting: [[UInt32]] = []
    /// UIDs of commands under way that have no answer yet, by tag.
    private var running: [Int: Set<UInt32>] = [:]

    init(_ uids: [UInt32], perCommand: Int) {
        var seen: Set<UInt32> = []
        let wanted = uids.filter { $0 > 0 && seen.insert($0).inserted }
        let step = max(1, perCommand)
        waiting = stride(from: 0, to: wanted.count, by: step).map { Array(wanted[$0..<min($0 + step, wanted.count)]) }
    }

    var isOver: Bool { waiting.isEmpty && running.isEmpty }

    /// The UIDs of the next command; `nil` when none is to be sent now.
    func next() -> UIDSet? {
        running.count < Self.runningMax ? waiting.first.map { UIDSet($0) } : nil
    }

    /// The command of `next()` is sent.
    mutating func began(tag: Int) {
        guard !waiting.isEmpty else { return }
        running[tag] = Set(waiting.removeFirst())
    }

    /// A mail came. `nil`: it is none that was asked for, or only news of its flags.
    mutating func take(_ items: IMAPFetchItems) -> FetchedMail? {
        guard let uid = items.uid, let body = items.body,
            let tag = running.first(where: { $0.value.contains(uid) })?.key
        else { return nil }
        running[tag]?.remove(uid)
        let content: FetchedMail.Content =
            switch body {
            case .missing: .refused("the server has no content for it")
            case .bytes(let bytes, let size): bytes.count == size ? .whole(bytes) : .cut(bytes, size: size)
            }
        var mail = FetchedMail(uid: uid, content: content)
        mail.flags = items.flags ?? []
        mail.internalDate = items.internalDate
        mail.modificationSequence = items.modificationSequence
        return mail
    }

    /// A command is over: what it did not bring is gone, or is asked again in halves when it was refused.
    mutating func done(tag: Int, _ status: IMAPStatus) -> [FetchedMail] {
        guard let asked = running.removeValue(forKey: tag) else { return [] }
        let left = asked.sorted()
        if status.word == .ok { return left.map { FetchedMail(uid: $0, content: .gone) } }
        if left.count > 1 {
            let middle = left.count / 2
            waiting.insert(contentsOf: [Array(left[..<middle]), Array(left[middle...])], at: 0)
            return []
        }
        // RFC 5530: the mail went while we asked.
        let isGone = status.code?.name == "EXPUNGEISSUED" || status.code?.name == "NONEXISTENT"
        return left.map { FetchedMail(uid: $0, content: isGone ? .gone : .refused(MailFailure.quoted(status.text))) }
    }

    func owns(_ tag: Int) -> Bool { running[tag] != nil }
}
