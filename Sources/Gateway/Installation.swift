// The composition root: one configuration becomes channels, contracts, destinations and the rules that tie them.

package import Channels
package import Connectors
package import Contracts
package import Conversations
package import Deliveries
package import Logging
package import Model
package import Storage
package import Transports

/// What all configurations of one process share.
package struct Foundations: Sendable {
    package let store: any Store
    package let transport: any HTTPTransport
    package let machine: JQMachine
    package let clock: WallClock
    package let node: Node

    /// - Parameter node: `nil`: one that runs no errands, as commands beside a gateway are.
    package init(
        store: any Store, transport: any HTTPTransport, machine: JQMachine, clock: WallClock, node: Node? = nil
    ) {
        self.store = store
        self.transport = transport
        self.machine = machine
        self.clock = clock
        self.node = node ?? Node(store, clock: clock, logger: Logger(label: "samtal"))
    }
}

/// One configuration, put together and ready to work. A reload makes another one.
package struct Installation: Sendable {
    package let configuration: Configuration
    package let wiring: Wiring
    package let files: Files
    /// By name.
    package let channels: [String: ConnectorChannel]
    /// E-mail channels.
    let mail: MailInstallation
    /// By name.
    package let contracts: [String: ConnectorContract]
    /// The events of the contracts that ask for them, by name.
    package let feeds: [String: EventFeed]
    package let destinations: [any Destination]
    /// Of the endpoints that have polls or streams.
    package let pollTakers: [any PollTaker]

    /// Puts a configuration together.
    /// - Throws: settings that do not fit their connector.
    package init(_ configuration: Configuration, on foundations: Foundations) throws(SettingProblems) {
        self.configuration = configuration
        let channelConnectors = try Self.connect(configuration.channels, configuration, foundations)
        let contractConnectors = try Self.connect(configuration.contracts, configuration, foundations)
        let wiring = Self.wiring(configuration, channelConnectors, contractConnectors)
        self.wiring = wiring
        let reading = MailReading()
        let files = Self.files(configuration, foundations, channelConnectors, contractConnectors, reading)
        self.files = files
        let intake = Intake(store: foundations.store, wiring: wiring)
        let commands = CommandIntake(store: foundations.store, wiring: wiring)
        var channels: [String: ConnectorChannel] = [:]
        var contracts: [String: ConnectorContract] = [:]
        var feeds: [String: EventFeed] = [:]
        var destinations: [any Destination] = []
        for (name, connector) in channelConnectors {
            channels[name] = ConnectorChannel(name: name, connector: connector, intake: intake)
            destinations.append(
                ChannelDestination(
                    name: name, connector: connector, store: foundations.store, transport: foundations.transport,
                    files: files, wiring: wiring, clock: foundations.clock))
        }
        mail = try MailInstallation(configuration, on: foundations, wiring: wiring, files: files, reading)
        destinations += mail.destinations.map { $0 as any Destination }
        for (name, connector) in contractConnectors {
            contracts[name] = ConnectorContract(name: name, connector: connector, intake: commands)
            if configuration.isPulled(contract: name) {
                feeds[name] = EventFeed(
                    name: name, connector: connector, store: foundations.store, files: files,
                    source: configuration.publicURL, clock: foundations.clock)
                continue
            }
            destinations.append(
                ContractDestination(
                    name: name, connector: connector, store: foundations.store, transport: foundations.transport,
                    files: files, source: configuration.publicURL, clock: foundations.clock))
        }
        pollTakers =
            channelConnectors.filter { $0.value.asks }.map { name, connector in
                ChannelPolls(name: name, connector: connector, store: foundations.store, wiring: wiring)
            }
            + contractConnectors.filter { $0.value.asks }.map { name, connector in
                ContractPolls(name: name, connector: connector, store: foundations.store, wiring: wiring)
            }
        self.channels = channels
        self.contracts = contracts
        self.feeds = feeds
        self.destinations = destinations
    }

    private static func connect(
        _ endpoints: [EndpointConfiguration], _ configuration: Configuration, _ foundations: Foundations
    ) throws(SettingProblems) -> [String: Connector] {
        var connectors: [String: Connector] = [:]
        for endpoint in endpoints {
            let side = endpoint.endpoint.side
            connectors[endpoint.endpoint.name] = try Connector(
                folder: endpoint.folder, settings: endpoint.settings, machine: foundations.machine,
                host: ConnectorHost(
                    transport: foundations.transport, clock: foundations.clock,
                    credentials: StoredCredentials(
                        endpoint: endpoint.endpoint, node: foundations.node, clock: foundations.clock)),
                programs: endpoint.programs,
                publicURL: "\(configuration.publicURL)/\(side.rawValue)s/\(endpoint.endpoint.name)",
                sends: !endpoint.isPulled)
        }
        return connectors
    }

    private static func files(
        _ configuration: Configuration, _ foundations: Foundations, _ channels: [String: Connector],
        _ contracts: [String: Connector], _ reading: MailReading
    ) -> Files {
        let mailboxes = configuration.mailboxes.map { settings in
            (settings.name, MailFiles(store: foundations.store, reading: reading))
        }
        return Files(
            store: foundations.store,
            fetching: OriginFiles(
                channels: channels, contracts: contracts,
                mailboxes: Dictionary(mailboxes) { first, _ in first }),
            links: FileLinks(
                store: foundations.store, publicURL: configuration.publicURL, clock: foundations.clock),
            clock: foundations.clock)
    }

    private static func wiring(
        _ configuration: Configuration, _ channels: [String: Connector], _ contracts: [String: Connector]
    ) -> Wiring {
        Wiring(
            channels: channels.map { name, connector in
                ChannelProfile(
                    name: name, adapter: connector.folder.id, files: connector.sentFiles,
                    limits: connector.folder.limits(of:))
            } + configuration.mailboxes.map { MailChannel.profile(of: $0) },
            contracts: configuration.contracts.compactMap { contract in
                guard let connector = contracts[contract.endpoint.name] else { return nil }
                return ContractProfile(
                    name: contract.endpoint.name, events: Set(connector.folder.events), channels: contract.channels)
            },
            reopenWithin: configuration.reopenWithin)
    }

    /// Whether a contract knows an event that it had before. One that asks for its events gets them with their ids.
    package func takesRepeats(contract name: String) -> Bool {
        feeds[name] != nil || contracts[name]?.connector.isRepeatable == true
    }

    /// Lets events go out that were handed out while a contract asked for them, now that it is sent to.
    func resumeSending(in store: any Store, at now: Timestamp) async throws {
        let contracts = destinations.map(\.endpoint).filter { $0.side == .contract }
        try await store.write { transaction in
            for contract in contracts { try transaction.resumeSending(to: contract, at: now) }
        }
    }

    private func connector(of endpoint: Endpoint) -> Connector? {
        switch endpoint.side {
        case .channel: channels[endpoint.name]?.connector
        case .contract: contracts[endpoint.name]?.connector
        }
    }

    /// What runs for as long as this installation is at work: every poll and stream, the registrations that IT asks
    /// for, and leave to send where it must be asked for.
    package func errands(clock: WallClock, pace: Pace, logger: Logger) -> [any Errand] {
        var errands: [any Errand] = []
        for taker in pollTakers {
            for stream in taker.connector.streams {
                errands.append(StreamLoop(taker: taker, stream: stream, clock: clock, pace: pace, logger: logger))
            }
            for poll in taker.connector.polls {
                errands.append(PollLoop(taker: taker, poll: poll, clock: clock, pace: pace, logger: logger))
            }
        }
        errands += mail.errands(pace: pace, logger: logger)
        for destination in destinations {
            guard let leave = destination.leave, let connector = connector(of: destination.endpoint) else { continue }
            errands.append(
                LeaveLoop(connector, of: destination, leave: leave, clock: clock, pace: pace, logger: logger))
        }
        for endpoint in configuration.channels + configuration.contracts where endpoint.registers {
            guard let connector = connector(of: endpoint.endpoint) else { continue }
            for id in connector.registrations {
                errands.append(
                    RegistrationLoop(
                        connector, of: endpoint.endpoint, registration: id, clock: clock, pace: pace, logger: logger))
            }
        }
        return errands
    }

    /// What keeps the store in order, and fetches ahead what would be gone later.
    func housekeeping(on foundations: Foundations, pace: Pace, logger: Logger) -> [any Errand] {
        let (store, clock) = (foundations.store, foundations.clock)
        let journal = JournalKeeper(
            keep: configuration.journalKeep, store: store, clock: clock, pace: pace, logger: logger)
        guard !eagerOrigins.isEmpty else { return [journal] }
        return [
            journal, EagerFiles(files: files, origins: eagerOrigins, store: store, clock: clock, logger: logger),
        ]
    }

    /// Compiles every jq program that is configured.
    /// - Returns: every mistake with file and line.
    package func checkPrograms() async -> [ConfigurationProblem] {
        var problems: [ConfigurationProblem] = []
        for channel in channels.values { problems += await channel.connector.check() }
        for contract in contracts.values { problems += await contract.connector.check() }
        return Array(Set(problems)).sorted { ($0.file, $0.line, $0.message) < ($1.file, $1.line, $1.message) }
    }
}
