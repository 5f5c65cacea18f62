// Step 4 of the hallway: one transaction that journals an envelope and does all that its events ask.
// Everything before it (verify, map) needs no store; nothing is acknowledged until it is durable.

package import Model
package import Storage

/// A verified envelope with what was made of it.
package struct Arrival: Sendable {
    package enum Content: Sendable {
        case events([InboundEvent])
        /// It could not be mapped; the text says where and why, for the connector's author.
        case quarantined(String)
    }

    package let envelope: Envelope
    package let verifiedBy: String
    package let content: Content

    package init(envelope: Envelope, verifiedBy: String, content: Content) {
        self.envelope = envelope
        self.verifiedBy = verifiedBy
        self.content = content
    }
}

/// Takes arrivals of channels into conversations. The same arrival twice changes nothing the second time.
package struct Intake: Sendable {
    let store: any Store
    let wiring: Wiring
    /// Asked where messages go; `nil`: their threads tell.
    let placing: (any Placing)?

    package init(store: any Store, wiring: Wiring, placing: (any Placing)? = nil) {
        self.store = store
        self.wiring = wiring
        self.placing = placing
    }

    /// The same for work that nobody waits for: its deliveries let whatever is urgent go first.
    package var forBulk: Intake { Intake(store: store, wiring: wiring.forBulk, placing: placing) }

    /// Commits an arrival; when this returns, nothing of it can be lost.
    /// - Throws: ``StoreError`` when nothing was stored: the caller must not acknowledge.
    package func commit(_ arrival: Arrival) async throws -> EnvelopeOutcome {
        try await store.write { transaction in try commit(arrival, in: transaction) }
    }

    func commit(_ arrival: Arrival, in transaction: any Transaction) throws -> EnvelopeOutcome {
        let envelope = arrival.envelope
        switch arrival.content {
        case .quarantined(let reason):
            try transaction.insertEnvelope(
                envelope, verifiedBy: arrival.verifiedBy, outcome: .quarantined, reason: reason)
            transaction.count(.received, by: 1, of: envelope.endpoint)
            transaction.count(.quarantined, by: 1, of: envelope.endpoint)
            return .quarantined
        case .events(let events):
            try transaction.insertEnvelope(
                envelope, verifiedBy: arrival.verifiedBy, outcome: .applied, reason: nil)
            var effects: [Effect] = []
            for event in events {
                effects.append(try apply(event, of: envelope, at: envelope.receivedAt, in: transaction))
            }
            for effect in effects { transaction.count(effect, of: envelope.endpoint) }
            transaction.count(.received, by: Int64(events.count), of: envelope.endpoint)
            let (outcome, reason) = Effect.summary(of: effects)
            if outcome != .applied || reason != nil {
                try transaction.updateEnvelope(envelope.id, outcome: outcome, reason: reason)
            }
            return outcome
        }
    }

    /// Does what one event asks.
    /// - Parameters:
    ///   - now: when it is done: when the envelope came in, or later, when it is replayed.
    ///   - isKnown: whether its envelope was applied before.
    func apply(
        _ event: InboundEvent, of envelope: Envelope, at now: Timestamp, isKnown: Bool = false,
        in transaction: any Transaction
    ) throws -> Effect {
        let arrival = EventArrival(
            event: event, channel: envelope.endpoint.name, envelope: envelope.id, receivedAt: envelope.receivedAt,
            now: now, isKnown: isKnown)
        switch event.kind {
        case .message: return try append(arrival, in: transaction)
        case .echo: return try acceptEcho(arrival, in: transaction)
        case .edit, .delete, .reaction, .receipt: return try Changes(wiring: wiring).apply(arrival, in: transaction)
        case .typing, .contact, .notice: return .filtered(event.reason ?? event.kind.rawValue)
        }
    }
}

/// One event with where it came from.
struct EventArrival: Sendable {
    var event: InboundEvent
    let channel: String
    let envelope: EnvelopeID
    /// When it came in.
    let receivedAt: Timestamp
    /// When it is applied; what it makes is made then.
    let now: Timestamp
    /// Whether its envelope was applied before: a change that is no later than what is known was made then.
    var isKnown = false

    /// The network's time, else ours.
    var at: Timestamp { event.at ?? receivedAt }
}

/// What an event came to; each is counted once.
enum Effect: Sendable, Equatable {
    case appended
    case changed
    case duplicate
    case parked
    case filtered(String)

    var counter: Counter {
        switch self {
        case .appended: .messages
        case .changed: .changes
        case .duplicate: .duplicates
        case .parked: .parked
        case .filtered: .filtered
        }
    }

    /// Why it was filtered.
    var reason: String? { if case .filtered(let reason) = self { reason } else { nil } }

    /// What the whole envelope came to, and a word on events that did nothing.
    static func summary(of effects: [Effect]) -> (EnvelopeOutcome, String?) {
        let reasons = effects.compactMap(\.reason)
        let reason = reasons.isEmpty ? nil : reasons.joined(separator: ", ")
        if effects.contains(where: { [.appended, .changed, .parked].contains($0) }) { return (.applied, reason) }
        if effects.contains(.duplicate) { return (.duplicate, reason) }
        return (.filtered, reason ?? "no events")
    }
}

extension Transaction {
    /// Counts what one event came to.
    func count(_ effect: Effect, of endpoint: Endpoint) {
        count(effect.counter, because: effect.reason, by: 1, of: endpoint)
    }
}
