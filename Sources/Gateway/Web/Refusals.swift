// Requests that no verification let in leave nothing but a count: what anybody can cause must not fill the store, nor
// make it work at every request.

import Logging
import Model
import ServiceLifecycle
import Storage
import Synchronization

/// Counts refused requests and writes the counts into the account now and then.
final class Refusals: Service {
    /// How often the counts are written.
    static let interval = Duration.seconds(10)

    private let counts = Mutex<[Endpoint: Int64]>([:])
    private let store: any Store
    private let logger: Logger

    init(store: any Store, logger: Logger) {
        self.store = store
        self.logger = logger
    }

    func count(_ endpoint: Endpoint) {
        counts.withLock { $0[endpoint, default: 0] += 1 }
    }

    /// Writes the counts until the shutdown, and once more then.
    func run() async throws {
        await cancelWhenGracefulShutdown {
            while (try? await Task.sleep(for: Self.interval)) != nil { await self.write() }
        }
        await write()
    }

    private func write() async {
        let taken = counts.withLock { counts in
            defer { counts = [:] }
            return counts
        }
        guard !taken.isEmpty else { return }
        do {
            try await store.write { transaction in
                for (endpoint, amount) in taken { transaction.count(.unverified, by: amount, of: endpoint) }
            }
        } catch {
            counts.withLock { $0.merge(taken, uniquingKeysWith: +) }
            logger.error("refusals can not be counted", metadata: ["error": "\(error)"])
        }
    }
}
