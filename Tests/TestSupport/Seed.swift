// The rows that other rows need before they may exist.

package import Model
package import Storage

/// A person with one conversation on one leg, as the store holds them after a first message.
package struct Seed: Sendable {
    package let person: Person
    package let identity: Identity
    package let conversation: Conversation
    package let leg: Leg
    package let envelope: Envelope

    /// Puts one into the store.
    package static func plant(
        _ name: String = "ada", channel: String = "shop", at time: Timestamp = TestClock.start,
        in transaction: any Transaction
    ) throws -> Seed {
        let person = Person(id: PersonID(at: time), name: name, handle: nil, phone: nil, email: nil)
        let identity = Identity(id: IdentityID(at: time), network: "chat", scope: channel, address: name)
        let conversation = Conversation(
            id: ConversationID(at: time), person: person.id, subject: "Hello", openedAt: time, reason: "a test")
        let leg = Leg(
            id: LegID(at: time), conversation: conversation.id, channel: channel, thread: "thread of \(name)",
            identity: identity.id, context: nil, contextExpiresAt: nil, lastInboundAt: time)
        let envelope = Envelope.sample(.channel(channel), at: time)
        try transaction.insertPerson(person, at: time)
        try transaction.insertIdentity(identity, author: Author(id: name), at: time)
        try transaction.insertLink(
            LinkID(at: time), identity: identity.id, person: person.id, evidence: "a test", at: time)
        try transaction.insertConversation(conversation)
        try transaction.insertLeg(leg)
        try transaction.insertEnvelope(envelope, verifiedBy: "none", outcome: .applied, reason: nil)
        return Seed(person: person, identity: identity, conversation: conversation, leg: leg, envelope: envelope)
    }

    /// Words of the person.
    package func inbound(
        _ externalID: String, _ text: String = "Hello", at time: Timestamp = TestClock.start
    ) -> Message {
        Message(
            id: MessageID(at: time), conversation: conversation.id, leg: leg.id, identity: identity.id,
            envelope: envelope.id, channel: leg.channel, externalID: externalID, direction: .inbound,
            author: .person, visibility: .private, format: .plain, text: text, at: time, receivedAt: time)
    }

    /// Words of ours.
    package func outbound(
        _ externalID: String? = nil, _ text: String = "Good day", at time: Timestamp = TestClock.start,
        source: CommandSource? = nil
    ) -> Message {
        Message(
            id: MessageID(at: time), conversation: conversation.id, leg: leg.id, channel: leg.channel,
            externalID: externalID, direction: .outbound, author: .agent, visibility: .private, format: .plain,
            text: text, at: time, receivedAt: time, state: .pending, source: source)
    }

    /// An event for a contract, as a delivery.
    package func event(
        to contract: String = "desk", _ number: Int = 1, urgency: Urgency = .live, correlation: String = "c"
    ) -> NewDelivery {
        NewDelivery(
            destination: .contract(contract), conversation: conversation.id, kind: .event,
            payload: ["type": "samtal.message.received", "number": .integer(Int64(number))],
            correlation: correlation, urgency: urgency)
    }

    /// A part of a reply, as a delivery.
    package func reply(
        _ message: MessageID, part: Int, of parts: Int, correlation: String = "c"
    ) -> NewDelivery {
        NewDelivery(
            destination: .channel(leg.channel), conversation: conversation.id, kind: .reply,
            payload: [
                "message": .string(message.text), "part": .integer(Int64(part)), "parts": .integer(Int64(parts)),
            ], correlation: correlation)
    }
}

extension Delivery {
    /// The number that a seed's event carries.
    package var number: Int64? { payload["number"].integer }
}
