// What units of several nodes must not work on at one time.

package import Model

/// Something that one unit at a time may change. Where a store has one writer, nothing needs to be locked.
package enum LockName: Sendable, Hashable {
    /// An address on a network: who writes from there is found or made by one unit at a time.
    case address(channel: String, address: String)
    /// A conversation with all that is said in it.
    case conversation(ConversationID)
    /// A message by the network's id: it comes in, or what is told of it waits.
    case message(channel: String, externalID: String)

    /// What an endpoint may still be sent, by its name.
    case rates(String)
    /// The schema, while it is brought up to date.
    case schema

    /// The same number on every node: FNV-1a of 64 bits. Two names of one number only wait for each other.
    var key: Int64 {
        let text =
            switch self {
            case .address(let channel, let address): "address\n\(channel)\n\(address)"
            case .conversation(let id): "conversation\n\(id.text)"
            case .rates(let endpoint): "rates\n\(endpoint)"
            case .schema: "schema"
            case .message(let channel, let externalID): "message\n\(channel)\n\(externalID)"
            }
        let hash = text.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        return Int64(bitPattern: hash)
    }
}
