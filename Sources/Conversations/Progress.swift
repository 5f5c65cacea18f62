// How far an outbound message has come, from its parts: told by attempts of ours and by the network's receipts.

import Model
import Storage

/// Moves outbound messages forward, never back, and tells the CRMs of each step.
struct Progress: Sendable {
    let wiring: Wiring
    let at: Timestamp
    let correlation: String

    /// The part that the network knows by `externalID` reached `state`.
    /// - Returns: whether that was news.
    func part(
        externalID: String, of message: Message, becomes state: MessageState, reason: String?,
        in transaction: any Transaction
    ) throws -> Bool {
        let parts = try transaction.parts(of: message.id)
        guard let part = parts.first(where: { $0.externalID == externalID }) else {
            // An outbound message of others' making (an echo) has no parts of ours.
            return try set(message, to: state, reason: reason, in: transaction)
        }
        return try move(part, of: message, among: parts, to: state, reason: reason, in: transaction)
    }

    /// Part `number` reached `state`.
    /// - Returns: whether that was news.
    @discardableResult
    func part(
        _ number: Int64, of message: Message, becomes state: MessageState, reason: String?,
        in transaction: any Transaction
    ) throws -> Bool {
        let parts = try transaction.parts(of: message.id)
        guard let part = parts.first(where: { $0.number == number }) else {
            throw StoreError(.corrupt, "message \(message.id) has no part \(number)")
        }
        return try move(part, of: message, among: parts, to: state, reason: reason, in: transaction)
    }

    /// Moves a part; the message follows when that was its slowest one.
    private func move(
        _ part: Part, of message: Message, among parts: [Part], to state: MessageState, reason: String?,
        in transaction: any Transaction
    ) throws -> Bool {
        guard part.state.mayBecome(state) else { return false }
        try transaction.setPart(part.number, of: message.id, state: state)
        if part.state == .failed { try settle(part, of: message, as: state, in: transaction) }
        let states = parts.map { $0.number == part.number ? state : $0.state }
        _ = try set(message, to: Self.state(of: states), reason: reason, in: transaction)
        return true
    }

    /// A message stands where its slowest part stands; one failed part fails it.
    static func state(of parts: [MessageState]) -> MessageState {
        if parts.contains(.failed) { return .failed }
        let order: [MessageState] = [.pending, .sent, .delivered, .read]
        return order.first { parts.contains($0) } ?? .pending
    }

    private func set(
        _ message: Message, to state: MessageState, reason: String?, in transaction: any Transaction
    ) throws -> Bool {
        guard let current = message.state, current.mayBecome(state) else { return false }
        try transaction.setMessage(message.id, state: state, reason: reason)
        var moved = message
        moved.state = state
        moved.stateReason = reason
        let types: [MessageState: ContractEventType] = [
            .sent: .messageSent, .delivered: .messageDelivered, .read: .messageRead, .failed: .messageFailed,
        ]
        if let type = types[state] {
            try wiring.announce(type, about: moved, correlation: correlation, at: at, in: transaction)
        }
        return true
    }
}
