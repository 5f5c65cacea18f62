// What runs, in the order in which it starts; it stops the other way round, so no request comes in that nobody serves.

import Connectors
import Deliveries
import Foundation
import Hummingbird
import HummingbirdCore
package import Logging
import Model
import NIOCore
import ServiceLifecycle
import Storage
import Transports
import UnixSignals

/// The gateway as one process: store, courier, reloads, HTTP server.
package struct Services: Sendable {
    /// How long a shutdown waits for what is on the way.
    static let shutdownMax = Duration.seconds(40)
    /// How long a connection may say nothing before it is closed; shorter than a shutdown may take.
    static let idleMax = TimeAmount.seconds(25)
    static let userAgent = "samtal/1"

    private let store: any Store
    /// `nil`: the store is for many nodes.
    private let lock: FileLock?
    private let node: Node
    private let courier: Courier
    private let live: LiveInstallation
    private let machine: JQMachine
    private let transport: CurlTransport
    private let logger: Logger
    private let clock: WallClock
    private let onListening: @Sendable (String) async -> Void
    private let demonstration: Demonstration?
    private let refusals: Refusals
    private let door: MailDoor?

    /// Opens the store and puts the configuration together.
    /// - Parameters:
    ///   - demonstration: served beside the gateway when it is given.
    ///   - onListening: told the address once the server listens.
    /// - Throws: ``ConfigurationProblems`` or ``StoreError``: nothing runs then.
    package init(
        _ configuration: Configuration, demonstration: Demonstration? = nil, logger: Logger,
        onListening: @escaping @Sendable (String) async -> Void
    ) async throws {
        self.logger = logger
        self.onListening = onListening
        self.demonstration = demonstration
        lock = if case .sqlite(let path) = configuration.store { try FileLock(of: path) } else { nil }
        store = try await configuration.store.open { $0.log(with: logger) }
        if store.isPooled {
            logger.notice("a pooler stands before the database: what other nodes commit is found by looking")
        }
        node = Node(store, times: configuration.leaseTimes, followsServer: true, logger: logger)
        try await node.readClock()
        clock = node.clock
        refusals = Refusals(store: store, logger: logger)
        transport = CurlTransport(
            guard: AddressGuard(allowing: configuration.allowedRanges),
            responseBytesMax: configuration.limits.responseBytesMax, userAgent: Self.userAgent)
        machine = JQMachine(threads: configuration.limits.mappingThreads)
        let foundations = Foundations(
            store: store, transport: transport, machine: machine, clock: clock, node: node)
        let installation: Installation
        do {
            installation = try Installation(configuration, on: foundations)
        } catch {
            throw ConfigurationProblems(
                error.list.map { ConfigurationProblem(file: configuration.file, message: $0.description) })
        }
        let problems = await installation.checkPrograms()
        guard problems.isEmpty else { throw ConfigurationProblems(problems) }
        courier = Courier(
            store: store, clock: clock, schedule: configuration.schedule, terms: node.courierTerms, logger: logger)
        let live = LiveInstallation(installation, on: foundations, courier: courier, logger: logger)
        self.live = live
        do throws(MailFailure) {
            door = try configuration.lmtp.map { address throws(MailFailure) in
                try MailDoor(at: address, live: live, logger: logger)
            }
        } catch {
            throw ConfigurationProblems([
                ConfigurationProblem(file: configuration.file, message: "lmtp: \(error.message)")
            ])
        }
    }

    /// Runs until SIGTERM or SIGINT; then stops taking requests, finishes what is on the way, and closes the store.
    package func run() async throws {
        let now = clock.now
        // Whoever held something is dead, if nobody else can serve the store; else it runs out by itself.
        let isAlone = lock != nil
        try await store.write { transaction in
            guard isAlone else { return try transaction.releaseEndlessLeases() }
            try transaction.releaseAllLanes(at: now)
            try transaction.releaseAllLeases()
        }
        try await live.current.resumeSending(in: store, at: now)
        let application = self.application()
        let reloader = Reloader(live: live)
        var services: [any Service] = [courier, live.errands, reloader, refusals, application]
        if let door { services.append(door) }
        let group = ServiceGroup(configuration: groupConfiguration(services))
        do {
            try await group.run()
        } catch {
            await close()
            throw error
        }
        await close()
    }

    private func groupConfiguration(_ services: [any Service]) -> ServiceGroupConfiguration {
        var configuration = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) }, gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger)
        configuration.maximumGracefulShutdownDuration = Self.shutdownMax
        return configuration
    }

    private func close() async {
        await store.close()
        machine.shutdown()
        lock?.release()
    }

    private func application() -> some ApplicationProtocol {
        let router = Router(context: BasicRequestContext.self)
        router.add(middleware: ProblemMiddleware())
        let configuration = live.current.configuration
        Health(store: store).add(to: router)
        WebhookRoutes(
            live: live, clock: clock, bodyBytesMax: configuration.limits.bodyBytesMax, refusals: refusals
        ).add(to: router)
        LinkRoutes(live: live).add(to: router)
        API(live: live, routes: routes, clock: clock).add(to: router)
        if let demonstration {
            DemonstrationRoutes(demonstration: demonstration, transport: transport, clock: clock).add(to: router)
        }
        let onListening = onListening
        let host = configuration.host
        return Application(
            router: router,
            server: .http1(configuration: .init(idleTimeout: Self.idleMax)),
            configuration: .init(
                address: .hostname(host, port: configuration.port), serverName: nil,
                availableConnectionsDelegate: MaximumAvailableConnections(Descriptors.raised().connectionsMax)),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? configuration.port
                await onListening("http://\(host):\(port)")
            },
            logger: logger)
    }

    private var deadLetters: DeadLetters {
        DeadLetters(store: store, clock: clock) { [live] in live.current.wiring }
    }

    private var routes: [APIRoute] {
        ConversationRoutes(live: live, store: store, clock: clock).routes
            + AttachmentRoutes(live: live).routes
            + DeliveryRoutes(store: store, deadLetters: deadLetters).routes
            + DestinationRoutes(live: live).routes
            + ContractRoutes(live: live, store: store, clock: clock).routes
            + EnvelopeRoutes(live: live, store: store, clock: clock).routes
            + ReconcileRoutes(live: live, store: store, clock: clock).routes
    }
}

extension SchemaNews {
    fileprivate func log(with logger: Logger) {
        switch self {
        case .done(let step):
            logger.notice("the schema has a new step", metadata: ["step": "\(step.number)", "name": "\(step.name)"])
        case .waitsForAnother: logger.notice("another samtal changes the schema: waiting for it")
        case .isHeldUp(let step):
            logger.warning("a step of the schema waits for transactions", metadata: ["step": "\(step.number)"])
        case .isAhead(let step):
            logger.notice("the store was made by a newer samtal; this one may go on", metadata: ["step": "\(step)"])
        }
    }
}

/// Reads the configuration again on SIGHUP.
private struct Reloader: Service {
    let live: LiveInstallation

    func run() async throws {
        await cancelWhenGracefulShutdown {
            for await _ in await UnixSignalsSequence(trapping: .sighup) { await live.reload() }
        }
    }
}
