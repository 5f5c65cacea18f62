// Retention: what came in long ago and was understood is taken out of the journal.

import Logging
import Model
import ServiceLifecycle
import Storage

/// Empties old envelopes in small batches, until a graceful shutdown. Envelopes in quarantine stay whole.
struct JournalKeeper: Service {
    /// How often it looks.
    static let interval = Duration.seconds(3600)
    /// How many envelopes one transaction empties.
    static let batchMax = 100
    /// Between two batches live work has the store to itself.
    static let rest = Duration.milliseconds(200)

    let live: LiveInstallation
    let store: any Store
    let clock: WallClock
    let pace: Pace
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown { await self.work() }
    }

    private func work() async {
        while !Task.isCancelled {
            do {
                let count = try await turn()
                if count > 0 { logger.info("old envelopes were emptied", metadata: ["count": "\(count)"]) }
            } catch is CancellationError {
                return
            } catch {
                logger.error("the journal can not be emptied", metadata: ["error": "\(error)"])
            }
            guard (try? await pace.sleep(Self.interval)) != nil else { return }
        }
    }

    /// Empties every envelope that is older than the configuration keeps them.
    /// - Returns: how many.
    /// - Throws: ``StoreError``; what was emptied before stays so.
    func turn() async throws -> Int {
        guard let keep = live.current.configuration.journalKeep else { return 0 }
        let now = clock.now
        var (last, count) = (EnvelopeID?.none, 0)
        while true {
            let after = last
            let ids = try await store.read { transaction in
                try transaction.spentEnvelopes(before: now - keep, after: after, limit: Self.batchMax)
            }
            guard !ids.isEmpty else { return count }
            try await store.write { transaction in
                for id in ids { try transaction.emptyEnvelope(id, at: now) }
            }
            count += ids.count
            last = ids.last
            try await pace.sleep(Self.rest)
        }
    }
}
