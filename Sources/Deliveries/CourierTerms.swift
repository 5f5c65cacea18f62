// Among which couriers one works, and for how long it may rely on what it holds.

package import Model

/// How a courier holds its lanes.
package struct CourierTerms: Sendable {
    /// Who holds the leases: no other courier has this name, and no other run of this one. It holds no `/`.
    let owner: String
    /// How often claims are renewed that are older than half of it.
    let renewal: Duration
    /// For how long after a claim or a renewal a lane is taken for ours. Then the store is asked before an attempt.
    let sure: Duration

    package init(owner: String, renewal: Duration, sure: Duration) {
        self.owner = owner
        self.renewal = renewal
        self.sure = sure
    }

    /// Of the only courier of a store: nobody takes a lane before its lease ends.
    static func alone(since now: Timestamp) -> CourierTerms {
        CourierTerms(owner: LaneID(at: now).text, renewal: .seconds(20), sure: Courier.lease)
    }
}
