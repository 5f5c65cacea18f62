// Retention: what came in long ago and was understood is taken out of the journal, and rates that hold nothing back any
// more out of the store.

import Logging
import Model
import Storage

/// Empties old envelopes in small batches. Envelopes in quarantine stay whole. Two at one time would do no
/// harm: what is empty stays so.
struct JournalKeeper: Errand {
    /// How often it looks.
    static let interval = Duration.seconds(3600)
    /// How many envelopes one transaction empties.
    static let batchMax = 100
    /// Between two batches live work has the store to itself.
    static let rest = Duration.milliseconds(200)

    /// For how long it is kept; `nil`: for ever.
    let keep: Duration?
    let store: any Store
    let clock: WallClock
    let pace: Pace
    let logger: Logger

    var lease: String? { "journal" }

    /// Runs until it is cancelled.
    func run(under claim: LeaseClaim?) async {
        while !Task.isCancelled {
            do {
                let count = try await turn()
                if count > 0 { logger.info("old envelopes were emptied", metadata: ["count": "\(count)"]) }
                try await forgetRates()
            } catch is CancellationError {
                return
            } catch {
                logger.error("the journal can not be emptied", metadata: ["error": "\(error)"])
            }
            guard (try? await pace.sleep(Self.interval)) != nil else { return }
        }
    }

    private func forgetRates() async throws {
        let now = clock.now
        for endpoint in try await store.read({ try $0.ratedEndpoints() }) {
            try await store.write { try $0.forgetRates(of: endpoint, at: now) }
        }
    }

    /// Empties every envelope that is older than the configuration keeps them.
    /// - Returns: how many.
    /// - Throws: ``StoreError``; what was emptied before stays so.
    func turn() async throws -> Int {
        guard let keep else { return 0 }
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
