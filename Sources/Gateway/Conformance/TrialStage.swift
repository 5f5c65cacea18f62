// What must stand in the store before a sample's job can be carried: the conversation that it speaks of.

import Connectors
import Conversations
import Model
import Signing
import Storage

/// Sets the stage for a trial: writes what a sample takes for granted into the store.
struct TrialStage {
    /// The channel on which a contract's conversations are held.
    static let channel = "made-up"
    /// A contract that wants every event: what it is told twice was done twice.
    static let witness = "witness"

    let desk: TrialDesk
    let script: SampleScript

    private var now: Timestamp { script.now }

    /// Enqueues a sample's job as the house would.
    func enqueue(_ job: JSON) async throws -> DeliveryID {
        switch desk.endpoint.side {
        case .channel: try await enqueueReply(job)
        case .contract: try await enqueueEvent(job)
        }
    }

    private func enqueueReply(_ job: JSON) async throws -> DeliveryID {
        let (endpoint, now) = (desk.endpoint, now)
        var file: AttachmentID?
        if let shown = job["file"].unlessNull { file = try await place(shown, as: AttachmentID(at: now)) }
        let uploaded = file
        return try await desk.store.write { transaction in
            let conversation = ConversationID(stored: job["conversation"].string ?? ConversationID(at: now).text)
            let leg = try Self.leg(job, in: conversation, channel: endpoint.name, at: now, transaction)
            let message = MessageID(stored: job["message"].string ?? MessageID(at: now).text)
            let text = job["text"].string ?? ""
            try transaction.insertMessage(
                Message(
                    id: message, conversation: conversation, leg: leg, channel: endpoint.name, direction: .outbound,
                    author: .agent, authorName: job["author"]["name"].string,
                    visibility: job["visibility"].string.flatMap(Visibility.init(rawValue:)) ?? .private,
                    format: .plain, text: text, replyTo: job["reply_to"].string, at: now, receivedAt: now,
                    state: .pending, source: CommandSource(endpoint: "api:conformance", id: "reply")))
            let number = job["part"].integer ?? 1
            for part in 1...max(number, 1) {
                try transaction.insertPart(
                    Int(part), of: message, channel: endpoint.name, text: part == number ? text : "An earlier part",
                    attachment: part == number ? uploaded : nil)
            }
            let previous = job["previous"]
            if number > 1, let id = previous["id"].string {
                try transaction.setPart(number - 1, of: message, externalID: id)
            }
            if number > 1, let context = previous["context"].unlessNull {
                try transaction.setPart(number - 1, of: message, context: context)
            }
            let payload = ReplyPart(message: message, number: number, count: job["parts"].integer ?? number).payload
            return try transaction.enqueue(
                NewDelivery(
                    destination: endpoint, conversation: conversation, kind: .reply, payload: payload,
                    correlation: "conformance"),
                at: now)
        }
    }

    private func enqueueEvent(_ job: JSON) async throws -> DeliveryID {
        let (endpoint, now, event) = (desk.endpoint, now, job["event"])
        var placed: Set<AttachmentID> = []
        for shown in event["data"]["message"]["attachments"].array ?? [] {
            guard let id = shown["id"].string.flatMap(AttachmentID.init(_:)), placed.insert(id).inserted else {
                continue
            }
            _ = try await place(shown, as: id)
        }
        return try await desk.store.write { transaction in
            let conversation = ConversationID(
                stored: event["data"]["conversation"]["id"].string ?? ConversationID(at: now).text)
            _ = try Self.leg([:], in: conversation, channel: Self.channel, at: now, transaction)
            if let id = job["ticket"]["id"].string {
                try transaction.saveTicket(
                    Ticket(
                        externalID: id, url: job["ticket"]["url"].string, context: job["ticket"]["context"].unlessNull),
                    contract: endpoint.name, conversation: conversation, at: now)
            }
            let payload: JSON = ["type": event["type"], "at": event["time"], "data": event["data"]]
            return try transaction.enqueue(
                NewDelivery(
                    destination: endpoint, conversation: conversation, kind: .event, payload: payload,
                    correlation: event["correlationid"].string ?? "conformance"),
                at: now)
        }
    }

    /// Puts a file into the store as a job shows it: with the bytes of the samples and the size that the job tells, for
    /// a connector goes other ways with a large one.
    private func place(_ shown: JSON, as id: AttachmentID) async throws -> AttachmentID {
        let bytes = try await script.file(shown["id"].string ?? "")?.bytes ?? Array("made-up bytes".utf8)
        let digest = BinaryText.hex.encode(Digest.hash(.sha256, bytes))
        let refused = shown["refused"].string
        let file = FileReference(
            reference: digest, name: shown["name"].string, type: shown["type"].string,
            size: shown["size"].integer ?? Int64(bytes.count))
        let attachment = Attachment(
            id: id, message: nil, file: file, origin: "api:conformance",
            standing: refused == nil ? (.fetched, digest, nil) : (.refused, nil, refused))
        let now = now
        try await desk.store.write { transaction in
            if refused == nil { try transaction.insertFile(bytes, digest: digest, at: now) }
            try transaction.insertAttachment(attachment, position: 0)
        }
        return id
    }

    /// A conversation for each ticket that a contract's callbacks may speak of.
    /// - Parameter names: what the contract is called where it is called back.
    func openConversations(
        for tickets: Set<String>, _ conversations: Set<String>, of names: [String]
    ) async throws {
        let now = now
        try await desk.store.write { transaction in
            for ticket in tickets.sorted() {
                let conversation = ConversationID(at: now)
                _ = try Self.leg(
                    ["thread": .string(ticket)], in: conversation, channel: Self.channel, at: now, transaction)
                for name in names {
                    try transaction.saveTicket(
                        Ticket(externalID: ticket, url: nil, context: nil), contract: name,
                        conversation: conversation, at: now)
                }
            }
            for id in conversations.sorted() {
                _ = try Self.leg(
                    ["thread": .string(id)], in: ConversationID(stored: id), channel: Self.channel, at: now,
                    transaction)
            }
        }
    }

    /// A conversation with a person and a leg.
    private static func leg(
        _ job: JSON, in conversation: ConversationID, channel: String, at now: Timestamp, _ transaction: any Transaction
    ) throws -> LegID {
        let person = Person(
            id: PersonID(at: now), name: job["to"]["name"].string, handle: nil, phone: nil, email: nil)
        try transaction.insertPerson(person, at: now)
        let address = job["to"]["id"].string ?? conversation.text
        let identity = Identity(id: IdentityID(at: now), network: channel, scope: channel, address: address)
        let author = Author(
            id: address, name: job["to"]["name"].string, handle: job["to"]["handle"].string,
            phone: job["to"]["phone"].string, email: job["to"]["email"].string)
        try transaction.insertIdentity(identity, author: author, at: now)
        try transaction.insertConversation(
            Conversation(id: conversation, person: person.id, subject: nil, openedAt: now, reason: "conformance"))
        let leg = Leg(
            id: LegID(at: now), conversation: conversation, channel: channel,
            thread: job["thread"].string ?? conversation.text, identity: identity.id,
            context: job["context"].unlessNull, contextExpiresAt: nil, lastInboundAt: now)
        try transaction.insertLeg(leg)
        return leg.id
    }
}
