// One trial's house: a store of its own, a clock that stands still, the real channel or contract, the real courier.

import Channels
import Connectors
import Contracts
import Conversations
import Deliveries
import Foundation
import Logging
import Model
import Storage
import Synchronization

/// A clock that moves when a trial says so.
final class TrialClock: Sendable {
    private let time: Mutex<Timestamp>

    init(_ start: Timestamp) {
        time = Mutex(start)
    }

    var now: Timestamp { time.withLock { $0 } }
    var wall: WallClock { WallClock { self.now } }

    func set(_ now: Timestamp) { time.withLock { $0 = now } }
    func advance(by duration: Duration) { time.withLock { $0 = $0 + duration } }
}

/// Why a trial cannot be held.
struct TrialProblem: Error {
    let message: String
}

/// What a trial works with.
struct TrialDesk: Sendable {
    /// No trial takes longer, in real time; only one that hangs gets there.
    static let patience = Duration.seconds(20)

    let store: SQLiteStore
    let clock: TrialClock
    let connector: Connector
    let transport: LoopbackTransport
    let endpoint: Endpoint
    let wiring: Wiring

    init(
        _ connector: Connector, _ script: SampleScript, through transport: LoopbackTransport
    ) async throws {
        let clock = TrialClock(script.now)
        let store = try SQLiteStore(inMemory: clock.wall)
        let folder = connector.folder
        // The name that the samples use in their addresses, else the folder's.
        let endpoint = Endpoint(folder.side.endpoint, folder.id)
        try await store.write { transaction in
            for (name, credential) in script.credentials {
                try transaction.saveCredential(credential, as: name, of: endpoint, at: script.now)
            }
        }
        let node = Node(
            store, clock: clock.wall, logger: Logger(label: "conformance") { _ in SwiftLogNoOpLogHandler() })
        let credentials = StoredCredentials(endpoint: endpoint, node: node, clock: clock.wall)
        self.connector = connector.anew(
            host: ConnectorHost(transport: transport, clock: clock.wall, credentials: credentials))
        (self.store, self.clock, self.transport, self.endpoint) = (store, clock, transport, endpoint)
        let isChannel = endpoint.side == .channel
        wiring = Wiring(
            channels: [
                ChannelProfile(
                    name: isChannel ? endpoint.name : TrialStage.channel,
                    adapter: isChannel ? folder.id : "made-up", limits: { _ in ReplyLimits() })
            ],
            contracts: [
                ContractProfile(name: TrialStage.witness, events: Set(ContractEventType.allCases), channels: nil)
            ],
            reopenWithin: .seconds(86_400))
    }

    /// The files of messages; those that the other side speaks of are fetched by the connector.
    var files: Files {
        let own = [endpoint.name: connector]
        return Files(
            store: store,
            fetching: OriginFiles(
                channels: endpoint.side == .channel ? own : [:], contracts: endpoint.side == .contract ? own : [:]),
            links: FileLinks(store: store, publicURL: "https://samtal.example.com", clock: clock.wall),
            clock: clock.wall)
    }

    private var destination: any Destination {
        switch endpoint.side {
        case .channel:
            ChannelDestination(
                name: endpoint.name, connector: connector, store: store, transport: transport, files: files,
                wiring: wiring, clock: clock.wall)
        case .contract:
            ContractDestination(
                name: endpoint.name, connector: connector, store: store, transport: transport, files: files,
                source: "https://samtal.example.com", clock: clock.wall)
        }
    }

    /// Has the courier carry a delivery to its end. Waits cost no time: the clock goes to when the next attempt is due.
    /// - Parameter afterFailure: called once, when the first attempt was made and another one will be. Returns whether
    ///   to go on.
    func carry(
        _ id: DeliveryID, afterFailure: @escaping @Sendable () -> Bool = { true }
    ) async throws -> CarriedDelivery {
        let logger = Logger(label: "conformance") { _ in SwiftLogNoOpLogHandler() }
        let courier = Courier(store: store, clock: clock.wall, schedule: .standard, logger: logger)
        courier.serve([destination])
        return try await withThrowingTaskGroup(of: CarriedDelivery?.self) { group in
            group.addTask {
                try await courier.run()
                return nil
            }
            group.addTask { try await follow(id, afterFailure: afterFailure) }
            var carried: CarriedDelivery?
            while carried == nil, let result = try await group.next() { carried = result }
            group.cancelAll()
            guard let carried else { throw TrialProblem(message: "the courier ended early") }
            return carried
        }
    }

    private func follow(_ id: DeliveryID, afterFailure: @Sendable () -> Bool) async throws -> CarriedDelivery {
        let end = ContinuousClock.now + Self.patience
        var isFirst = true
        func carried(_ record: DeliveryRecord) async throws -> CarriedDelivery {
            CarriedDelivery(record: record, attempts: try await store.read { try $0.attempts(of: id) })
        }
        while ContinuousClock.now < end {
            let seen = store.signals.count(of: .deliveries)
            guard let record = try await store.read({ try $0.delivery(id) }) else {
                throw TrialProblem(message: "the delivery is gone")
            }
            switch record.delivery.state {
            case .delivered, .failed, .cancelled:
                return try await carried(record)
            case .snoozed where record.outcome == OutcomeClass.permanent.rawValue:
                // The endpoint is gone: it waits until it is served anew.
                return try await carried(record)
            case .snoozed where record.dueAt > clock.now:
                guard !isFirst || afterFailure() else { return try await carried(record) }
                isFirst = false
                clock.set(record.dueAt)
                store.signals.raise(.deliveries)
            case .pending, .sending, .snoozed:
                await store.signals.wait(for: .deliveries, after: seen, atMost: .seconds(1))
            }
        }
        throw TrialProblem(message: "the delivery does not come to an end")
    }
}

/// How a delivery ended.
struct CarriedDelivery: Sendable {
    let record: DeliveryRecord
    /// In order.
    let attempts: [AttemptRecord]

    var state: DeliveryState { record.delivery.state }
    var firstOutcome: String { attempts.first?.outcome ?? "none" }
    var lastOutcome: String { attempts.last?.outcome ?? "none" }

    /// The time from the first attempt to the second; `nil`: there was no second.
    var wait: Duration? { attempts.count > 1 ? attempts[1].startedAt - attempts[0].startedAt : nil }
}
