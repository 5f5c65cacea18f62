// Credentials of a run that leaves nothing behind: golden samples and checks.

package import Model
import Synchronization

/// Keeps credentials as long as the process lives.
package final class MemoryCredentials: CredentialStore {
    private let saved: Mutex<[String: JSON]>

    /// - Parameter saved: what is there at the start, by name.
    package init(_ saved: [String: JSON] = [:]) {
        self.saved = Mutex(saved)
    }

    package func credential(_ name: String) -> JSON? {
        saved.withLock { $0[name] }
    }

    package func save(_ credential: JSON, as name: String) {
        saved.withLock { $0[name] = credential }
    }

    package func replacing<Value: Sendable>(
        _ name: String, _ renew: @Sendable (JSON?) async throws -> (value: Value, save: JSON?)
    ) async throws -> Value {
        let (value, new) = try await renew(credential(name))
        if let new { save(new, as: name) }
        return value
    }
}
