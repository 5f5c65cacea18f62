// Appending a message: identity → person → conversation → leg → message → events for the CRMs.

import Model
import Storage

extension Intake {
    /// Appends an inbound message to the conversation that it belongs to.
    func append(_ arrival: EventArrival, in transaction: any Transaction) throws -> Effect {
        guard let author = arrival.event.author else { return .filtered("a message without author") }
        let network = wiring.channels[arrival.channel]?.adapter ?? arrival.channel
        try transaction.lock([
            .address(channel: arrival.channel, address: author.id),
            .message(channel: arrival.channel, externalID: arrival.event.id),
        ])
        let placement = try placement(of: arrival, network: network, in: transaction)
        var arrival = arrival
        arrival.event = placement.event
        guard let thread = arrival.event.thread else { return .filtered("a message without thread") }
        let query = CorrespondentQuery(
            network: network, scope: arrival.channel, address: author.id, channel: arrival.channel, thread: thread,
            externalID: arrival.event.id)
        var known = try transaction.correspondent(query)
        if let conversation = known?.conversation?.id ?? placement.conversation,
            try transaction.lock([.conversation(conversation)])
        {
            known = try transaction.correspondent(query)
        }
        if try known?.isDuplicate ?? isKnown(arrival.event.id, on: arrival.channel, in: transaction) {
            return .duplicate
        }
        let writer = try Writer(known, author, network: network, arrival, in: transaction)
        let place = try place(for: arrival, thread: thread, writer: writer, known, placement, in: transaction)
        if writer.isNew {
            let matter = Matter(
                conversation: place.conversation, person: writer.person, channel: arrival.channel,
                correlation: arrival.envelope.text)
            try wiring.announce(.personCreated, matter, at: arrival.now, in: transaction)
        }
        try insert(arrival, writer: writer, place: place, in: transaction)
        if known?.hasParked ?? true {
            try Changes(wiring: wiring).applyParked(
                externalID: arrival.event.id, channel: arrival.channel, at: arrival.now, in: transaction)
        }
        return .appended
    }

    private func placement(
        of arrival: EventArrival, network: String, in transaction: any Transaction
    ) throws -> Placement {
        guard let placing else { return Placement(arrival.event) }
        let placement = try placing.place(arrival.event, on: arrival.channel, network: network, in: transaction)
        if placement.event.id != arrival.event.id {
            try transaction.lock([.message(channel: arrival.channel, externalID: placement.event.id)])
        }
        return placement
    }

    /// Whether a channel has a message of this id from anybody: an id is one message, whoever it is said to be by.
    private func isKnown(_ id: String, on channel: String, in transaction: any Transaction) throws -> Bool {
        try transaction.message(channel: channel, externalID: id)?.direction == .inbound
    }

    /// Where a message goes, and the event that tells of it when the conversation is new or open again.
    struct Place {
        var conversation: Conversation
        let leg: LegID
        let thread: String
        let opening: ContractEventType?
    }

    private func place(
        for arrival: EventArrival, thread: String, writer: Writer, _ known: Correspondent?, _ placement: Placement,
        in transaction: any Transaction
    ) throws -> Place {
        let former = try known?.conversation ?? placement.conversation.flatMap { try transaction.conversation($0) }
        guard var conversation = former else {
            let usual = writer.isNew ? "the first message of this person" : "the first message on this thread"
            return try open(
                arrival, thread: thread, writer: writer, former: placement.related, reason: placement.reason ?? usual,
                in: transaction)
        }
        let now = arrival.now
        var opening: ContractEventType?
        switch continuation(of: conversation, at: now) {
        case .goesOn: break
        case .reopens:
            conversation.status = .open
            conversation.closedAt = nil
            try transaction.setConversation(conversation.id, status: .open, at: now, said: now)
            opening = .conversationReopened
        case .isOver:
            if let leg = known?.leg { try transaction.endLeg(leg, at: now) }
            let reason = "the former was closed more than \(wiring.reopenWithin) ago"
            return try open(
                arrival, thread: thread, writer: writer, former: conversation.id, reason: reason, in: transaction)
        }
        if let leg = known?.leg {
            try keepContext(of: leg, arrival, in: transaction)
            return Place(conversation: conversation, leg: leg, thread: thread, opening: opening)
        }
        let leg = try insertLeg(
            of: conversation.id, arrival, thread: thread, writer: writer, isGuest: placement.isGuest, in: transaction)
        return Place(conversation: conversation, leg: leg, thread: thread, opening: opening)
    }

    private enum Continuation { case goesOn, reopens, isOver }

    private func continuation(of conversation: Conversation, at now: Timestamp) -> Continuation {
        guard conversation.status == .closed, let closedAt = conversation.closedAt else { return .goesOn }
        return now <= closedAt + wiring.reopenWithin ? .reopens : .isOver
    }

    private func keepContext(of leg: LegID, _ arrival: EventArrival, in transaction: any Transaction) throws {
        guard let context = arrival.event.context else { return }
        try transaction.setContext(
            of: leg, to: context, expires: arrival.event.contextExpires, isOnce: arrival.event.isContextOnce,
            at: arrival.at)
    }

