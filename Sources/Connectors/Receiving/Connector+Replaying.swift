// Step 3 again, for an envelope out of the journal.

package import Model

extension Connector {
    /// Maps an envelope by the folder as it is now. Nothing is verified again: it was let in when it came, and its
    /// credentials are not in the journal. Look-ups are made again.
    package func map(_ envelope: Envelope) async -> PolledItem.Content {
        let target = envelope.target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let (path, query) = (String(target.first ?? ""), target.count > 1 ? String(target[1]) : "")
        if envelope.method == "POLL" { return await map(item: envelope, query) }
        let request = ReceivedRequest(
            method: envelope.method, path: path, pathSecret: path.hasSuffix("/‹secret›") ? "‹secret›" : nil,
            rawQuery: query, headers: envelope.headers, body: envelope.body, receivedAt: envelope.receivedAt)
        switch await map(request) {
        case .mapped(let mapped, _): return .mapped(mapped)
        case .answered: return .mapped(folder.side == .adapter ? .events([]) : .commands([]))
        case .quarantined(let reason, _), .refused(_, let reason), .postponed(_, let reason):
            return .quarantined(reason)
        }
    }

    /// What a poll or a stream gave: its target names which.
    private func map(item envelope: Envelope, _ query: String) async -> PolledItem.Content {
        let names = Dictionary(FormBody.pairs(lenient: query).map { ($0.name, $0.value) }) { first, _ in first }
        let item: JSON
        do {
            item = try JSON(parsing: envelope.body)
        } catch {
            return .quarantined("the item is no JSON: \(error)")
        }
        do throws(CallFailure) {
            return try await content(
                of: item, poll: names["poll"] ?? "", each: names["item"], at: envelope.receivedAt)
        } catch {
            return .quarantined(error.reason)
        }
    }
}
