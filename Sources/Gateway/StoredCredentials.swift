// What an endpoint was granted, kept in the store: a token that replaced another one outlives the process, and is every
// node's.

import Connectors
import Model
import Storage

/// The credentials of one endpoint.
struct StoredCredentials: CredentialStore {
    let endpoint: Endpoint
    let node: Node
    let clock: WallClock

    private var store: any Store { node.store }

    func credential(_ name: String) async throws -> JSON? {
        let endpoint = endpoint
        return try await store.read { try $0.credential(name, of: endpoint) }
    }

    func save(_ credential: JSON, as name: String) async throws {
        try await save(credential, as: name, under: nil)
    }

    /// - Throws: also `leaseLost`: another node renews it by now, and what this one was granted is not kept.
    func replacing<Value: Sendable>(
        _ name: String, _ renew: @Sendable (JSON?) async throws -> (value: Value, save: JSON?)
    ) async throws -> Value {
        let claim = try await node.claim("token \(endpoint)/\(name)")
        do {
            let (value, new) = try await renew(try await credential(name))
            if let new { try await save(new, as: name, under: claim) }
            await node.release([claim])
            return value
        } catch {
            await node.release([claim])
            throw error
        }
    }

    private func save(_ credential: JSON, as name: String, under claim: LeaseClaim?) async throws {
        let (endpoint, now) = (endpoint, clock.now)
        try await store.write { transaction in
            if let claim { try transaction.assertHeld(claim) }
            try transaction.saveCredential(credential, as: name, of: endpoint, at: now)
        }
    }
}
