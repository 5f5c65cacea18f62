// What an endpoint was granted, kept in the store: a token that replaced another one outlives the process.

import Connectors
import Model
import Storage

/// The credentials of one endpoint.
struct StoredCredentials: CredentialStore {
    let endpoint: Endpoint
    let store: any Store
    let clock: WallClock

    func credential(_ name: String) async throws -> JSON? {
        let endpoint = endpoint
        return try await store.read { try $0.credential(name, of: endpoint) }
    }

    func save(_ credential: JSON, as name: String) async throws {
        let (endpoint, now) = (endpoint, clock.now)
        try await store.write { transaction in
            try transaction.saveCredential(credential, as: name, of: endpoint, at: now)
        }
    }
}
