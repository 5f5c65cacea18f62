// Where a message belongs when its thread alone does not tell, as with mails.

package import Model
package import Storage

/// Finds the place of a message. Asked within the transaction that appends it, once the writer is locked; edits and
/// receipts need none.
package protocol Placing: Sendable {
    /// - Parameter place: the channel's name, and the network of its identities.
    /// - Throws: ``StoreError``.
    func place(
        _ event: InboundEvent, on channel: String, network: String, in transaction: any Transaction
    ) throws -> Placement
}

/// Where a message goes.
package struct Placement: Sendable {
    /// The message with its thread and id settled.
    package var event: InboundEvent
    /// The conversation that it joins when its writer has no leg on the thread yet; `nil`: a new one.
    package var conversation: ConversationID?
    /// Whether the writer joins it because another let them in: answers go to them only when their leg is named.
    package var isGuest = false
    /// An earlier conversation that a new one points to, though the writer has no part in it.
    package var related: ConversationID?
    /// Why a new conversation is opened, in words for `explain`; `nil`: the usual ones.
    package var reason: String?

    package init(
        _ event: InboundEvent, conversation: ConversationID? = nil, related: ConversationID? = nil,
        reason: String? = nil
    ) {
        self.event = event
        self.conversation = conversation
        self.related = related
        self.reason = reason
    }
}
