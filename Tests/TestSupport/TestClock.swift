// The clock that tests move by hand.

package import Model
import Synchronization

/// A time of day that stands still until a test moves it.
package final class TestClock: Sendable {
    /// 2026-01-02T03:04:05.678Z: where tests begin unless they say otherwise.
    package static let start = Timestamp(milliseconds: 1_767_323_045_678)

    private let time: Mutex<Timestamp>

    package init(_ start: Timestamp = TestClock.start) {
        time = Mutex(start)
    }

    package var now: Timestamp { time.withLock { $0 } }

    /// The clock in the form that the house takes.
    package var wall: WallClock { WallClock { self.now } }

    /// Moves the time on, or back with a negative duration.
    package func advance(by duration: Duration) {
        time.withLock { $0 = $0 + duration }
    }

    package func set(_ now: Timestamp) {
        time.withLock { $0 = now }
    }
}
