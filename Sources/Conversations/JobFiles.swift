// The files of one delivery: how its job shows them, and those that its requests may carry.

package import Model
import Storage

/// Files that a job shows and may carry. Others are not given to it, whatever its program asks for.
package struct JobFiles: FileSource {
    /// `{id, name, type, size, link, refused}` each, in order.
    package let shown: [JSON]
    private let files: Files
    /// Those whose bytes are here, by id.
    private let kept: [String: Attachment]

    init(shown: [JSON], files: Files, kept: [String: Attachment]) {
        self.shown = shown
        self.files = files
        self.kept = kept
    }

    /// Why the only file can not be carried; `nil`: it can.
    package var refusal: String? { shown.first?["refused"].string }

    package func file(_ id: String) async throws -> CarriedFile? {
        guard let attachment = kept[id] else { return nil }
        return try await files.carried(attachment)
    }
}

/// How the other side wants files.
package struct FileWish: Sendable {
    package let limits: FileLimits
    /// Whether it takes bytes; else links only, and nothing is fetched before somebody follows one.
    package let wantsBytes: Bool
    /// When links end.
    package let linksEnd: Timestamp

    package init(limits: FileLimits, wantsBytes: Bool, linksEnd: Timestamp) {
        self.limits = limits
        self.wantsBytes = wantsBytes
        self.linksEnd = linksEnd
    }
}

/// A file is not here yet, and may come.
package struct FileDelay: Error {
    package let reason: String
    package let wait: Duration?
}

extension AttemptResult {
    /// An attempt that could not begin: its files are not here yet, or the store can not be read.
    package init(_ error: any Error, done: Int) {
        self.init(.transient, reason: (error as? FileDelay)?.reason ?? "\(error)", done: done)
        wait = (error as? FileDelay)?.wait
    }
}

extension Files {
    /// How long a message waits for its files: after that it goes on without them, and says so.
    package static let patience = Duration.seconds(600)

    /// Gets the files of a job ready.
    /// - Parameter isPatient: whether to wait for a file that may come later.
    /// - Throws: ``FileDelay``, ``StoreError``.
    package func prepare(_ ids: [AttachmentID], as wish: FileWish, isPatient: Bool) async throws -> JobFiles {
        var shown: [JSON] = []
        var kept: [String: Attachment] = [:]
        for id in ids {
            guard let known = try await store.read({ try $0.attachment(id) }) else { continue }
            let problem = wish.limits.problem(size: known.file.size, type: known.file.type)
            var (attachment, refused) = (known, known.reason ?? problem)
            if refused == nil, wish.wantsBytes {
                (attachment, refused) = try await obtained(known, wish.limits, isPatient: isPatient)
                if refused == nil { kept[id.text] = attachment }
            }
            var members = attachment.json.object ?? [:]
            members["refused"] = JSON(refused)
            // A file that never comes has nothing to link to; one that is only too large for this side has.
            if attachment.state != .refused {
                members["link"] = .string(try await links.link(to: attachment, until: wish.linksEnd))
            }
            shown.append(.object(members))
        }
        return JobFiles(shown: shown, files: self, kept: kept)
    }

    private func obtained(
        _ known: Attachment, _ limits: FileLimits, isPatient: Bool
    ) async throws -> (Attachment, refused: String?) {
        switch try await obtain(known.id) {
        case .kept(let attachment):
            return (attachment, limits.problem(size: attachment.file.size, type: attachment.file.type))
        case .refused(let attachment, let reason), .unavailable(let attachment, let reason):
            return (attachment, reason)
        case .later(let reason, let wait):
            if isPatient { throw FileDelay(reason: reason, wait: wait) }
            return (known, reason)
        case nil: return (known, "is not there any more")
        }
    }
}
