// Folders and what is in them: opening one, which UIDs there are, and what is done with mails that were taken in.

package import Model

extension IMAPSession {
    /// Opens a folder for reading and flagging, or for reading only. Names are written as people do, with the
    /// server's own sign between levels: `INBOX`, `Archiv/Erledigt`, `Archiv.Erledigt`.
    package func select(_ name: String, readOnly: Bool = false) async throws(MailFailure) -> IMAPFolder {
        try await guarded { () throws(MailFailure) in
            let parameters = has("CONDSTORE") || has("QRESYNC") ? ["CONDSTORE"] : []
            _ = try run(.select(name, readOnly: readOnly, parameters: parameters))
            guard let folder = conversation.folder, folder.uidValidity > 0 else {
                // RFC 9051 section 2.3.1.1: without it UIDs mean nothing the next time.
                throw MailFailure(.rejected, "the server gives the folder no UIDVALIDITY")
            }
            return folder
        }
    }

    /// The UIDs above `uid`, in order; 0: all.
    package func uids(after uid: UInt32) async throws(MailFailure) -> UIDSet {
        guard uid < .max else { return UIDSet([]) }
        // `*` is the highest there is: a set that begins above it still holds it (RFC 9051 section 9, "seq-range").
        let found = try await search("UID \(uid + 1):*")
        return UIDSet(
            ranges: found.ranges.filter { $0.upperBound > uid }.map { max($0.lowerBound, uid + 1)...$0.upperBound })
    }

    /// The UIDs that came into the mailbox at `time` or later, and those of up to two days before: servers know days
    /// only, in zones of their own.
    package func uids(since time: Timestamp) async throws(MailFailure) -> UIDSet {
        try await search("SINCE \(IMAPDate.dayBefore(time))")
    }

    private func search(_ criteria: String) async throws(MailFailure) -> UIDSet {
        try await guarded { () throws(MailFailure) in
            var ranges: [ClosedRange<UInt32>] = []
            conversation.hasNews = false
            // An answer may come in several parts.
            for case .search(let part) in try run(.search(criteria, extended: has("ESEARCH"))).told {
                ranges += part.ranges
            }
            return UIDSet(ranges: ranges)
        }
    }

    /// What changed since a modification sequence of this folder (RFC 7162); only with CONDSTORE.
    package func changes(since sequence: UInt64) async throws(MailFailure) -> IMAPChanges {
        try await guarded { () throws(MailFailure) in
            let vanished = has("QRESYNC") ? " VANISHED" : ""
            let modifier = "(CHANGEDSINCE \(sequence)\(vanished))"
            let all = UIDSet(ranges: [1...UInt32.max])
            var changes = IMAPChanges(flags: [:], vanished: has("QRESYNC") ? UIDSet([]) : nil)
            for response in try run(.fetch(all, "(UID FLAGS)", modifier: modifier)).told {
                switch response {
                case .fetch(let items):
                    if let uid = items.uid { changes.flags[uid] = items.flags ?? [] }
                case .vanished(let uids, _):
                    changes.vanished = UIDSet(ranges: (changes.vanished?.ranges ?? []) + uids.ranges)
                default:
                    break
                }
            }
            return changes
        }
    }

    // MARK: After intake

    /// Sets flags (`\Seen`, `\Flagged`, `$Label`) or takes them away. UIDs that are gone are passed over.
    package func flag(_ uids: [UInt32], _ flags: [String], remove: Bool = false) async throws(MailFailure) {
        guard !uids.isEmpty, !flags.isEmpty else { return }
        guard flags.allSatisfy(Self.isFlag) else { throw MailFailure(.refused, "that is no flag of a mail") }
        try await guarded { () throws(MailFailure) in
            for part in Self.parts(of: uids) { _ = try run(.store(part, remove ? "-" : "+", flags)) }
        }
    }

    /// Moves mails to another folder, which is made when it is missing. Without MOVE (RFC 6851) they are copied and
    /// deleted: who is interrupted between may find a mail in both. Without UIDPLUS (RFC 4315) they stay, flagged as
    /// deleted: an EXPUNGE would take what others have deleted too.
    package func move(_ uids: [UInt32], to name: String) async throws(MailFailure) {
        guard !uids.isEmpty else { return }
        try await guarded { () throws(MailFailure) in
            for part in Self.parts(of: uids) {
                if has("MOVE") {
                    try runCreating(name, .move(part, to: name))
                } else {
                    try runCreating(name, .copy(part, to: name))
                    try removeNow(part)
                }
            }
        }
    }

    /// Deletes mails. Without UIDPLUS they are only flagged as deleted.
    package func delete(_ uids: [UInt32]) async throws(MailFailure) {
        guard !uids.isEmpty else { return }
        try await guarded { () throws(MailFailure) in
            for part in Self.parts(of: uids) { try removeNow(part) }
        }
    }

    private func removeNow(_ uids: UIDSet) throws(MailFailure) {
        _ = try run(.store(uids, "+", ["\\Deleted"]))
        if has("UIDPLUS") { _ = try run(.expunge(uids)) }
    }

    /// RFC 9051 section 7.1, TRYCREATE: the folder can be made, and then the command works.
    private func runCreating(_ folder: String, _ command: IMAPCommand) throws(MailFailure) {
        do {
            _ = try run(command)
        } catch  where error.kind == .rejected {
            do { _ = try run(.create(folder)) } catch  where error.kind == .rejected {
                // It is there: the refusal had another reason, which the next line meets again.
            }
            _ = try run(command)
        }
    }

    /// Puts a mail into a folder.
    package func append(_ mail: [UInt8], to name: String, flags: [String] = []) async throws(MailFailure) {
        try await guarded { () throws(MailFailure) in
            _ = try run(.append(mail, to: name, flags: flags, literals: has("LITERAL+")))
        }
    }

    package func create(_ name: String) async throws(MailFailure) {
        try await guarded { () throws(MailFailure) in _ = try run(.create(name)) }
    }

    /// Deletes a folder with all that is in it.
    package func deleteFolder(_ name: String) async throws(MailFailure) {
        try await guarded { () throws(MailFailure) in _ = try run(.delete(name)) }
    }

    /// Commands have a length that servers put up with (RFC 7162 section 4: 8192 bytes).
    private static func parts(of uids: [UInt32]) -> [UIDSet] {
        stride(from: 0, to: uids.count, by: 500).map { UIDSet(uids[$0..<min($0 + 500, uids.count)]) }
    }

    /// An atom, or a system flag with its backslash (RFC 9051 section 9, "flag").
    private static func isFlag(_ flag: String) -> Bool {
        let name = flag.hasPrefix("\\") ? flag.dropFirst() : flag[...]
        return !name.isEmpty && name.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"(){%*\"\\]".utf8.contains($0) }
    }
}