    private func open(
        _ arrival: EventArrival, thread: String, writer: Writer, former: ConversationID?, reason: String,
        in transaction: any Transaction
    ) throws -> Place {
        let conversation = Conversation(
            id: ConversationID(at: arrival.now), person: writer.person.id,
            subject: Self.subject(of: arrival.event.text), openedAt: arrival.now, former: former,
            reason: reason)
        try transaction.insertConversation(conversation)
        let leg = try insertLeg(of: conversation.id, arrival, thread: thread, writer: writer, in: transaction)
        return Place(conversation: conversation, leg: leg, thread: thread, opening: .conversationOpened)
    }

    private func insertLeg(
        of conversation: ConversationID, _ arrival: EventArrival, thread: String, writer: Writer, isGuest: Bool = false,
        in transaction: any Transaction
    ) throws -> LegID {
        let leg = Leg(
            id: LegID(at: arrival.now), conversation: conversation, channel: arrival.channel, thread: thread,
            identity: writer.identity, context: arrival.event.context,
            contextExpiresAt: arrival.event.contextExpires, isContextOnce: arrival.event.isContextOnce,
            lastInboundAt: arrival.at, isGuest: isGuest)
        try transaction.insertLeg(leg)
        return leg.id
    }

    private func insert(
        _ arrival: EventArrival, writer: Writer, place: Place, in transaction: any Transaction
    ) throws {
        let event = arrival.event
        let message = Message(
            id: MessageID(at: arrival.now), conversation: place.conversation.id, leg: place.leg,
            identity: writer.identity, envelope: arrival.envelope, channel: arrival.channel, externalID: event.id,
            direction: .inbound, author: .person, authorName: event.author?.name ?? event.author?.handle,
            visibility: event.visibility, format: event.format, text: event.text, replyTo: event.replyTo,
            at: arrival.at, receivedAt: arrival.receivedAt, permalink: event.permalink, language: event.language,
            fields: event.fields)
        try transaction.insertMessage(message)
        let attachments = try insertFiles(of: message, arrival, in: transaction)
        let matter = Matter(
            conversation: place.conversation, person: writer.person, channel: arrival.channel,
            message: wiring.json(message, thread: place.thread, attachments: attachments),
            correlation: arrival.envelope.text)
        if let opening = place.opening {
            try wiring.announce(opening, matter, at: arrival.now, in: transaction)
        }
        try wiring.announce(.messageReceived, matter, at: arrival.now, in: transaction)
    }

    /// Keeps what is said of the files of a message.
    func insertFiles(
        of message: Message, _ arrival: EventArrival, in transaction: any Transaction
    ) throws -> [Attachment] {
        let attachments = arrival.event.files.map { file in
            Attachment(
                id: AttachmentID(at: arrival.now), message: message.id, file: file,
                origin: Endpoint.channel(arrival.channel).description)
        }
        for (position, attachment) in attachments.enumerated() {
            try transaction.insertAttachment(attachment, position: position)
        }
        return attachments
    }

    /// The first line of a text, cut at a word within 80 characters.
    static func subject(of text: String?) -> String? {
        guard let text else { return nil }
        let line = text.drop(while: \.isWhitespace).prefix(while: { !$0.isNewline })
        guard !line.isEmpty else { return nil }
        if line.utf8.count <= 80 { return String(line) }
        let limit = TextLimit(max: 79, unit: .characters, splits: true)
        guard let first = limit.parts(of: String(line))?.first else { return nil }
        return first.count < line.count ? first + "…" : first
    }
}

/// The identity and person who wrote, found or made.
struct Writer {
    let identity: IdentityID
    let person: Person
    let isNew: Bool

    init(
        _ known: Correspondent?, _ author: Author, network: String, _ arrival: EventArrival,
        in transaction: any Transaction
    ) throws {
        let now = arrival.now
        if let known {
            identity = known.identity
            isNew = false
            person = try Self.completed(known.person, by: author, in: transaction)
            return
        }
        identity = IdentityID(at: now)
        isNew = true
        person = Person(
            id: PersonID(at: now), name: author.name, handle: author.handle, phone: author.phone, email: author.email)
        try transaction.insertPerson(person, at: now)
        let made = Identity(id: identity, network: network, scope: arrival.channel, address: author.id)
        try transaction.insertIdentity(made, author: author, at: now)
        try transaction.insertLink(
            LinkID(at: now), identity: identity, person: person.id, evidence: "the person came with this identity",
            at: now)
    }

    /// The person with what this author adds to what was known; the store is touched only when something is new.
    private static func completed(
        _ person: Person, by author: Author, in transaction: any Transaction
    ) throws -> Person {
        var complete = person
        complete.name = person.name ?? author.name
        complete.handle = person.handle ?? author.handle
        complete.phone = person.phone ?? author.phone
        complete.email = person.email ?? author.email
        if complete != person { try transaction.complete(complete) }
        return complete
    }
}
