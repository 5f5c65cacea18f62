// Queries on attachments and on the bytes of files. Bytes are kept once for each content, whoever sent them.

package import Model

private let attachmentColumns = "id, message_id, reference, name, type, size, origin, state, digest, reason"

extension Transaction {
    package func insertAttachment(_ attachment: Attachment, position: Int) throws(StoreError) {
        let file = attachment.file
        try run(
            """
            INSERT INTO attachments
              (id, message_id, position, origin, reference, name, type, size, state, digest, reason)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                .id(attachment.id), .id(attachment.message), .integer(Int64(position)), .text(attachment.origin),
                .text(file.reference), .optional(file.name), .optional(file.type), .optional(file.size),
                .text(attachment.state.rawValue), .optional(attachment.digest), .optional(attachment.reason),
            ])
    }

    package func attachment(_ id: AttachmentID) throws(StoreError) -> Attachment? {
        try row("SELECT \(attachmentColumns) FROM attachments WHERE id = ?", [.id(id)])
            .map { (row) throws(StoreError) in try row.attachment() }
    }

    /// In the order in which they were said.
    package func attachments(of message: MessageID) throws(StoreError) -> [Attachment] {
        let found = try rows(
            "SELECT \(attachmentColumns) FROM attachments WHERE message_id = ? ORDER BY position", [.id(message)])
        var attachments: [Attachment] = []
        for row in found { attachments.append(try row.attachment()) }
        return attachments
    }

    /// Keeps the bytes of an attachment, with what is known of them now.
    /// - Parameter digest: SHA-256 of the bytes, hexadecimal.
    package func keep(
        _ file: CarriedFile, digest: String, for id: AttachmentID, at time: Timestamp
    ) throws(StoreError) {
        try insertFile(file.bytes, digest: digest, at: time)
        try run(
            """
            UPDATE attachments SET state = 'fetched', digest = ?, reason = NULL, name = ?, type = ?, size = ?
            WHERE id = ?
            """,
            [
                .text(digest), .optional(file.name), .text(file.type), .integer(Int64(file.bytes.count)), .id(id),
            ])
    }

    /// Notes that a file never comes. One that is here already stays.
    package func refuse(_ id: AttachmentID, reason: String) throws(StoreError) {
        try run(
            "UPDATE attachments SET state = 'refused', reason = ? WHERE id = ? AND state = 'referenced'",
            [.text(reason), .id(id)])
    }

    /// Keeps bytes; those that are there already are left as they are.
    package func insertFile(_ bytes: [UInt8], digest: String, at time: Timestamp) throws(StoreError) {
        try run(
            """
            INSERT INTO files (digest, size, bytes, created_at) VALUES (?, ?, ?, ?)
            ON CONFLICT (digest) DO NOTHING
            """, [.text(digest), .integer(Int64(bytes.count)), .bytes(bytes), .time(time)])
    }

    /// The bytes of a digest; `nil`: not here.
    package func file(_ digest: String) throws(StoreError) -> [UInt8]? {
        try row("SELECT bytes FROM files WHERE digest = ?", [.text(digest)])
            .map { (row) throws(StoreError) in try row.bytes(0) }
    }
}

extension Row {
    fileprivate func attachment() throws(StoreError) -> Attachment {
        let file = FileReference(
            reference: try text(2), name: optionalText(3), type: optionalText(4), size: optionalInteger(5))
        return Attachment(
            id: try id(0, AttachmentID.self), message: optionalID(1, MessageID.self), file: file, origin: try text(6),
            standing: (try choice(7, of: FileState.self), optionalText(8), optionalText(9)))
    }
}
