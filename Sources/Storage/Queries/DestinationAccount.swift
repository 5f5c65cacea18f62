// The running account of one destination: whatever was put into the outbox is there, in one state.

package import Model

/// What was enqueued for a destination and where it stands.
package struct DestinationAccount: Sendable, Hashable {
    /// `channel:NAME` or `contract:NAME`.
    package let destination: String
    /// Counted in the transaction that enqueued.
    package private(set) var enqueued: Int64 = 0
    package private(set) var delivered: Int64 = 0
    /// Pending, on the way, or to be tried again.
    package private(set) var waiting: Int64 = 0
    /// Dead letters.
    package private(set) var dead: Int64 = 0
    package private(set) var cancelled: Int64 = 0

    /// What was enqueued and stands nowhere: always 0, or something was lost.
    package var unaccounted: Int64 { enqueued - delivered - waiting - dead - cancelled }

    package var json: JSON {
        [
            "destination": .string(destination), "enqueued": .integer(enqueued), "delivered": .integer(delivered),
            "waiting": .integer(waiting), "dead": .integer(dead), "cancelled": .integer(cancelled),
            "unaccounted": .integer(unaccounted),
        ]
    }

    /// The accounts of all destinations, sorted by name.
    package static func all(in transaction: any Transaction) throws(StoreError) -> [DestinationAccount] {
        var accounts: [String: DestinationAccount] = [:]
        for balance in try transaction.balances() where balance.counter == Counter.enqueued.rawValue {
            accounts[balance.endpoint, default: DestinationAccount(destination: balance.endpoint)].enqueued =
                balance.count
        }
        for (destination, state, count) in try transaction.deliveryCounts() {
            var account = accounts[destination] ?? DestinationAccount(destination: destination)
            switch state {
            case .delivered: account.delivered += count
            case .pending, .sending, .snoozed: account.waiting += count
            case .failed: account.dead += count
            case .cancelled: account.cancelled += count
            }
            accounts[destination] = account
        }
        return accounts.values.sorted { $0.destination < $1.destination }
    }
}
