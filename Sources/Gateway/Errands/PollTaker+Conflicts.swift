// What the store refuses does not hold up what was fetched with it.

import Connectors
import Model
import Storage

extension PollTaker {
    /// Commits a batch, or its items one by one when the store refuses one of them: that one goes into quarantine.
    /// - Returns: how many of its items went into quarantine.
    /// - Throws: when the store takes nothing at present; what was committed before stands, with the keys of it.
    func takeAll(
        _ batch: PollBatch, of poll: String, item: String?, under claim: LeaseClaim? = nil
    ) async throws -> Int {
        do {
            return try await take(batch, of: poll, item: item, under: claim)
        } catch  where StoreError.isLasting(error) && !batch.items.isEmpty {
            var quarantined = 0
            for single in batch.singles {
                do {
                    quarantined += try await take(single, of: poll, item: item, under: claim)
                } catch  where StoreError.isLasting(error) {
                    quarantined += try await take(single.quarantined("\(error)"), of: poll, item: item, under: claim)
                }
            }
            return quarantined
        }
    }
}
