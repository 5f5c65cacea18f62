// Our own server on loopback for one trial, with the connector's endpoints behind the routes of production.

import Channels
import Connectors
import Contracts
import Conversations
import Deliveries
import Hummingbird
import Logging
import Model
import ServiceLifecycle
import Storage

/// Serves a desk's endpoint.
struct TrialGateway: Sendable {
    private static let bodyBytesMax = 1 << 20

    let desk: TrialDesk
    let machine: JQMachine
    /// Where the samples call: an endpoint for each address, known by its last part.
    let publicURLs: Set<String>

    /// Serves while `body` works.
    func serve<Value: Sendable>(_ body: @escaping @Sendable (LoopbackClient) async throws -> Value) async throws
        -> Value
    {
        let logger = Logger(label: "conformance") { _ in SwiftLogNoOpLogHandler() }
        let courier = Courier(store: desk.store, clock: desk.clock.wall, schedule: .standard, logger: logger)
        let foundations = Foundations(
            store: desk.store, transport: desk.transport, machine: machine, clock: desk.clock.wall)
        let live = LiveInstallation(installation, on: foundations, courier: courier, logger: logger)
        let router = Router(context: BasicRequestContext.self)
        router.add(middleware: ProblemMiddleware())
        WebhookRoutes(
            live: live, clock: desk.clock.wall, bodyBytesMax: Self.bodyBytesMax,
            refusals: Refusals(store: desk.store, logger: logger)
        ).add(to: router)
        let (ports, listening) = AsyncStream.makeStream(of: UInt16.self)
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0), serverName: nil),
            onServerRunning: { channel in listening.yield(UInt16(channel.localAddress?.port ?? 0)) }, logger: logger)
        let group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [.init(service: application)], logger: logger))
        return try await withThrowingTaskGroup(of: Value?.self) { tasks in
            tasks.addTask {
                defer { listening.finish() }
                try await group.run()
                return nil
            }
            tasks.addTask {
                guard let port = await ports.first(where: { _ in true }) else {
                    throw TrialProblem(message: "the server does not listen")
                }
                let value = try await body(LoopbackClient(port: port))
                await group.triggerGracefulShutdown()
                return value
            }
            var value: Value?
            for try await result in tasks { value = result ?? value }
            guard let value else { throw TrialProblem(message: "the server ended early") }
            return value
        }
    }

    private var installation: Installation {
        let intake = Intake(store: desk.store, wiring: desk.wiring)
        let commands = CommandIntake(store: desk.store, wiring: desk.wiring)
        var channels: [String: ConnectorChannel] = [:]
        var contracts: [String: ConnectorContract] = [:]
        for publicURL in publicURLs {
            let name = Self.name(in: publicURL)
            let connector = desk.connector.anew(host: desk.connector.surroundings, publicURL: publicURL)
            switch desk.endpoint.side {
            case .channel: channels[name] = ConnectorChannel(name: name, connector: connector, intake: intake)
            case .contract: contracts[name] = ConnectorContract(name: name, connector: connector, intake: commands)
            }
        }
        return Installation(channels: channels, contracts: contracts, desk: desk)
    }

    /// The endpoint's name: `support` of `https://samtal.example.com/channels/support`.
    static func name(in publicURL: String) -> String {
        publicURL.split(separator: "/").last.map(String.init) ?? ""
    }
}

extension Installation {
    /// Endpoints without a configuration file, for a trial: nothing is delivered and nothing polled.
    fileprivate init(channels: [String: ConnectorChannel], contracts: [String: ConnectorContract], desk: TrialDesk) {
        wiring = desk.wiring
        files = desk.files
        configuration = Configuration(
            file: "", store: .sqlite(""), host: "127.0.0.1", port: 0, lmtp: nil,
            publicURL: "https://samtal.example.com", tokens: [], channels: [], mailboxes: [], contracts: [],
            reopenWithin: wiring.reopenWithin, journalKeep: nil, schedule: .standard, leaseTimes: LeaseTimes(),
            limits: .init(bodyBytesMax: 1 << 20, responseBytesMax: 1 << 20, mappingThreads: 1), allowedRanges: [],
            mailAuthorities: nil, logLevel: "info")
        mail = MailInstallation(on: desk.store)
        self.channels = channels
        self.contracts = contracts
        destinations = []
        feeds = [:]
        pollTakers = []
    }
}
