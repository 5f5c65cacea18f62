// The seam between a poll and the room that takes what it fetches.

package import Model

/// Who keeps what the polls of one endpoint fetch.
package protocol PollTaker: Sendable {
    var endpoint: Endpoint { get }
    var connector: Connector { get }

    /// Where the poll stands, for one text of `each`.
    /// - Throws: when the store cannot be read.
    func state(of poll: String, item: String?) async throws -> PollState

    /// Commits a batch with the state that stands after it; durable when this returns.
    /// - Parameter claim: the lease under which the poll runs; `nil`: nobody else could run it.
    /// - Returns: how many of its items went into quarantine.
    /// - Throws: when nothing was stored.
    func take(_ batch: PollBatch, of poll: String, item: String?, under claim: LeaseClaim?) async throws -> Int
}
