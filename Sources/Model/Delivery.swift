// What the courier carries: one addressed item, its lane, and every try.

/// The states of a delivery. `failed` is final until a person retries it: a dead letter.
package enum DeliveryState: String, Sendable, CaseIterable {
    case pending
    case sending
    case delivered
    case snoozed
    case failed
    case cancelled
}

/// What kind of thing a delivery carries.
package enum DeliveryKindName: String, Sendable, CaseIterable {
    /// One of our events, to a contract. The payload is `{type, at, data}`.
    case event
    /// One part of a reply, to a channel. The payload is `{message, part, parts}`.
    case reply
}

/// One addressed item of a lane.
package struct Delivery: Sendable, Hashable {
    package let id: DeliveryID
    package let lane: LaneID
    package let destination: Endpoint
    package let conversation: ConversationID
    package let kind: DeliveryKindName
    package let payload: JSON
    package let state: DeliveryState
    /// How many attempts were made.
    package let attempts: Int
    /// How many of them count against the schedule; begins anew when a person retries a dead letter.
    package let failures: Int
    /// How many requests of this delivery are already answered well; an attempt goes on after them.
    package let progress: Int
    /// What the steps of earlier attempts saved; `nil`: nothing.
    package let saved: JSON?
    package let correlation: String
    package let createdAt: Timestamp
    /// Since when it is tried: its first attempt, its making before that; begins anew when a person retries a dead
    /// letter.
    package let tryingSince: Timestamp
    /// The delivery that it repeats; `nil`: none.
    package let original: DeliveryID?

    /// The id under which the other side knows it: the same on every attempt, and when it is sent again.
    package var key: String { (original ?? id).text }

    package init(
        id: DeliveryID, lane: LaneID, destination: Endpoint, conversation: ConversationID, kind: DeliveryKindName,
        payload: JSON, state: DeliveryState, attempts: Int, failures: Int = 0,
        progress: Int, saved: JSON? = nil, correlation: String, createdAt: Timestamp, tryingSince: Timestamp? = nil,
        original: DeliveryID? = nil
    ) {
        self.id = id
        self.lane = lane
        self.destination = destination
        self.conversation = conversation
        self.kind = kind
        self.payload = payload
        self.state = state
        self.attempts = attempts
        self.failures = failures
        self.progress = progress
        self.saved = saved
        self.correlation = correlation
        self.createdAt = createdAt
        self.tryingSince = tryingSince ?? createdAt
        self.original = original
    }
}

/// How urgent a lane is; a higher one is claimed first.
package enum Urgency: Int64, Sendable, CaseIterable {
    /// Backfill and replay.
    case bulk = 0
    /// A customer or an agent is waiting.
    case live = 10
}

/// One request of one attempt, as the journal of attempts keeps it. No text of a message is in it.
package struct Exchange: Sendable, Hashable {
    /// How much of an answer that was no success is kept, in characters.
    package static let excerptCharactersMax = 500

    /// Method and address, credentials replaced.
    package let request: String
    /// SHA-256 of the request body, hex.
    package let requestDigest: String
    package let status: Int?
    package let responseDigest: String?
    package let milliseconds: Int64
    /// The beginning of an answer that was no success, at most 500 characters, credentials replaced.
    package let excerpt: String?

    /// As the journal of attempts keeps it.
    package var json: JSON {
        .members([
            "request": .string(request), "request_digest": .string(requestDigest),
            "status": status.map { .integer(Int64($0)) }, "response_digest": JSON(responseDigest),
            "milliseconds": .integer(milliseconds), "excerpt": JSON(excerpt),
        ])
    }

    package init(
        request: String, requestDigest: String, status: Int?, responseDigest: String?, milliseconds: Int64,
        excerpt: String?
    ) {
        self.request = request
        self.requestDigest = requestDigest
        self.status = status
        self.responseDigest = responseDigest
        self.milliseconds = milliseconds
        self.excerpt = excerpt
    }
}

/// The CRM's unit of work for a conversation under one contract.
package struct Ticket: Sendable, Hashable {
    /// The CRM's id.
    package let externalID: String
    package let url: String?
    package let context: JSON?

    package init(externalID: String, url: String?, context: JSON?) {
        self.externalID = externalID
        self.url = url
        self.context = context
    }

    package var json: JSON { .members(["id": .string(externalID), "url": JSON(url), "context": context]) }
}
