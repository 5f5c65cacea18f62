// Among which couriers one works, for how long it may rely on what it holds, and on which threads.

package import Model

/// How a courier holds and carries its lanes.
package struct CourierTerms: Sendable {
    /// Who holds the leases: no other courier has this name, and no other run of this one. It holds no `/`.
    let owner: String
    /// How often claims are renewed that are older than half of it.
    let renewal: Duration
    /// For how long after a claim or a renewal a lane is taken for ours. Then the store is asked before an attempt.
    let sure: Duration
    /// On which tasks the attempts are made; `nil`: on Swift's own threads.
    package var executor: (any TaskExecutor)?

    package init(owner: String, renewal: Duration, sure: Duration) {
        self.owner = owner
        self.renewal = renewal
        self.sure = sure
    }

    /// Of the only courier of a store: nobody takes a lane before its lease ends.
    package static func alone(since now: Timestamp) -> CourierTerms {
        CourierTerms(owner: LaneID(at: now).text, renewal: .seconds(20), sure: Courier.lease)
    }
}
