// A file of a message: what was said of it, and whether its bytes are here.

/// How far a file has come.
package enum FileState: String, Sendable, CaseIterable {
    /// Only what was said of it is known.
    case referenced
    /// Its bytes are in the store.
    case fetched
    /// It never comes.
    case refused
}

/// A file of a message, or one that was uploaded for messages to come.
package struct Attachment: Sendable, Hashable {
    package let id: AttachmentID
    /// `nil`: uploaded.
    package let message: MessageID?
    package let file: FileReference
    /// Whose reference it is: `channel:shop`, `contract:desk`, `api:crm`.
    package let origin: String
    package let state: FileState
    /// SHA-256 of the bytes, hexadecimal; of a file that was fetched.
    package let digest: String?
    /// Why it never comes.
    package let reason: String?

    package init(
        id: AttachmentID, message: MessageID?, file: FileReference, origin: String,
        standing: (state: FileState, digest: String?, reason: String?) = (.referenced, nil, nil)
    ) {
        self.id = id
        self.message = message
        self.file = file
        self.origin = origin
        (state, digest, reason) = standing
    }

    /// As the API and the events show an attachment; the other side's reference stays inside.
    package var json: JSON {
        .members([
            "id": .string(id.text), "name": JSON(file.name), "type": JSON(file.type),
            "size": file.size.map { .integer($0) }, "refused": JSON(reason),
        ])
    }
}
