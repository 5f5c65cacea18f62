// Replies and notes: the checks before a text goes out, and the deliveries that carry it.

import Model
import Storage

extension Replies {
    /// Puts an agent's answer on the leg that the person used last, or on the one that was chosen.
    func reply(_ order: Order, in transaction: any Transaction) throws -> CommandResult {
        let leg = try leg(for: order, in: transaction)
        guard let channel = wiring.channels[leg.channel] else {
            throw CommandRefusal(.unknownChannel, "channel \(leg.channel) is no longer configured")
        }
        let visibility = try visibility(for: order, on: leg, in: transaction)
        let limits = channel.limits(of: visibility)
        try checkWindow(of: leg, limits.window, at: order.at)
        let texts = try texts(of: order, on: channel, within: limits.text)
        try check(order.command.files, for: channel)
        let message = message(order, on: leg, visibility: visibility, state: .pending)
        let attachments = try attachments(of: order, on: message.id, in: transaction)
        try check(attachments.map(\.file), for: channel)
        try transaction.insertMessage(message)
        for (position, attachment) in attachments.enumerated() {
            try transaction.insertAttachment(attachment, position: position)
        }
        let pieces = pieces(texts, attachments, on: channel)
        for (index, piece) in pieces.enumerated() {
            try transaction.insertPart(
                index + 1, of: message.id, channel: leg.channel, text: piece.text, attachment: piece.file)
            let payload = ReplyPart(message: message.id, number: Int64(index + 1), count: Int64(pieces.count)).payload
            try transaction.enqueue(
                NewDelivery(
                    destination: .channel(leg.channel), conversation: order.conversation.id, kind: .reply,
                    payload: payload, correlation: order.correlation, urgency: wiring.urgency),
                at: order.at)
        }
        return .message(message.id)
    }

    /// Keeps a note in the timeline. No channel ever sees it.
    func note(_ order: Order, in transaction: any Transaction) throws -> CommandResult {
        let leg = try leg(for: order, in: transaction)
        let message = message(order, on: leg, visibility: .internal, state: .sent)
        let attachments = try attachments(of: order, on: message.id, in: transaction)
        try transaction.insertMessage(message)
        for (position, attachment) in attachments.enumerated() {
            try transaction.insertAttachment(attachment, position: position)
        }
        try wiring.announce(
            .messageSent, about: message, correlation: order.correlation, at: order.at, in: transaction)
        return .message(message.id)
    }

    /// The text in pieces that the channel takes; none for a reply of files only.
    private func texts(of order: Order, on channel: ChannelProfile, within limit: TextLimit?) throws -> [String] {
        let text = order.command.text ?? ""
        if text.allSatisfy(\.isWhitespace), !order.command.files.isEmpty { return [] }
        guard let limit else { return [text] }
        guard let parts = limit.parts(of: text) else {
            throw CommandRefusal(.textTooLong, "channel \(channel.name) takes \(limit.max) \(limit.unit.rawValue)")
        }
        return parts
    }

    /// What goes out, one after the other: the texts, then each file by itself, or all in one.
    private func pieces(
        _ texts: [String], _ attachments: [Attachment], on channel: ChannelProfile
    ) -> [(text: String, file: AttachmentID?)] {
        if channel.joinsFiles { return [(texts.first ?? "", nil)] }
        return texts.map { ($0, nil) } + attachments.map { ("", $0.id) }
    }

    private func message(
        _ order: Order, on leg: Leg, visibility: Visibility, state: MessageState
    ) -> Message {
        Message(
            id: MessageID(at: order.at), conversation: order.conversation.id, leg: leg.id, channel: leg.channel,
            direction: .outbound, author: .agent, authorName: order.command.agent?.name, visibility: visibility,
            format: .plain, text: order.command.text, replyTo: order.command.replyTo, at: order.at,
            receivedAt: order.at, state: state, source: order.source)
    }

    private func leg(for order: Order, in transaction: any Transaction) throws -> Leg {
        let legs = try transaction.legs(of: order.conversation.id)
        guard let wanted = order.command.leg else {
            guard let last = legs.first(where: { !$0.isGuest }) ?? legs.first else {
                throw StoreError(.corrupt, "conversation \(order.conversation.id) has no leg")
            }
            return last
        }
        guard let leg = legs.first(where: { $0.id == wanted }) else {
            throw CommandRefusal(.unknownLeg, "this conversation has no such leg")
        }
        return leg
    }

    private func checkWindow(of leg: Leg, _ window: Duration?, at now: Timestamp) throws {
        if let window, now > leg.lastInboundAt + window {
            throw CommandRefusal(
                .windowClosed,
                "channel \(leg.channel) takes replies for \(window) after the person wrote, who last did so at "
                    + "\(leg.lastInboundAt)")
        }
        if let expiry = leg.contextExpiresAt, !leg.isContextOnce, now > expiry {
            throw CommandRefusal(.contextExpired, "the place to answer at expired at \(expiry)")
        }
    }

    /// An answer is as visible as the person's last words on the leg; asking for anything else is refused.
    private func visibility(
        for order: Order, on leg: Leg, in transaction: any Transaction
    ) throws -> Visibility {
        let natural = try transaction.lastVisibility(on: leg.id) ?? .private
        guard let wanted = order.command.visibility, wanted != natural else { return natural }
        throw CommandRefusal(
            .visibility, "an answer here is \(natural.rawValue); \(wanted.rawValue) was asked for")
    }
}
