// Comparing our tickets of a time with those that the CRM has.

package import Connectors
import Contracts
import Deliveries
package import Model
package import Storage
import Transports

/// Asks a CRM, through its contract, which of our tickets it has. Changes nothing on either side.
package struct Reconciler: Sendable {
    /// How often one request is made at most, when what went wrong passes by itself.
    package static let attemptsMax = 5
    /// A CRM that asks for a longer wait is left in peace.
    package static let waitMax = Duration.seconds(300)

    private let contract: String
    private let connector: Connector
    private let budget: RateBudget
    private let store: any Store
    private let clock: WallClock
    private let pace: Pace
    private let isPatient: Bool

    /// - Parameter isPatient: whether a request that fails is made again.
    /// - Throws: when there is no such contract, or it does not say how its CRM is asked.
    package init(
        _ contract: String, of installation: Installation, store: any Store, clock: WallClock, pace: Pace = .system,
        isPatient: Bool = true
    ) throws(ReconcileError) {
        let destination = installation.destinations.first { $0.endpoint == .contract(contract) }
        guard let connector = installation.contracts[contract]?.connector, let destination else {
            throw .unknown(contract)
        }
        guard connector.reconciles else { throw .notDeclared(contract, connector.folder.id) }
        self.contract = contract
        self.connector = connector
        budget = destination.budget
        self.store = store
        self.clock = clock
        self.pace = pace
        self.isPatient = isPatient
    }

    /// Compares.
    /// - Parameters:
    ///   - since: tickets made, and conversations opened, from this time on…
    ///   - until: …and before this one.
    ///   - ticketsMax: when there are more, nothing is compared.
    ///   - progress: told how many tickets of how many were asked for, after each answer.
    /// - Throws: ``ReconcileError`` when the CRM does not answer, ``StoreError``.
    package func reconcile(
        since: Timestamp, until: Timestamp, ticketsMax: Int = .max,
        progress: @Sendable (_ asked: Int, _ total: Int) -> Void = { _, _ in }
    ) async throws -> Reconciliation {
        let (contract, connector) = (contract, connector)
        let (known, unticketed) = try await store.read { transaction in
            (
                try transaction.tickets(of: contract, since: since, until: until),
                try transaction.unticketed(of: contract, since: since, until: until)
            )
        }
        guard known.count <= ticketsMax else { throw ReconcileError.tooMany(contract, known.count) }
        let tickets = known.map { SoughtTicket(conversation: $0.conversation, ticket: $0.ticket) }
        guard var search = connector.search(for: tickets, in: (since, until)) else {
            throw ReconcileError.notDeclared(contract, connector.folder.id)
        }
        while !search.isOver {
            try await ask(&search)
            progress(search.asked, tickets.count)
        }
        let found = tickets.map { sought in
            let state = search.found[sought.ticket.externalID]
            return Reconciliation.Line(
                conversation: sought.conversation, ticket: sought.ticket,
                standing: state.map { .there($0) } ?? .missing)
        }
        let others = unticketed.map { conversation in
            Reconciliation.Line(
                conversation: conversation.conversation, ticket: nil,
                standing: Reconciliation.Standing(conversation))
        }
        return Reconciliation(contract: contract, since: since, until: until, lines: found + others)
    }

    /// Makes one request, within the contract's rates; again when what went wrong passes by itself.
    private func ask(_ search: inout TicketSearch) async throws {
        var failures = 0
        while true {
            while let next = try await store.write({ [budget, clock] transaction in
                try budget.take([:], at: clock.now, in: transaction)
            }) { try await pace.sleep(next - clock.now) }
            guard let failure = await search.step() else { return }
            failures += 1
            let wait = Backoff.wait(after: failures, failure.outcome, asked: failure.wait, pace)
            guard isPatient, failures < Self.attemptsMax, wait <= Self.waitMax else {
                throw ReconcileError.failed(contract, failure)
            }
            try await pace.sleep(wait)
        }
    }
}

extension Reconciler {
    /// For a command beside a running gateway.
    /// - Throws: ``SettingProblems`` for settings that do not fit their connector, ``ReconcileError``.
    package init(_ contract: String, _ configuration: Configuration, store: any Store) throws {
        let transport = CurlTransport(
            guard: AddressGuard(allowing: configuration.allowedRanges),
            responseBytesMax: configuration.limits.responseBytesMax, userAgent: Services.userAgent)
        let machine = JQMachine(threads: configuration.limits.mappingThreads)
        let foundations = Foundations(store: store, transport: transport, machine: machine, clock: .system)
        try self.init(contract, of: Installation(configuration, on: foundations), store: store, clock: .system)
    }
}

/// Why nothing was compared.
package enum ReconcileError: Error, Sendable, CustomStringConvertible {
    case unknown(String)
    /// The contract and its folder.
    case notDeclared(String, String)
    case tooMany(String, Int)
    case failed(String, PollFailure)

    package var description: String {
        switch self {
        case .unknown(let contract): "there is no contract \(contract)"
        case .notDeclared(let contract, let folder):
            "contract \(contract) cannot be compared: \(folder)/contract.yaml has no \"reconcile\""
        case .tooMany(let contract, let count):
            "contract \(contract) has \(count) tickets of that time: ask for a shorter one"
        case .failed(let contract, let failure):
            "the CRM behind contract \(contract) does not answer as it should, \(failure.outcome.rawValue): "
                + failure.reason
        }
    }
}
