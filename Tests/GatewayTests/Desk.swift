import Connectors
import Conversations
import Deliveries
import HTTPTypes
import Logging
import Model
import Storage
import TestSupport
import Transports

@testable import Gateway

/// A whole gateway without its server: a good configuration, a store of its own, a scripted outside world.
struct Desk: Sendable {
    static let machine = JQMachine(threads: 2)

    let fresh: FreshStore
    let transport = ScriptedTransport()
    let project: Project
    let courier: Courier
    let deadLetters: DeadLetters
    let live: LiveInstallation
    let routes: [APIRoute]

    var store: any Store { fresh.store }
    var clock: TestClock { fresh.clock }

    /// - Parameter changes: of lines of the good configuration.
    init(_ changes: [Int: String?] = [:]) async throws {
        fresh = try await Backend.chosen.make()
        project = try Project()
        let foundations = Foundations(
            store: fresh.store, transport: transport, machine: Self.machine, clock: fresh.clock.wall)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        courier = Courier(store: fresh.store, clock: fresh.clock.wall, schedule: .standard, logger: logger)
        live = LiveInstallation(
            try Installation(try project.load(Project.yaml(changes)), on: foundations), on: foundations,
            courier: courier, logger: logger)
        let clock = fresh.clock.wall
        deadLetters = DeadLetters(store: fresh.store, clock: clock) { [live] in live.current.wiring }
        routes =
            ConversationRoutes(live: live, store: fresh.store, clock: clock).routes
            + AttachmentRoutes(live: live).routes
            + DeliveryRoutes(store: fresh.store, deadLetters: deadLetters).routes
            + DestinationRoutes(live: live).routes
            + ContractRoutes(live: live, store: fresh.store, clock: clock).routes
            + EnvelopeRoutes(live: live, store: fresh.store, clock: clock).routes
            + ReconcileRoutes(live: live, store: fresh.store, clock: clock).routes
    }

    /// May do everything.
    static let token = AccessToken(name: "crm", hash: "", scopes: Set(Scope.allCases))

    /// Lets a customer write.
    func receive(_ event: InboundEvent) async throws {
        let intake = Intake(store: store, wiring: live.current.wiring)
        _ = try await intake.commit(
            Arrival(envelope: .sample(at: clock.now), verifiedBy: "none", content: .events([event])))
    }

    /// Calls the API as a token that may do everything.
    func call(
        _ method: HTTPTypes.HTTPRequest.Method, _ path: String, id: String? = nil, query: [String: String] = [:],
        key: String? = nil, as token: AccessToken = Desk.token, body: JSON = [:]
    ) async throws -> APIAnswer {
        var headers: [HTTPField.Name: String] = [:]
        if let key, let name = HTTPField.Name("Idempotency-Key") { headers[name] = key }
        return try await call(
            method, path, id: id, query: query, headers: headers, bytes: body.bytes, as: token)
    }

    /// Calls the API with a body that is no JSON.
    func call(
        _ method: HTTPTypes.HTTPRequest.Method, _ path: String, id: String?, query: [String: String],
        headers: [HTTPField.Name: String], bytes: [UInt8], as token: AccessToken = Desk.token
    ) async throws -> APIAnswer {
        guard let route = routes.first(where: { $0.path == path && $0.method == method }) else {
            throw Problem.notFound
        }
        return try await route.handle(
            APICall(
                token: token,
                path: id.map { ["id": $0, "name": $0] } ?? [:], query: query, headers: headers, body: bytes,
                correlation: "call"))
    }

    /// The code and status of the problem that a call ends in; `nil`: it ends well.
    func problem(_ call: () async throws -> APIAnswer) async throws -> String? {
        do {
            _ = try await call()
            return nil
        } catch let problem as Problem {
            return "\(problem.status.code) \(problem.code)"
        }
    }
}

extension Desk {
    /// The accounts of what came in.
    func accounts() async throws -> [EndpointAccount] { try await store.read { try EndpointAccount.all(in: $0) } }

    /// The lines of the account that do not close.
    func openLines() async throws -> [String] {
        try await store.read { transaction in
            try EndpointAccount.all(in: transaction).filter { $0.unaccounted != 0 }.map { "\($0)" }
                + (try DestinationAccount.all(in: transaction).filter { $0.unaccounted != 0 }.map { "\($0)" })
        }
    }

    /// Everything that is in the store, a line a row.
    func snapshot() async throws -> [String] {
        let tables = try await store.tables()
        return try await store.read { transaction in
            try tables.flatMap { name in
                try transaction.rows("SELECT * FROM \(name)", []).map { "\(name) \($0)" }.sorted()
            }
        }
    }
}
