// What a store may answer instead of a result.

/// A failure of the store. `description` is safe for logs: it holds no value of any row.
package struct StoreError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Code: String, Sendable {
        /// Full disk, lost connection, lock held too long: try again later. Nothing was changed; only of a commit whose
        /// connection was lost, and of which nobody could be asked, it is not known.
        case unavailable
        /// A constraint of the schema refused the change.
        case conflict
        /// What the store holds is not what the schema promises.
        case corrupt
        /// The store was made by a newer samtal.
        case newer
        /// The unit writes under a lease that another node holds now.
        case leaseLost = "lease-lost"
    }

    package let code: Code
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether a unit that ended in this would end so however often it were run: the schema refuses what it wants, or
    /// it throws by itself. Not so when the store is away or damaged, or when nobody waits any more.
    package static func isLasting(_ error: any Error) -> Bool {
        if error is CancellationError { return false }
        guard let error = error as? StoreError else { return true }
        return error.code == .conflict
    }

    package var description: String { "store \(code.rawValue): \(message)" }
}
