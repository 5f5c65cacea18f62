// How polls wait; a seam, so that tests need no time.

/// Sleeps and spreads.
package struct Pace: Sendable {
    /// Waits; throws when the task is cancelled.
    let sleep: @Sendable (Duration) async throws -> Void
    /// A random number between -1 and 1.
    let spread: @Sendable () -> Double

    package init(
        sleep: @escaping @Sendable (Duration) async throws -> Void, spread: @escaping @Sendable () -> Double
    ) {
        self.sleep = sleep
        self.spread = spread
    }

    package static let system = Pace {
        try await Task.sleep(for: $0)
    } spread: {
        Double.random(in: -1...1)
    }
}
