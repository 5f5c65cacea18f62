// Step 6 of the hallway for a CRM that cannot be called: it asks for its events, and by asking for what comes next it
// says that it has what came before.

package import Connectors
package import Conversations
package import Model
package import Storage

/// The events of one contract, for who asks.
package struct EventFeed: Sendable {
    package let endpoint: Endpoint
    private let store: any Store
    private let clock: WallClock
    private let view: EventView

    package init(
        name: String, connector: Connector, store: any Store, files: Files, source: String, clock: WallClock
    ) {
        endpoint = .contract(name)
        self.store = store
        self.clock = clock
        view = EventView(connector: connector, files: files, source: source, clock: clock)
    }

    /// Events behind a cursor, the oldest first, each conversation in its order; they come again until something
    /// behind them is asked for. Two who ask at one time get the same events.
    /// - Parameters:
    ///   - cursor: everything up to it is acknowledged; `nil`: begins behind what is acknowledged, and acknowledges
    ///     nothing. A cursor of before gives again what came after it.
    ///   - actor: who asks.
    /// - Returns: `nil`: the cursor lies behind everything that was ever handed out.
    /// - Throws: ``StoreError``.
    package func events(after cursor: FeedCursor?, limit: Int, actor: String) async throws -> EventPage? {
        let (now, endpoint) = (clock.now, endpoint)
        let found = try await store.write { transaction -> FeedPage? in
            let feed = try transaction.lockedFeed(of: endpoint)
            guard let cursor else {
                return try transaction.takeEvents(of: endpoint, after: feed.acknowledged, limit: limit)
            }
            guard cursor.position <= feed.position else { return nil }
            try transaction.acknowledge(
                endpoint, through: cursor.position, because: "acknowledged by \(actor)", at: now)
            return try transaction.takeEvents(of: endpoint, after: cursor.position, limit: limit)
        }
        guard let found else { return nil }
        var events: [JSON] = []
        for delivery in found.events { events.append(try await shown(delivery)) }
        return EventPage(events: events, next: FeedCursor(endpoint, position: found.end))
    }

    /// Returns when there may be events behind a cursor, after `limit`, or when the task is cancelled. It sleeps until
    /// a commit wakes it.
    /// - Throws: ``StoreError``.
    package func wait(after cursor: FeedCursor, atMost limit: Duration) async throws {
        let (endpoint, end) = (endpoint, ContinuousClock.now + limit)
        while true {
            let seen = store.signals.count(of: .deliveries)
            if try await store.read({ try $0.hasEvents(of: endpoint, after: cursor.position) }) { return }
            let rest = end - ContinuousClock.now
            guard rest > .zero, !Task.isCancelled else { return }
            await store.signals.wait(for: .deliveries, after: seen, atMost: rest)
        }
    }

    private func shown(_ delivery: Delivery) async throws -> JSON {
        guard let event = ContractEvent(delivery) else { throw StoreError(.corrupt, "a delivery carries no event") }
        let name = endpoint.name
        let ticket = try await store.read { try $0.ticket(contract: name, conversation: delivery.conversation) }
        var members = try await view.show(event, of: delivery, linksOnly: true).shown.object ?? [:]
        members["ticket"] = JSON(ticket?.externalID)
        return .object(members)
    }
}

/// Some events.
package struct EventPage: Sendable {
    /// CloudEvents 1.0.
    package let events: [JSON]
    /// Behind the last of them.
    package let next: FeedCursor
}

/// A place in the events of one contract.
package struct FeedCursor: Sendable, Hashable {
    let endpoint: Endpoint
    let position: Int64

    init(_ endpoint: Endpoint, position: Int64) {
        self.endpoint = endpoint
        self.position = position
    }

    /// Reads a cursor; `nil` for one that is none, or another contract's.
    package init?(_ text: String, of endpoint: Endpoint) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == endpoint.name, let position = Int64(parts[1]), position >= 0 else {
            return nil
        }
        self.init(endpoint, position: position)
    }

    /// Opaque to others.
    package var text: String { "\(endpoint.name).\(position)" }
}
