// What a connector needs of the house beyond its own folder: a way out, the time, and a place for what it was granted.

package import Model
package import Transports

/// Keeps what an endpoint was granted and must not lose: tokens that replace one another.
package protocol CredentialStore: Sendable {
    /// What was saved last under `name`; `nil`: nothing yet.
    /// - Throws: when the store cannot be read.
    func credential(_ name: String) async throws -> JSON?
    /// Replaces what is saved under `name`; durable when this returns.
    /// - Throws: when nothing was saved.
    func save(_ credential: JSON, as name: String) async throws
    /// Replaces what is saved under `name`, one at a time on all nodes together: who waited sees what the one before
    /// saved.
    /// - Parameter renew: gets what is saved now; gives its result, and what to save, if anything. That is durable when
    ///   this returns.
    /// - Throws: what `renew` threw, or when nothing was saved.
    func replacing<Value: Sendable>(
        _ name: String, _ renew: @Sendable (JSON?) async throws -> (value: Value, save: JSON?)
    ) async throws -> Value
}

/// The surroundings of one endpoint's connector.
package struct ConnectorHost: Sendable {
    package let transport: any HTTPTransport
    package let clock: WallClock
    package let credentials: any CredentialStore
    /// The files that the present job may carry.
    var files: any FileSource = NoFiles()

    package init(transport: any HTTPTransport, clock: WallClock, credentials: any CredentialStore) {
        self.transport = transport
        self.clock = clock
        self.credentials = credentials
    }
}
