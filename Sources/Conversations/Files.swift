// Files of messages: fetched from where they lie when somebody needs them, kept once for each content, given out.

package import Model
import Signing
package import Storage

/// Gets files into the store and out of it. Nothing is fetched while a message is taken in.
package struct Files: Sendable {
    /// The largest file that the API takes, bytes.
    package static let uploadBytesMax = 25 << 20

    package let store: any Store
    private let fetching: any FileFetching
    private let clock: WallClock
    let links: FileLinks

    package init(store: any Store, fetching: any FileFetching, links: FileLinks, clock: WallClock) {
        self.store = store
        self.fetching = fetching
        self.links = links
        self.clock = clock
    }

    /// What came of asking for a file.
    package enum Standing: Sendable {
        /// Its bytes are here.
        case kept(Attachment)
        /// It never comes.
        case refused(Attachment, String)
        /// It does not come as things are; a later need may ask again.
        case unavailable(Attachment, String)
        /// It may come later.
        case later(String, wait: Duration?)
    }

    /// Gets a file into the store, unless it is there. Twice at one time does no harm: the second keeps the same bytes.
    /// - Returns: `nil`: there is no such attachment.
    /// - Throws: ``StoreError``.
    package func obtain(_ id: AttachmentID) async throws -> Standing? {
        let found = try await store.read { transaction in
            try transaction.attachment(id).map { attachment in
                let message = try attachment.message.flatMap { try transaction.message($0) }
                return (attachment: attachment, isWithdrawn: message?.deletedAt != nil)
            }
        }
        guard let (attachment, isWithdrawn) = found else { return nil }
        // What was withdrawn is shown to nobody any more, as its text is not.
        if isWithdrawn { return .refused(attachment, "its message was withdrawn") }
        switch attachment.state {
        case .fetched: return .kept(attachment)
        case .refused: return .refused(attachment, attachment.reason ?? "")
        case .referenced: break
        }
        guard let origin = Endpoint(attachment.origin) else {
            return .unavailable(attachment, "nobody fetches what \(attachment.origin) speaks of")
        }
        switch await fetching.fetch(attachment.file, from: origin) {
        case .later(let reason, let wait): return .later(reason, wait: wait)
        case .unavailable(let reason): return .unavailable(attachment, reason)
        case .refused(let reason):
            let refused = try await store.write { transaction in
                try transaction.refuse(id, reason: reason)
                return try transaction.attachment(id)
            }
            return refused.map { .refused($0, reason) }
        case .fetched(let file):
            let (digest, now) = (Self.digest(of: file.bytes), clock.now)
            let kept = try await store.write { transaction in
                try transaction.keep(file, digest: digest, for: id, at: now)
                return try transaction.attachment(id)
            }
            return kept.map { .kept($0) }
        }
    }

    /// The attachment that a signed link gives; `nil` for one that was changed, or is over.
    /// - Throws: ``StoreError``.
    package func link(_ id: String, expires: String, signature: String) async throws -> AttachmentID? {
        try await links.attachment(id, expires: expires, signature: signature)
    }

    /// A kept file with its bytes.
    /// - Throws: ``StoreError``; `corrupt` when the bytes are not there.
    package func carried(_ attachment: Attachment) async throws -> CarriedFile {
        guard let digest = attachment.digest, let bytes = try await store.read({ try $0.file(digest) }) else {
            throw StoreError(.corrupt, "the bytes of \(attachment.id) are not there")
        }
        return CarriedFile(
            name: attachment.file.name, type: attachment.file.type ?? MediaType.unknown, bytes: bytes)
    }

    /// Keeps a file for messages to come.
    /// - Parameter origin: who may send it: `api:crm`.
    package func upload(_ file: CarriedFile, from origin: String) async throws -> Attachment {
        let (digest, now) = (Self.digest(of: file.bytes), clock.now)
        let reference = FileReference(
            reference: digest, name: file.name, type: file.type, size: Int64(file.bytes.count))
        let attachment = Attachment(
            id: AttachmentID(at: now), message: nil, file: reference, origin: origin,
            standing: (.fetched, digest, nil))
        try await store.write { transaction in
            try transaction.insertFile(file.bytes, digest: digest, at: now)
            try transaction.insertAttachment(attachment, position: 0)
        }
        return attachment
    }

    private static func digest(of bytes: [UInt8]) -> String {
        BinaryText.hex.encode(Digest.hash(.sha256, bytes))
    }
}
