// Step 8 of the hallway, its end: what the courier reports about a reply becomes the state of the message.

package import Model
package import Storage

/// Records how the sending of a reply's part went. Called in the transaction that records the attempt.
package struct SendReports: Sendable {
    let wiring: Wiring

    package init(wiring: Wiring) {
        self.wiring = wiring
    }

    /// A part went out.
    /// - Parameters:
    ///   - result: with the network's name for it, when it gives one (receipts that came before it apply now), and with
    ///     what is kept of the answer for the part that answers this one.
    ///   - start: when the attempt began.
    package func partWasSent(
        _ part: ReplyPart, _ result: AttemptResult, begun start: Timestamp, at time: Timestamp, correlation: String,
        in transaction: any Transaction
    ) throws {
        let message = try message(of: part, in: transaction)
        try transaction.setPart(part.number, of: message.id, sentAt: start)
        try transaction.spendContext(of: message.leg, at: start)
        if let externalID = result.id {
            try transaction.takeExternalID(externalID, for: message)
            try transaction.setPart(part.number, of: message.id, externalID: externalID)
            if part.number == 1 { try transaction.setMessage(message.id, externalID: externalID) }
        }
        if let context = result.context { try transaction.setPart(part.number, of: message.id, context: context) }
        let progress = Progress(wiring: wiring, at: time, correlation: correlation)
        try progress.part(part.number, of: message, becomes: .sent, reason: nil, in: transaction)
        if let externalID = result.id {
            try Changes(wiring: wiring).applyParked(
                externalID: externalID, channel: message.channel, at: time, in: transaction)
        }
    }

    /// A part can not be sent: the message failed, and its later parts are not sent. Unless the end of the attempt is
    /// not known and the network has shown the part meanwhile: then it was sent.
    /// - Parameters:
    ///   - result: with the network's name for it, when one of its requests was told it: the network may still show it.
    ///   - start: when the attempt began.
    package func partFailed(
        _ part: ReplyPart, _ result: AttemptResult, begun start: Timestamp, at time: Timestamp, correlation: String,
        in transaction: any Transaction
    ) throws {
        let message = try message(of: part, in: transaction)
        let progress = Progress(wiring: wiring, at: time, correlation: correlation)
        if try progress.isThere(part.number, of: message, after: result, begun: start, in: transaction) { return }
        if let externalID = result.id {
            try transaction.setPart(part.number, of: message.id, externalID: externalID)
        }
        let reason = result.reason ?? result.outcome.rawValue
        try progress.part(part.number, of: message, becomes: .failed, reason: reason, in: transaction)
        try transaction.cancelReplies(of: part.message, because: .failed, at: time)
    }

    /// A person cancelled a part that was not sent yet: the message failed, and its later parts are not sent, also when
    /// a part is retried that failed before it. What carries no part of a reply needs nothing more.
    package func partWasCancelled(
        _ delivery: Delivery, reason: String, at time: Timestamp, in transaction: any Transaction
    ) throws {
        guard let part = ReplyPart(payload: delivery.payload) else { return }
        let message = try message(of: part, in: transaction)
        let progress = Progress(wiring: wiring, at: time, correlation: delivery.correlation)
        try progress.part(part.number, of: message, becomes: .failed, reason: reason, in: transaction)
        try transaction.cancelReplies(of: part.message, because: .cancelled, after: delivery.id, at: time)
    }

    private func message(of part: ReplyPart, in transaction: any Transaction) throws -> Message {
        guard let message = try transaction.message(part.message) else {
            throw StoreError(.corrupt, "a delivery speaks of \(part.message), which is not there")
        }
        return message
    }
}

/// The payload of a reply's delivery: one part of one message.
package struct ReplyPart: Sendable, Hashable {
    package let message: MessageID
    /// From 1.
    package let number: Int64
    /// How many parts the message has.
    package let count: Int64

    package init(message: MessageID, number: Int64, count: Int64) {
        self.message = message
        self.number = number
        self.count = count
    }

    /// Reads a delivery's payload; `nil` when it is no reply's.
    package init?(payload: JSON) {
        guard let message = payload["message"].string.flatMap(MessageID.init(_:)),
            let number = payload["part"].integer, let count = payload["parts"].integer
        else { return nil }
        self.init(message: message, number: number, count: count)
    }

    package var payload: JSON {
        ["message": .string(message.text), "part": .integer(number), "parts": .integer(count)]
    }
}
