// What a person does with deliveries that failed or wait: look, try again, cancel.

package import Model
package import Storage

/// The deliveries as an operator sees them.
package struct DeadLetters: Sendable {
    /// Does, in the transaction that cancels a delivery that was not sent, what that means beyond the outbox: the
    /// message of a reply fails for this reason, and its later parts are kept back.
    package typealias Cancellation = @Sendable (Delivery, String, Timestamp, any Transaction) throws -> Void

    let store: any Store
    let clock: WallClock
    let wasCancelled: Cancellation

    package init(store: any Store, clock: WallClock, wasCancelled: @escaping Cancellation) {
        self.store = store
        self.clock = clock
        self.wasCancelled = wasCancelled
    }

    /// Puts a failed delivery back into its lane; its attempts stay on record. A reply's later parts, cancelled when
    /// this one failed, come back with it.
    /// - Parameter actor: who wants it, for the audit.
    /// - Throws: ``DeadLetterError`` when there is no such delivery or it did not fail.
    package func retry(_ id: DeliveryID, actor: String) async throws {
        let now = clock.now
        try await store.write { transaction in
            guard let found = try transaction.delivery(id) else { throw DeadLetterError.unknown(id) }
            try transaction.lock([.conversation(found.delivery.conversation)])
            guard let record = try transaction.delivery(id) else { throw DeadLetterError.unknown(id) }
            guard record.delivery.state == .failed else {
                throw DeadLetterError.notFailed(id, record.delivery.state)
            }
            try transaction.revive(record.delivery, at: now)
            try transaction.wake(record.delivery.lane, at: now)
            try transaction.audit(actor: actor, action: "delivery.retry", subject: id.text, at: now)
        }
    }
}

/// Why a delivery is not tried again, or not cancelled.
package enum DeadLetterError: Error, Sendable, CustomStringConvertible {
    case unknown(DeliveryID)
    case notFailed(DeliveryID, DeliveryState)
    /// A query asks for deliveries in a state of which none can be retried, or cancelled.
    case neverIn(DeliveryState, DeadLetterAct)

    package var description: String {
        switch self {
        case .unknown(let id): "there is no delivery \(id)"
        case .notFailed(let id, let state): "delivery \(id) did not fail, it is \(state.rawValue)"
        case .neverIn(let state, let act):
            "what is \(state.rawValue) can not be \(act.done), only what is "
                + act.states.map(\.rawValue).joined(separator: ", ")
        }
    }
}
