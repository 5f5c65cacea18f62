// When a failed attempt is made again, and when no more.

import Model

/// The waits between attempts.
///
/// After failure number n (from 1) the next attempt is due after `delays[n - 1]`, spread by ±`jitter` so that many
/// lanes do not knock at one moment; after the last delay the delivery is given up. A wait that the other side asks
/// for is kept when it is longer. Example with the default: failures at 0 s, about 5 s, 35 s, 2.6 min …; given up
/// after 15 failures, about 75 hours.
package struct Schedule: Sendable, Hashable {
    package let delays: [Duration]
    /// Share of a delay by which it varies, 0 to 1.
    package static let jitter = 0.2
    /// The shortest wait of one who was too fast; some answer `Retry-After: 0`.
    package static let throttleMin = Duration.seconds(1)
    /// The longest wait that the other side may ask for.
    package static let waitMax = Duration.seconds(24 * 3600)

    package init(delays: [Duration]) {
        self.delays = delays
    }

    package static let standard = Schedule(
        delays: [5, 30, 120, 600, 1800, 3600, 7200, 14_400, 21_600, 28_800, 36_000, 43_200, 50_400, 62_000]
            .map { .seconds($0) })

    /// How long the schedule lasts: for so long a delivery may be throttled.
    package var total: Duration { delays.reduce(.zero, +) }

    /// The wait after failure number `failures`, from 1; `nil`: give up.
    /// - Parameters:
    ///   - asked: what the other side wants us to wait.
    ///   - spread: a random number between -1 and 1.
    package func wait(after failures: Int, asked: Duration?, spread: Double) -> Duration? {
        guard failures >= 1, failures <= delays.count else { return nil }
        let own = delays[failures - 1] * (1 + Self.jitter * spread)
        return max(own, min(asked ?? .zero, Self.waitMax))
    }
}
