// Requests that no verification let in leave nothing but a count: what anybody can cause must not fill the store.

package import Model
import Synchronization

/// How many requests each endpoint refused since the start.
package final class Refusals: Sendable {
    private let counts = Mutex<[Endpoint: Int64]>([:])

    package init() {}

    package func count(_ endpoint: Endpoint) {
        counts.withLock { $0[endpoint, default: 0] += 1 }
    }

    /// The counts so far.
    package var all: [Endpoint: Int64] { counts.withLock { $0 } }
}
