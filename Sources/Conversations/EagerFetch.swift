// Files whose addresses soon end: fetched soon after the commit that spoke of them, whether anybody needs them or not.

package import Model
import Storage

/// Walks the files that wait, and remembers which of them are to be tried again and when.
package struct EagerFetch {
    /// How old a file may be; an older one is fetched only when somebody needs it.
    package static let ageMax = Duration.seconds(86_400)
    /// The first wait after a fetch that failed; it doubles with every failure.
    static let backoffMin = Duration.seconds(15)
    static let backoffMax = Duration.seconds(3600)
    private static let pageMax = 100

    /// Those of the present installation.
    package var files: Files
    private let clock: WallClock
    private var tries: [AttachmentID: (failures: Int, due: Timestamp)] = [:]

    package init(files: Files, clock: WallClock) {
        self.files = files
        self.clock = clock
    }

    /// Fetches every file of these endpoints that is due.
    /// - Parameter origins: as attachments name them: `channel:shop`.
    /// - Returns: when one is due again; `nil`: none is.
    /// - Throws: ``StoreError``.
    package mutating func turn(of origins: [String]) async throws -> Timestamp? {
        let oldest = AttachmentID(at: clock.now - Self.ageMax)
        var waiting: Set<AttachmentID> = []
        for origin in origins {
            var cursor = oldest
            while true {
                let after = cursor
                let page = try await files.store.read { transaction in
                    try transaction.waitingAttachments(of: origin, after: after, limit: Self.pageMax)
                }
                for id in page where try await fetch(id) { waiting.insert(id) }
                guard page.count == Self.pageMax, let last = page.last, !Task.isCancelled else { break }
                cursor = last
            }
        }
        tries = tries.filter { waiting.contains($0.key) }
        return tries.values.map(\.due).min()
    }

    /// - Returns: whether the file still waits.
    private mutating func fetch(_ id: AttachmentID) async throws -> Bool {
        if let known = tries[id], clock.now < known.due { return true }
        let asked: Duration?
        switch try await files.obtain(id) {
        case .kept, .refused, nil: return false
        case .unavailable: asked = nil
        case .later(_, let wait): asked = wait
        }
        let failures = (tries[id]?.failures ?? 0) + 1
        let backoff = min(Self.backoffMin * (1 << min(failures - 1, 10)), Self.backoffMax)
        tries[id] = (failures, clock.now + max(asked ?? .zero, backoff))
        return true
    }
}
