// Where a mail belongs: what it claims, held against what the store knows. Asked in the transaction that appends it.

import Conversations
import Model
import Storage

/// Places mails. A stranger never enters a conversation by naming it.
struct MailPlacing: Placing {
    func place(
        _ event: InboundEvent, on channel: String, network: String, in transaction: any Transaction
    ) throws -> Placement {
        let claims = event.fields?["claims"] ?? .null
        var event = try settled(event, digest: claims["digest"].string, on: channel, in: transaction)
        event.fields = event.fields?.removing("claims")
        return Placement(event)
    }

    /// A mail whose Message-ID another mail has already is a message of its own: some programs give all their mails one.
    private func settled(
        _ event: InboundEvent, digest: String?, on channel: String, in transaction: any Transaction
    ) throws -> InboundEvent {
        guard let digest, let known = try transaction.message(channel: channel, externalID: event.id),
            known.direction == .inbound, let other = known.fields?["digest"].string, other != digest
        else { return event }
        var event = event
        event.id += "#\(digest.prefix(16))"
        return event
    }
}
