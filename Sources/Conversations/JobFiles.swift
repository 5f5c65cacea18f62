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
        isOurs = true
    }
}

extension Files {
    /// How long a message waits for its files: after that it goes on without them, and says so.
    package static let patience = Duration.seconds(600)

    /// How many files a job carries; the steps of a connector take no more. Further ones it names.
    static let filesMax = 20

    /// Gets the files of a job ready.
    /// - Parameter isPatient: whether to wait for a file that may come later.
    /// - Throws: ``FileDelay``, ``StoreError``.
    package func prepare(_ ids: [AttachmentID], as wish: FileWish, isPatient: Bool) async throws -> JobFiles {
        var shown: [JSON] = []
        var kept: [String: Attachment] = [:]
        for (position, id) in ids.enumerated() {
            let isTooMany = position >= Self.filesMax
            guard let file = try await isTooMany ? left(id) : readied(id, wish, isPatient: isPatient) else { continue }
            if file.refused == nil, wish.wantsBytes { kept[id.text] = file.attachment }
            var members = file.attachment.json.object ?? [:]
            members["refused"] = JSON(file.refused)
            if !file.isDead {
                members["link"] = .string(try await links.link(to: file.attachment, until: wish.linksEnd))
            }
            shown.append(.object(members))
        }
        return JobFiles(shown: shown, files: self, kept: kept)
    }

    /// A file as its job may have it.
    private struct Readied {
        let attachment: Attachment
        /// Why the job may not carry it; `nil`: it may.
        var refused: String?
        /// Whether it never comes to anybody: then there is nothing to link to.
        var isDead = false
    }

    /// A file beyond those that a job may carry.
    private func left(_ id: AttachmentID) async throws -> Readied? {
        try await store.read { try $0.attachment(id) }.map { known in
            Readied(attachment: known, refused: known.reason ?? "is more than \(Self.filesMax) files")
        }
    }

    private func readied(_ id: AttachmentID, _ wish: FileWish, isPatient: Bool) async throws -> Readied? {
        guard let known = try await store.read({ try $0.attachment(id) }) else { return nil }
        if known.state == .refused { return Readied(attachment: known, refused: known.reason, isDead: true) }
        let problem = wish.limits.problem(size: known.file.size, type: known.file.type)
        guard problem == nil, wish.wantsBytes else { return Readied(attachment: known, refused: problem) }
        switch try await obtain(id) {
        case .kept(let attachment):
            let problem = wish.limits.problem(size: attachment.file.size, type: attachment.file.type)
            return Readied(attachment: attachment, refused: problem)
        case .refused(let attachment, let reason):
            return Readied(attachment: attachment, refused: reason, isDead: true)
        case .unavailable(let attachment, let reason):
            return Readied(attachment: attachment, refused: reason)
        case .later(let reason, let wait):
            if isPatient { throw FileDelay(reason: reason, wait: wait) }
            return Readied(attachment: known, refused: reason)
        case nil: return nil
        }
    }
}
