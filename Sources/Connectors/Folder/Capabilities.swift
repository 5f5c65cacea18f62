// What a channel can do beyond a plain text in and a plain text out.

package import Model

/// What a connector's network can do.
package struct Capabilities: Sendable, Hashable {
    /// What the network reports about our messages.
    package let receipts: Set<Receipt>
    /// A reply can point at one message.
    package let repliesToMessage: Bool
    /// The network tells of edits and deletions.
    package let edits: Bool
    package let reactions: Bool
    /// The network sends files.
    package let files: Bool

    init(_ fields: Fields?) {
        receipts = Set(fields?.strings("receipts").compactMap { Receipt(rawValue: $0) } ?? [])
        repliesToMessage = fields?.boolean("reply_to") ?? false
        edits = fields?.boolean("edits") ?? false
        reactions = fields?.boolean("reactions") ?? false
        files = fields?.boolean("files") ?? false
    }
}
