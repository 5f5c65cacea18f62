// A wall clock that is set back: what is due, and everybody's waits, move with it.

import Logging
import Model
import Storage

extension Courier {
    /// By how much the clock may go back unnoticed: a correction that makes nobody wait.
    static let clockTolerance = Duration.seconds(1)

    /// Looks whether the clock was set back since the last look or, at the start, since the newest delivery was made.
    /// What is due then comes so much nearer, else every lane would wait until the clock is where it was. A clock that
    /// jumps ahead only makes retries early.
    ///
    /// Nodes that share a store go by its server's clock. When that was set back each would see it, and move by the
    /// same step what all have to do: what is due waits longer there.
    func followClock() async {
        guard !store.isShared else { return }
        do {
            let before: Timestamp? =
                if let latest { latest } else { try await store.read { try $0.newestDeliveryTime() } }
            let now = clock.now
            guard let before, before - now > Self.clockTolerance else {
                clockShows(now, back: nil)
                return
            }
            let step = before - now
            try await store.write { transaction in try transaction.bringForward(by: step, after: now) }
            clockShows(now, back: step)
            logger.warning("the clock was set back", metadata: ["seconds": "\(step.components.seconds)"])
        } catch {
            // The next round looks again: the latest time is still the one of before.
            logger.error("the clock can not be followed", metadata: ["error": "\(error)"])
        }
    }
}
