// What a mail of ours is made of, read in the transaction that hands its delivery out.

import Conversations
import Model
import Storage

/// One reply that goes out as a mail.
struct MailJob: Sendable {
    let message: Message
    let leg: Leg
    let text: String
    let files: [AttachmentID]
    /// The conversation's subject, for a mail that answers none.
    let subject: String?

    /// - Returns: `nil`: the message or its leg is not there.
    init?(_ part: ReplyPart, in transaction: any Transaction) throws {
        guard let message = try transaction.message(part.message), let leg = try transaction.leg(message.leg),
            let own = try transaction.parts(of: message.id).first(where: { $0.number == part.number })
        else { return nil }
        self.message = message
        self.leg = leg
        text = own.text
        files = try transaction.attachments(of: message.id).map(\.id)
        subject = try transaction.conversation(message.conversation)?.subject
    }
}
