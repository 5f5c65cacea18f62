// Files of a reply: those that a CRM speaks of are fetched when they are sent; those of our API were uploaded before.

import Model
import Storage

extension Replies {
    /// The attachments of a command, not yet in the store.
    /// - Throws: ``CommandRefusal`` for a file that was not uploaded.
    func attachments(
        of order: Order, on message: MessageID, in transaction: any Transaction
    ) throws -> [Attachment] {
        try order.command.files.map { file in
            let id = AttachmentID(at: order.at)
            guard case .token = order.origin else {
                return Attachment(id: id, message: message, file: file, origin: order.source.endpoint)
            }
            guard let wanted = AttachmentID(file.reference), let upload = try transaction.attachment(wanted),
                upload.origin == order.source.endpoint, upload.message == nil
            else {
                throw CommandRefusal(.unknownFile, "no file \(file.reference.prefix(40)) was uploaded with this token")
            }
            // The upload stays: a brochure is uploaded once and sent often.
            return Attachment(
                id: id, message: message, file: upload.file, origin: upload.origin,
                standing: (.fetched, upload.digest, nil))
        }
    }

    /// Refuses what the channel does not take, before anything is sent.
    func check(_ files: [FileReference], for channel: ChannelProfile) throws {
        guard !files.isEmpty else { return }
        guard files.count <= Files.filesMax else {
            throw CommandRefusal(.filesRefused, "a reply carries at most \(Files.filesMax) files")
        }
        guard let limits = channel.files else {
            throw CommandRefusal(.filesRefused, "channel \(channel.name) takes no files")
        }
        for file in files {
            guard let problem = limits.problem(size: file.size, type: MediaType.essence(file.type)) else { continue }
            throw CommandRefusal(
                .filesRefused, "channel \(channel.name) does not take \(file.name ?? "a file"): it \(problem)")
        }
    }
}
