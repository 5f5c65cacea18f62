// The seam between the courier and the two wings: what carries a delivery out of the house.

package import Model
package import Storage

/// Makes one attempt. Never throws: what went wrong is an outcome. Requests that an earlier attempt got through
/// (`delivery.progress`) are not made again; nor, when `delivery.state` is `sending` (samtal ended during an attempt),
/// is a request that the other side would not recognise.
package typealias Attempt = @Sendable () async -> AttemptResult

/// A channel or a contract, as the courier sees it.
package protocol Destination: Sendable {
    var endpoint: Endpoint { get }
    /// What makes the attempts: the connector's folder, `@`, and the digest of its files.
    var connectorVersion: String { get }
    /// How many lanes may be carried at one time; at least 1.
    var parallel: Int { get }
    /// Whether the other side recognises every request that it got before. When not, samtal notes the beginning of
    /// each attempt, so that one whose end it did not live to see is known.
    var isRepeatable: Bool { get }
    /// How often it may be sent to; the same object for as long as the destination is served.
    var budget: RateBudget { get }
    /// Whether it agrees to be sent to; `nil`: it is not asked.
    var leave: SendingLeave? { get }
    /// Where its lanes are carried; `nil`: on Swift's own threads.
    var executor: (any TaskExecutor)? { get }

    /// Which thread and which recipient a delivery counts for; the account counts every one.
    func rateNames(of delivery: Delivery, in transaction: any Transaction) throws -> [RateScope: String]

    /// Readies one attempt, in the transaction that hands the delivery out: what the attempt needs of the store is read
    /// here, and the attempt itself reads it no more. Throws only when the store cannot be read.
    func ready(_ delivery: Delivery, in transaction: any Transaction) throws -> Attempt

    /// Records, in the transaction that records an attempt, what it means beyond the outbox. Called after every
    /// attempt.
    func settle(_ attempt: SettledAttempt, in transaction: any Transaction) throws
}

extension Destination {
    package var leave: SendingLeave? { nil }
    package var executor: (any TaskExecutor)? { nil }
}

/// An attempt with what it means for its delivery.
package struct SettledAttempt: Sendable {
    package enum Verdict: Sendable {
        case delivered
        case again(at: Timestamp, countsAsFailure: Bool)
        /// A dead letter: it waits for a person.
        case failed(reason: String)
    }

    package let delivery: Delivery
    package let result: AttemptResult
    package let startedAt: Timestamp
    package let endedAt: Timestamp
    package let verdict: Verdict
}
