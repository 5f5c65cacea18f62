// Cancelled replies, tied to the hall: their messages fail, and the CRMs hear of it.

package import Conversations
package import Deliveries
package import Model
package import Storage

extension DeadLetters {
    /// - Parameter wiring: which contracts there are when a reply is cancelled.
    package init(store: any Store, clock: WallClock, wiring: @escaping @Sendable () -> Wiring) {
        self.init(store: store, clock: clock) { delivery, reason, time, transaction in
            try SendReports(wiring: wiring())
                .partWasCancelled(delivery, reason: reason, at: time, in: transaction)
        }
    }
}
