// What becomes of a part whose sending nobody saw the end of, when the network itself tells: by an echo or a receipt.

import Model
import Storage

extension Progress {
    /// The network shows a part of ours. When nobody knew whether it went out, now everybody knows.
    /// - Returns: whether that was news.
    func shown(_ number: Int64, of message: Message, in transaction: any Transaction) throws -> Bool {
        guard try isLost(number, of: message, in: transaction),
            let delivery = try transaction.carrier(of: number, of: message)?.delivery,
            let start = try transaction.lostAttempt(of: delivery.id)
        else { return false }
        try sent(number, of: message, at: start, in: transaction)
        return try part(number, of: message, becomes: .sent, reason: nil, in: transaction)
    }

    /// Whether a part counts as failed although it may have arrived: the end of an attempt is not known, and none was
    /// answered well.
    func isLost(_ number: Int64, of message: Message, in transaction: any Transaction) throws -> Bool {
        guard try transaction.parts(of: message.id).first(where: { $0.number == number })?.state == .failed,
            let delivery = try transaction.carrier(of: number, of: message)?.delivery, delivery.state != .delivered
        else { return false }
        return try transaction.lostAttempt(of: delivery.id) != nil
    }

    /// An attempt of a part came to its last end, and not to a good one. Yet the part is there when the network has
    /// shown it meanwhile: then its delivery is done.
    /// - Parameter start: when the attempt began.
    /// - Returns: whether the network has shown it.
    func isThere(
        _ number: Int64, of message: Message, after result: AttemptResult, begun start: Timestamp,
        in transaction: any Transaction
    ) throws -> Bool {
        let parts = try transaction.parts(of: message.id)
        guard let own = parts.first(where: { $0.number == number }) else { return false }
        if ![.sent, .delivered, .read].contains(own.state) {
            let told = try transaction.carrier(of: number, of: message)?.externalID
            guard result.outcome == .unknownOutcome, let named = own.externalID, named != told else { return false }
            try sent(number, of: message, at: start, in: transaction)
            try part(number, of: message, becomes: .sent, reason: nil, in: transaction)
        }
        try settle(own, of: message, as: .sent, in: transaction)
        return true
    }

    /// Notes when a part went out, and that its reply has used the leg's shortcut.
    private func sent(
        _ number: Int64, of message: Message, at start: Timestamp, in transaction: any Transaction
    ) throws {
        try transaction.setPart(number, of: message.id, sentAt: start)
        try transaction.spendContext(of: message.leg, at: start)
    }

    /// A part that had failed is there, as the network tells: its delivery is done, nobody needs to look or to try it
    /// again, and the parts that were kept back because of it go out. What a person cancelled stays cancelled; what is
    /// on the way now comes to its own end.
    func settle(
        _ part: Part, of message: Message, as state: MessageState, in transaction: any Transaction
    ) throws {
        guard let record = try transaction.carrier(of: part.number, of: message) else { return }
        let delivery = record.delivery
        switch delivery.state {
        case .failed: break
        case .pending, .snoozed, .sending:
            if try transaction.isCarried(delivery.lane, at: at) { return }
        case .delivered, .cancelled: return
        }
        let reason = "the network shows it as \(state.rawValue), told in \(correlation)"
        try transaction.settleDelivery(delivery.id, reason: reason, at: at)
        try transaction.audit(
            actor: delivery.destination.description, action: "delivery.settled", subject: delivery.id.text,
            details: .members([
                "was": .string(delivery.state.rawValue), "outcome": JSON(record.outcome), "reason": JSON(record.reason),
                "shown_as": .string(state.rawValue), "told_in": .string(correlation),
            ]), at: at)
        try transaction.reviveLaterParts(of: delivery, at: at)
        try transaction.wake(delivery.lane, at: at)
    }
}
