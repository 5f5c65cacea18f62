// What the network shows us of our own words.

import Model
import Storage

extension Intake {
    /// The network shows us what we wrote. Our own write is recognised by its id, or, when the network is quicker than
    /// its own answer or the answer got lost, by its text or by being a file; what was written there by other means
    /// becomes an outbound message. A part of ours of which nobody knew whether it went out did go out.
    func acceptEcho(_ arrival: EventArrival, in transaction: any Transaction) throws -> Effect {
        let event = arrival.event
        try transaction.lock([.message(channel: arrival.channel, externalID: event.id)])
        if let effect = try showKnown(arrival, in: transaction) { return effect }
        guard let thread = event.thread,
            let leg = try transaction.openLeg(channel: arrival.channel, thread: thread)
        else { return .filtered("an echo outside our conversations") }
        if try transaction.lock([.conversation(leg.conversation)]),
            let effect = try showKnown(arrival, in: transaction)
        {
            return effect
        }
        if let part = try unnamedPart(like: event, on: leg.id, in: transaction) {
            try transaction.setPart(part.number, of: part.message, externalID: event.id)
            try applyParked(arrival, in: transaction)
            return .duplicate
        }
        if let (message, number) = try lostPart(of: arrival, on: leg.id, in: transaction) {
            try transaction.setPart(number, of: message.id, externalID: event.id)
            if number == 1 { try transaction.setMessage(message.id, externalID: event.id) }
            _ = try progress(of: arrival).shown(number, of: message, in: transaction)
            try applyParked(arrival, in: transaction)
            return .changed
        }
        let message = Message(
            id: MessageID(at: arrival.now), conversation: leg.conversation, leg: leg.id,
            envelope: arrival.envelope, channel: arrival.channel, externalID: event.id, direction: .outbound,
            author: .agent, authorName: event.author?.name, visibility: event.visibility, format: event.format,
            text: event.text, replyTo: event.replyTo, at: arrival.at, receivedAt: arrival.receivedAt, state: .sent,
            permalink: event.permalink, language: event.language, fields: event.fields,
            source: CommandSource(endpoint: Endpoint.channel(arrival.channel).description, id: event.id))
        try transaction.insertMessage(message)
        _ = try insertFiles(of: message, arrival, in: transaction)
        try wiring.announce(
            .messageSent, about: message, correlation: arrival.envelope.text, at: arrival.now, in: transaction)
        try applyParked(arrival, in: transaction)
        return .appended
    }

    /// What an echo comes to whose id is known.
    private func showKnown(_ arrival: EventArrival, in transaction: any Transaction) throws -> Effect? {
        let known = try transaction.message(channel: arrival.channel, externalID: arrival.event.id)
        guard let known else { return nil }
        return try settle(known, shownBy: arrival, in: transaction) ? .changed : .duplicate
    }

    /// The part of ours that the network may be showing: one of the same text, or the first file where it shows a file
    /// without words (its name and address there are the network's own).
    private func unnamedPart(
        like event: InboundEvent, on leg: LegID, in transaction: any Transaction
    ) throws -> (message: MessageID, number: Int64)? {
        if let text = event.text { return try transaction.unnamedPart(on: leg, text: text) }
        return event.files.isEmpty ? nil : try transaction.unnamedFile(on: leg)
    }

    /// How many failed parts of one text an echo is held against.
    private static let lostPartsMax = 20

    /// The part of ours that the network may be showing, of which nobody knew whether it went out.
    private func lostPart(
        of arrival: EventArrival, on leg: LegID, in transaction: any Transaction
    ) throws -> (message: Message, number: Int64)? {
        let event = arrival.event
        if event.text == nil, event.files.isEmpty { return nil }
        let failed = try transaction.unnamedFailures(on: leg, text: event.text, limit: Self.lostPartsMax)
        for (id, number) in failed {
            guard let message = try transaction.message(id),
                try progress(of: arrival).isLost(number, of: message, in: transaction)
            else { continue }
            return (message, number)
        }
        return nil
    }

    /// The network shows what it calls by this id.
    /// - Returns: whether nobody knew that it went out.
    private func settle(
        _ message: Message, shownBy arrival: EventArrival, in transaction: any Transaction
    ) throws -> Bool {
        let parts = try transaction.parts(of: message.id)
        guard let part = parts.first(where: { $0.externalID == arrival.event.id }) else { return false }
        return try progress(of: arrival).shown(part.number, of: message, in: transaction)
    }

    private func progress(of arrival: EventArrival) -> Progress {
        Progress(wiring: wiring, at: arrival.now, correlation: arrival.envelope.text)
    }

    /// Receipts that came before the echo apply now.
    private func applyParked(_ arrival: EventArrival, in transaction: any Transaction) throws {
        try Changes(wiring: wiring).applyParked(
            externalID: arrival.event.id, channel: arrival.channel, at: arrival.now, in: transaction)
    }
}
