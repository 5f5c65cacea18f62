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
        let results = try perform(commands, of: envelope, at: envelope.receivedAt, in: transaction)
        transaction.count(.received, by: Int64(results.count), of: envelope.endpoint)
        for one in results.map(\.tallied) {
            transaction.count(one.counter, because: one.reason, by: 1, of: envelope.endpoint)
        }
        let (outcome, reason) = Self.summary(of: results)
        if outcome != .applied || reason != nil {
            try transaction.updateEnvelope(envelope.id, outcome: outcome, reason: reason)
        }
        return CallbackOutcome(outcome: outcome, results: results)
    }

    /// Carries out commands in order; a refused one holds nothing up.
    func perform(
        _ commands: [Command], of envelope: Envelope, at now: Timestamp, in transaction: any Transaction
    ) throws -> [Result<CommandResult, CommandRefusal>] {
        var results: [Result<CommandResult, CommandRefusal>] = []
        for command in commands {
            do {
                results.append(
                    .success(
                        try replies.perform(
                            command, from: .contract(envelope.endpoint.name), correlation: envelope.id.text, at: now,
                            in: transaction)))
            } catch let refusal as CommandRefusal {
                results.append(.failure(refusal))
            }
        }
        return results
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

    /// What the whole envelope came to, and why some of it was refused.
    static func summary(of results: [Result<CommandResult, CommandRefusal>]) -> (EnvelopeOutcome, String?) {
        let reasons = results.compactMap { result in
            switch result {
            case .failure(let refusal): refusal.description
            case .success(.outdated): "the status was set later than this"
            case .success: nil
            }
        }
        let reason = reasons.isEmpty ? nil : reasons.joined(separator: "; ")
        let counters = results.map(\.tallied.counter)
        if counters.contains(.changes) { return (.applied, reason) }
        return (counters.contains(.duplicates) ? .duplicate : .filtered, reason)
    }
}

extension Result<CommandResult, CommandRefusal> {
    var tallied: Tallied {
        switch self {
        case .success(.message), .success(.done): Tallied(counter: .changes, reason: nil)
        case .success(.known), .success(.echo): Tallied(counter: .duplicates, reason: nil)
        case .success(.outdated): Tallied(counter: .duplicates, reason: "outdated")
        case .failure(let refusal): Tallied(counter: .refused, reason: refusal.code.rawValue)
        }
    }
}
