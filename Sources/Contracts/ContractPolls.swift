// Step 7 of the hallway for a CRM that we have to ask: what a contract's polls fetch becomes commands.

package import Connectors
package import Conversations
package import Model
package import Storage

/// Takes what the polls of a contract fetch.
package struct ContractPolls: PollTaker {
    package let endpoint: Endpoint
    package let connector: Connector
    private let store: any Store
    private let intake: CommandIntake

    package init(name: String, connector: Connector, store: any Store, wiring: Wiring) {
        endpoint = .contract(name)
        self.connector = connector
        self.store = store
        intake = CommandIntake(store: store, wiring: wiring)
    }

    package func state(of poll: String, item: String?) async throws -> PollState {
        let name = CursorName(endpoint: endpoint, poll: poll, item: item)
        return PollState(try await store.read { try $0.cursor(name) } ?? .null)
    }

    package func take(
        _ batch: PollBatch, of poll: String, item: String?, under claim: LeaseClaim?
    ) async throws -> Int {
        let arrivals = batch.items.map { item in
            let content: CommandArrival.Content =
                switch item.content {
                case .mapped(.commands(let commands)): .commands(commands)
                case .mapped(.events): .quarantined("a contract made events")
                case .quarantined(let reason): .quarantined(reason)
                }
            return CommandArrival(envelope: item.envelope, verifiedBy: "poll", content: content)
        }
        let name = CursorName(endpoint: endpoint, poll: poll, item: item)
        let move = CursorMove(name, to: batch.state.json, at: connector.now, under: claim)
        return try await intake.commit(arrivals, moving: move).count { $0 == .quarantined }
    }
}
