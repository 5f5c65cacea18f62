// The running account of one endpoint: whatever came in became something.

package import Model

/// What an endpoint received and what became of it.
package struct EndpointAccount: Sendable, Hashable {
    /// `channel:NAME` or `contract:NAME`.
    package let endpoint: String
    private var counts: [String: Int64] = [:]

    private init(endpoint: String) {
        self.endpoint = endpoint
    }

    package subscript(_ counter: Counter) -> Int64 { counts[counter.rawValue, default: 0] }

    /// What was received and became nothing that is counted: always 0, or something was lost.
    package var unaccounted: Int64 {
        let kept: [Counter] = [
            .messages, .changes, .duplicates, .filtered, .parked, .quarantined, .refused,
        ]
        return self[.received] - kept.reduce(0) { $0 + self[$1] }
    }

    package var json: JSON {
        var members: [String: JSON] = ["endpoint": .string(endpoint), "unaccounted": .integer(unaccounted)]
        for counter in Counter.allCases { members[counter.rawValue] = .integer(self[counter]) }
        return .object(members)
    }

    /// The accounts of all endpoints, sorted by name.
    package static func all(in transaction: any Transaction) throws(StoreError) -> [EndpointAccount] {
        var accounts: [EndpointAccount] = []
        for balance in try transaction.balances() {
            if accounts.last?.endpoint != balance.endpoint {
                accounts.append(EndpointAccount(endpoint: balance.endpoint))
            }
            accounts[accounts.count - 1].counts[balance.counter] = balance.count
        }
        return accounts
    }
}
