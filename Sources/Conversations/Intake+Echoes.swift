// What the network shows us of our own words.

import Model
import Storage

extension Intake {
    /// The network shows us what we wrote. Our own write is recognised by its id, or, when the network is quicker than
    /// its own answer, by its text or by being a file; what was written there by other means becomes an outbound
    /// message.
    func acceptEcho(_ arrival: EventArrival, in transaction: any Transaction) throws -> Effect {
        let event = arrival.event
        try transaction.lock([.message(channel: arrival.channel, externalID: event.id)])
        if try transaction.message(channel: arrival.channel, externalID: event.id) != nil { return .duplicate }
        guard let thread = event.thread,
            let leg = try transaction.openLeg(channel: arrival.channel, thread: thread)
        else { return .filtered("an echo outside our conversations") }
        try transaction.lock([.conversation(leg.conversation)])
        if let part = try unnamedPart(like: event, on: leg.id, in: transaction) {
            try transaction.setPart(part.number, of: part.message, externalID: event.id)
            try applyParked(arrival, in: transaction)
            return .duplicate
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

    /// The part of ours that the network may be showing: one of the same text, or the first file where it shows a file
    /// without words (its name and address there are the network's own).
    private func unnamedPart(
        like event: InboundEvent, on leg: LegID, in transaction: any Transaction
    ) throws -> (message: MessageID, number: Int64)? {
        if let text = event.text { return try transaction.unnamedPart(on: leg, text: text) }
        return event.files.isEmpty ? nil : try transaction.unnamedFile(on: leg)
    }

    /// Receipts that came before the echo apply now.
    private func applyParked(_ arrival: EventArrival, in transaction: any Transaction) throws {
        try Changes(wiring: wiring).applyParked(
            externalID: arrival.event.id, channel: arrival.channel, at: arrival.now, in: transaction)
    }
}
