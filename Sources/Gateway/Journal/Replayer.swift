// Envelopes of the journal again, through the connectors as they are now.

import Channels
package import Connectors
import Contracts
package import Conversations
package import Model
package import Storage
import Transports

/// Replays envelopes. Each is one transaction; the same envelope twice changes nothing the second time.
package struct Replayer: Sendable {
    /// How many envelopes are replayed before live work gets its turn.
    static let batchMax = 16

    private let installation: Installation
    private let store: any Store
    private let clock: WallClock
    private let pace: Pace
    /// Nothing is kept; the answers tell what would be, each envelope for itself.
    private let isRehearsal: Bool

    package init(
        _ installation: Installation, store: any Store, clock: WallClock, pace: Pace = .system, isRehearsal: Bool
    ) {
        self.installation = installation
        self.store = store
        self.clock = clock
        self.pace = pace
        self.isRehearsal = isRehearsal
    }

    /// For a command beside a running gateway.
    /// - Throws: settings that do not fit their connector.
    package init(_ configuration: Configuration, store: any Store, isRehearsal: Bool) throws(SettingProblems) {
        let transport = CurlTransport(
            guard: AddressGuard(allowing: configuration.allowedRanges),
            responseBytesMax: configuration.limits.responseBytesMax, userAgent: Services.userAgent)
        let machine = JQMachine(threads: configuration.limits.mappingThreads)
        let foundations = Foundations(store: store, transport: transport, machine: machine, clock: .system)
        self.init(
            try Installation(configuration, on: foundations), store: store, clock: .system, isRehearsal: isRehearsal)
    }

    /// Replays every envelope that passes, the oldest first. After each batch it rests for as long as the batch took:
    /// another process that writes to the store has at least half of the time.
    /// - Parameter take: told of each envelope as it is done.
    /// - Throws: ``StoreError``; what was replayed before stands.
    package func replay(_ filter: JournalFilter, take: (Replayed) async -> Void) async throws {
        var filter = filter
        // What comes in meanwhile is mapped by the same connectors anyway.
        let end = clock.now + .milliseconds(1)
        filter.until = min(filter.until ?? end, end)
        var last: EnvelopeID?
        while true {
            let start = ContinuousClock.now
            let page = try await page(filter, after: last, limit: Self.batchMax)
            for one in page { await take(one) }
            guard page.count == Self.batchMax else { return }
            last = page.last?.envelope
            try await pace.sleep(ContinuousClock.now - start)
        }
    }

    /// Replays the next envelopes that pass, the oldest first.
    package func page(_ filter: JournalFilter, after: EnvelopeID?, limit: Int) async throws -> [Replayed] {
        let entries = try await store.read { try $0.envelopes(filter, after: after, limit: limit) }
        var page: [Replayed] = []
        for entry in entries {
            if let replayed = try await replay(entry) { page.append(replayed) }
        }
        return page
    }

    /// Replays one envelope.
    /// - Returns: `nil` when the journal has none of this id.
    package func replay(_ id: EnvelopeID) async throws -> Replayed? {
        guard let entry = try await store.read({ try $0.envelope(id) }) else { return nil }
        return try await replay(entry)
    }

    private func replay(_ entry: JournalEntry) async throws -> Replayed? {
        if let emptied = entry.emptiedAt {
            return try await fail(entry, "what came in was taken out of the journal at \(emptied)")
        }
        do {
            let name = entry.envelope.endpoint.name
            switch entry.envelope.endpoint.side {
            case .channel:
                if let mailbox = installation.mail.channels[name] {
                    return try await mailbox.replay(entry, at: clock.now, isRehearsal: isRehearsal)
                }
                guard let channel = installation.channels[name] else { break }
                return try await channel.replay(entry, at: clock.now, isRehearsal: isRehearsal)
            case .contract:
                guard let contract = installation.contracts[name] else { break }
                return try await contract.replay(entry, at: clock.now, isRehearsal: isRehearsal)
            }
            return try await fail(entry, "\(entry.envelope.endpoint) is not configured")
        } catch  where StoreError.isLasting(error) {
            return try await fail(entry, "\(error)")
        }
    }

    private func fail(_ entry: JournalEntry, _ reason: String) async throws -> Replayed? {
        let id = entry.envelope.id
        let unit = { @Sendable (transaction: any Transaction) throws -> Replayed? in
            try transaction.envelope(id)?.stillFailing(reason, in: transaction)
        }
        return try await isRehearsal ? store.rehearse(unit) : store.write(unit)
    }

    /// Notes who wants what replayed.
    package func note(_ subject: String, actor: String) async throws {
        guard !isRehearsal else { return }
        let now = clock.now
        try await store.write { transaction in
            try transaction.audit(actor: actor, action: "envelopes.replay", subject: subject, at: now)
        }
    }
}
