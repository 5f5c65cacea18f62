// What happens to messages after they were written: edits, deletions, reactions, receipts. Those that come before their
// message wait for it.

import Model
import Storage

/// Changes messages as events ask. The same event twice changes nothing the second time.
struct Changes: Sendable {
    let wiring: Wiring

    /// Applies an edit, deletion, reaction or receipt, or parks it until its message is there.
    func apply(_ arrival: EventArrival, in transaction: any Transaction) throws -> Effect {
        let event = arrival.event
        if event.kind == .receipt, let upTo = event.upTo {
            return try receiveAll(arrival, until: upTo, in: transaction)
        }
        try transaction.lock([.message(channel: arrival.channel, externalID: event.id)])
        let found = try transaction.message(
            channel: arrival.channel, externalID: event.id, preferring: event.directionMeant)
        guard let message = try found.map({ try held($0, in: transaction) }) else {
            if try transaction.isParked(event, channel: arrival.channel, envelope: arrival.envelope) {
                return .duplicate
            }
            try transaction.park(
                event, channel: arrival.channel, envelope: arrival.envelope, at: arrival.now)
            return .parked
        }
        return try change(message, by: arrival, in: transaction)
    }

    /// The message as it is once nobody else works on its conversation.
    private func held(_ message: Message, in transaction: any Transaction) throws -> Message {
        guard try transaction.lock([.conversation(message.conversation)]) else { return message }
        return try transaction.message(message.id) ?? message
    }

    private func change(
        _ message: Message, by arrival: EventArrival, in transaction: any Transaction
    ) throws -> Effect {
        switch arrival.event.kind {
        case .edit: try edit(message, by: arrival, in: transaction)
        case .delete: try delete(message, by: arrival, in: transaction)
        case .reaction: try react(to: message, by: arrival, in: transaction)
        case .receipt: try receive(arrival, for: message, in: transaction)
        default: .filtered(arrival.event.kind.rawValue)
        }
    }

    /// Only its writer edits a message: on some networks anybody may send a replacement for anybody's words.
    private func edit(
        _ message: Message, by arrival: EventArrival, in transaction: any Transaction
    ) throws -> Effect {
        guard try isWriter(arrival.event.author, of: message, in: transaction) else {
            return .filtered("an edit by another than the writer")
        }
        guard let text = arrival.event.text, text != message.text, message.deletedAt == nil,
            message.editedAt ?? message.at <= arrival.at, !arrival.isKnown || message.editedAt != arrival.at
        else { return .duplicate }
        try transaction.editMessage(message, text: text, at: arrival.at, envelope: arrival.envelope)
        var edited = message
        edited.text = text
        edited.editedAt = arrival.at
        try announce(.messageEdited, about: edited, arrival, in: transaction)
        return .changed
    }

    /// A network that names no author says itself who may edit.
    private func isWriter(
        _ author: Author?, of message: Message, in transaction: any Transaction
    ) throws -> Bool {
        guard let author else { return true }
        guard let identity = message.identity else { return false }
        return try transaction.author(of: identity)?.id == author.id
    }

    private func delete(
        _ message: Message, by arrival: EventArrival, in transaction: any Transaction
    ) throws -> Effect {
        guard message.deletedAt == nil else { return .duplicate }
        try transaction.deleteMessage(message.id, at: arrival.at)
        var deleted = message
        deleted.deletedAt = arrival.at
        try announce(.messageDeleted, about: deleted, arrival, in: transaction)
        return .changed
    }

    private func react(
        to message: Message, by arrival: EventArrival, in transaction: any Transaction
    ) throws -> Effect {
        guard let author = arrival.event.author else { return .filtered("a reaction without author") }
        let isNew = try transaction.setReaction(
            arrival.event.reaction, of: author.id, to: message.id, at: arrival.at, isKnown: arrival.isKnown)
        guard isNew else { return .duplicate }
        try announce(
            .messageReacted, about: message, arrival,
            extra: ["reaction": arrival.event.reaction.map { .string($0) } ?? .null], in: transaction)
        return .changed
    }

    private func receive(
        _ arrival: EventArrival, for message: Message, in transaction: any Transaction
    ) throws -> Effect {
        guard message.direction == .outbound, let receipt = arrival.event.receipt,
            let state = MessageState(rawValue: receipt.rawValue)
        else { return .duplicate }
        let progress = Progress(wiring: wiring, at: arrival.now, correlation: arrival.envelope.text)
        let isNew = try progress.part(
            externalID: arrival.event.id, of: message, becomes: state, reason: arrival.event.reason, in: transaction)
        return isNew ? .changed : .duplicate
    }

    /// How many parts one receipt of a whole thread may move.
    static let partsMax = 1000

    /// A receipt of everything on a thread: what went out until then has come as far. A message whose sending is not
    /// answered yet is not among it; the next receipt of the thread tells of it.
    private func receiveAll(
        _ arrival: EventArrival, until time: Timestamp, in transaction: any Transaction
    ) throws -> Effect {
        guard let state = arrival.event.receipt.flatMap({ MessageState(rawValue: $0.rawValue) }),
            let thread = arrival.event.thread
        else { return .duplicate }
        let progress = Progress(wiring: wiring, at: arrival.now, correlation: arrival.envelope.text)
        let parts = try transaction.partsSent(
            on: arrival.channel, thread: thread, until: time, mayBecome: state, limit: Self.partsMax)
        var isNews = false
        for part in parts {
            guard let message = try transaction.message(part.message).map({ try held($0, in: transaction) }) else {
                continue
            }
            if try progress.part(part.number, of: message, becomes: state, reason: nil, in: transaction) {
                isNews = true
            }
        }
        return isNews ? .changed : .duplicate
    }

    private func announce(
        _ type: ContractEventType, about message: Message, _ arrival: EventArrival, extra: [String: JSON] = [:],
        in transaction: any Transaction
    ) throws {
        try wiring.announce(
            type, about: message, extra: extra, correlation: arrival.envelope.text, at: arrival.now,
            in: transaction)
    }

    /// Applies what waited for a message that is there now.
    func applyParked(
        externalID: String, channel: String, at time: Timestamp, in transaction: any Transaction
    ) throws {
        let endpoint = Endpoint.channel(channel)
        for (json, envelope) in try transaction.unpark(channel: channel, externalID: externalID) {
            let event = try InboundEvent(mapping: json)
            let message = try transaction.message(
                channel: channel, externalID: externalID, preferring: event.directionMeant)
            guard let message else {
                throw StoreError(.corrupt, "an event waited for a message that is not there")
            }
            let parked = EventArrival(event: event, channel: channel, envelope: envelope, receivedAt: time, now: time)
            let effect = try change(message, by: parked, in: transaction)
            transaction.count(.parked, by: -1, of: endpoint)
            transaction.count(effect, of: endpoint)
        }
    }
}

extension InboundEvent {
    /// Which message is meant where a network uses one id both ways: receipts speak of what we sent.
    fileprivate var directionMeant: Direction { kind == .receipt ? .outbound : .inbound }
}
