// Step 7 for a CRM's callback: one transaction that journals the envelope and carries out its commands.

package import Model
package import Storage

/// What became of a callback, for its answer.
package struct CallbackOutcome: Sendable {
    package let outcome: EnvelopeOutcome
    package let results: [Result<CommandResult, CommandRefusal>]
}

/// Takes callbacks of contracts. The same callback twice changes nothing the second time.
package struct CommandIntake: Sendable {
    let store: any Store
    let replies: Replies

    package init(store: any Store, wiring: Wiring) {
        self.store = store
        replies = Replies(wiring: wiring)
    }

    /// Commits a callback's commands in order; a refused one does not keep the others from being carried out.
    /// - Throws: ``StoreError`` when nothing was stored: the caller must not acknowledge.
    package func commit(
        _ envelope: Envelope, verifiedBy: String, commands: [Command]
    ) async throws -> CallbackOutcome {
        try await store.write { transaction in
            try commit(envelope, verifiedBy: verifiedBy, commands: commands, in: transaction)
        }
    }

    /// Carries out the commands of one envelope.
    func commit(
        _ envelope: Envelope, verifiedBy: String, commands: [Command], in transaction: any Transaction
    ) throws -> CallbackOutcome {
        try transaction.insertEnvelope(envelope, verifiedBy: verifiedBy, outcome: .applied, reason: nil)
        var results: [Result<CommandResult, CommandRefusal>] = []
        for command in commands {
            do {
                results.append(
                    .success(
                        try replies.perform(
                            command, from: .contract(envelope.endpoint.name), correlation: envelope.id.text,
                            at: envelope.receivedAt, in: transaction)))
            } catch let refusal as CommandRefusal {
                results.append(.failure(refusal))
            }
        }
        return try Self.conclude(results, of: envelope, in: transaction)
    }

    /// Keeps a callback that could not be mapped.
    package func quarantine(_ envelope: Envelope, verifiedBy: String, reason: String) async throws {
        try await store.write { transaction in
            try Self.quarantine(envelope, verifiedBy: verifiedBy, reason: reason, in: transaction)
        }
    }

    static func quarantine(
        _ envelope: Envelope, verifiedBy: String, reason: String, in transaction: any Transaction
    ) throws {
        try transaction.insertEnvelope(envelope, verifiedBy: verifiedBy, outcome: .quarantined, reason: reason)
        transaction.count(.received, by: 1, of: envelope.endpoint)
        transaction.count(.quarantined, by: 1, of: envelope.endpoint)
    }

    private static func conclude(
        _ results: [Result<CommandResult, CommandRefusal>], of envelope: Envelope, in transaction: any Transaction
    ) throws -> CallbackOutcome {
        var outcome = EnvelopeOutcome.filtered
        var reasons: [String] = []
        transaction.count(.received, by: Int64(results.count), of: envelope.endpoint)
        for result in results {
            switch result {
            case .success(.message), .success(.done):
                outcome = .applied
                transaction.count(.changes, by: 1, of: envelope.endpoint)
            case .success(.known), .success(.echo):
                if outcome == .filtered { outcome = .duplicate }
                transaction.count(.duplicates, by: 1, of: envelope.endpoint)
            case .failure(let refusal):
                reasons.append(refusal.description)
                transaction.count(.refused, by: 1, of: envelope.endpoint)
            }
        }
        if outcome != .applied || !reasons.isEmpty {
            let reason = reasons.isEmpty ? nil : reasons.joined(separator: "; ")
            try transaction.updateEnvelope(envelope.id, outcome: outcome, reason: reason)
        }
        return CallbackOutcome(outcome: outcome, results: results)
    }
}
