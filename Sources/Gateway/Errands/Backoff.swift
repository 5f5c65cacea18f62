// How errands wait after a failure.

import Model

/// The growing waits of a poll, a stream or a registration that fails.
enum Backoff {
    /// The first wait after a failure that passes by itself; it doubles with every failure.
    static let first = Duration.seconds(5)
    static let longest = Duration.seconds(900)
    /// How long an errand sleeps at most before it looks at the clock again.
    static let napMax = Duration.seconds(3600)
    /// Share of a wait by which it varies.
    private static let jitter = 0.1
    /// What passes by itself; after anything else a person has something to mend.
    private static let passing: Set<OutcomeClass> = [.transient, .throttled, .unknownOutcome]

    /// The wait after failure number `failures`, from 1: 5 s, 10 s, 20 s … 15 min, or 15 min at once for what does not
    /// pass by itself; spread, and no shorter than what the other side asks for.
    static func wait(
        after failures: Int, _ outcome: OutcomeClass, asked: Duration?, _ pace: Pace
    ) -> Duration {
        let own = passing.contains(outcome) ? min(first * (1 << min(max(failures - 1, 0), 10)), longest) : longest
        return max(spread(own, pace), asked ?? .zero)
    }

    /// A wait that varies, so that not everything knocks at one moment.
    static func spread(_ wait: Duration, _ pace: Pace) -> Duration { wait * (1 + jitter * pace.spread()) }
}
