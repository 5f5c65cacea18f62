// The running account of one endpoint: whatever came in became something.

package import Model

/// What an endpoint received and what became of it.
package struct EndpointAccount: Sendable, Hashable {
    /// `channel:NAME` or `contract:NAME`.
    package let endpoint: String
    private var counts: [String: Int64] = [:]
    /// By counter and reason.
    private var reasons: [String: [String: Int64]] = [:]

    private init(endpoint: String) {
        self.endpoint = endpoint
    }

    package subscript(_ counter: Counter) -> Int64 { counts[counter.rawValue, default: 0] }

    /// What of a counter has a reason that is known, by reason, sorted. What was counted before reasons were kept is
    /// in the counter alone.
    package func reasons(_ counter: Counter) -> [(reason: String, count: Int64)] {
        reasons[counter.rawValue, default: [:]].sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// What of an endpoint that came in is counted.
    package static let incoming = Counter.allCases.filter { $0 != .enqueued }

    /// What was received and became nothing that is counted: always 0, or something was lost.
    package var unaccounted: Int64 {
        let kept: [Counter] = [
            .messages, .changes, .duplicates, .filtered, .parked, .quarantined, .refused,
        ]
        return self[.received] - kept.reduce(0) { $0 + self[$1] }
    }

    package var json: JSON {
        var members: [String: JSON] = ["endpoint": .string(endpoint), "unaccounted": .integer(unaccounted)]
        for counter in Self.incoming { members[counter.rawValue] = .integer(self[counter]) }
        for counter in [Counter.filtered, .refused] {
            let reasons = reasons(counter).map { ($0.reason, JSON.integer($0.count)) }
            members["\(counter.rawValue)_reasons"] = .object(Dictionary(reasons) { $1 })
        }
        return .object(members)
    }

    /// The accounts of all endpoints that something came in to, sorted by name.
    package static func all(in transaction: any Transaction) throws(StoreError) -> [EndpointAccount] {
        var accounts: [EndpointAccount] = []
        for balance in try transaction.balances() where balance.counter != Counter.enqueued.rawValue {
            if accounts.last?.endpoint != balance.endpoint {
                accounts.append(EndpointAccount(endpoint: balance.endpoint))
            }
            accounts[accounts.count - 1].add(balance)
        }
        return accounts
    }

    private mutating func add(_ balance: Balance) {
        let name = balance.counter.split(separator: "/", maxSplits: 1).map(String.init)
        counts[name[0], default: 0] += balance.count
        if name.count == 2 { reasons[name[0], default: [:]][name[1], default: 0] += balance.count }
    }
}
