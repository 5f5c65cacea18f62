// Steps 3 and 4 of the hallway for a channel that we have to ask: what an adapter's polls fetch becomes messages.

package import Connectors
package import Conversations
package import Model
package import Storage

/// Takes what the polls of a channel fetch.
package struct ChannelPolls: PollTaker {
    package let endpoint: Endpoint
    package let connector: Connector
    private let store: any Store
    private let intake: Intake

    package init(name: String, connector: Connector, store: any Store, wiring: Wiring) {
        endpoint = .channel(name)
        self.connector = connector
        self.store = store
        intake = Intake(store: store, wiring: wiring)
    }

    package func state(of poll: String, item: String?) async throws -> PollState {
        let name = CursorName(endpoint: endpoint, poll: poll, item: item)
        return PollState(try await store.read { try $0.cursor(name) } ?? .null)
    }

    package func take(
        _ batch: PollBatch, of poll: String, item: String?, under claim: LeaseClaim?
    ) async throws -> Int {
        let arrivals = batch.items.map { item in
            let content: Arrival.Content =
                switch item.content {
                case .mapped(.events(let events)): .events(events)
                case .mapped(.commands): .quarantined("an adapter made commands")
                case .quarantined(let reason): .quarantined(reason)
                }
            return Arrival(envelope: item.envelope, verifiedBy: "poll", content: content)
        }
        let name = CursorName(endpoint: endpoint, poll: poll, item: item)
        let move = CursorMove(name, to: batch.state.json, at: connector.now, under: claim)
        return try await intake.commit(arrivals, moving: move).count { $0 == .quarantined }
    }
}
