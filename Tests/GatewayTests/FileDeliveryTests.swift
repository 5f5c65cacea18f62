import Connectors
import Conversations
import Deliveries
import Model
import Storage
import TestSupport
import Testing
import Transports

@testable import Gateway

/// A gateway whose channel and CRM give and take files, with a scripted world behind both.
private struct FileDesk {
    static let adapter = """
        adapter: 1
        id: giver
        title: Giver
        send:
          base_url: https://net.example
          files: {max: 1KB}
        files: {fetch: '{path: "/f/\\(.reference)"}'}
        """
    static let contract = """
        contract: 1
        id: taker
        title: Taker
        send:
          base_url: https://crm.example
          events: [samtal.message.received]
          files: {max: 1KB}
        files: {fetch: '{path: "/f/\\(.reference)"}', max: 1KB}
        """
    static let sendEvent = #"""
        {path: "/e", json: (.event.data.message.attachments
          | {refused: map(.refused), bytes: map(select(.refused == null) | {"$file": .id})})}
        """#

    let fresh: FreshStore
    let transport = ScriptedTransport()
    let installation: Installation
    private let project: Project

    init() async throws {
        fresh = try await Backend.chosen.make()
        project = try Project()
        try project.directory.write(Self.adapter, to: "adapters/giver/adapter.yaml")
        try project.directory.write(
            #"{path: "/r", json: {text, data: (.file | if . == null then null else {"$file": .id} end)}}"#,
            to: "adapters/giver/send.jq")
        try project.directory.write(Self.contract, to: "contracts/taker/contract.yaml")
        try project.directory.write(Self.sendEvent, to: "contracts/taker/send.jq")
        let (adapters, contracts) = (project.directory.path("adapters"), project.directory.path("contracts"))
        let yaml = """
            connectors: {adapters: "\(adapters)", contracts: "\(contracts)"}
            public_url: https://gw.example
            channels: {shop: {adapter: giver}}
            contracts: {desk: {contract: taker}}
            """
        let foundations = Foundations(
            store: fresh.store, transport: transport, machine: Desk.machine, clock: fresh.clock.wall)
        installation = try Installation(try project.load(yaml), on: foundations)
    }

    /// A customer sends files; the delivery that tells the CRM of it.
    func sent(_ references: [String]) async throws -> Delivery {
        let files = references.map { reference -> JSON in ["reference": .string(reference)] }
        let event = try InboundEvent.message("m1", with: ["files": .array(files)])
        let intake = Intake(store: fresh.store, wiring: installation.wiring)
        _ = try await intake.commit(
            Arrival(envelope: .sample(at: fresh.clock.now), verifiedBy: "none", content: .events([event])))
        return try #require(try await deliveries(to: .contract("desk")).first)
    }

    /// The CRM answers with a file; the delivery of the part that it is.
    func answered(_ reference: String) async throws -> Delivery {
        let event = try await sent([])
        let command = Command(
            kind: .reply, id: "c1", conversation: event.conversation, files: [FileReference(reference: reference)])
        _ = try await CommandIntake(store: fresh.store, wiring: installation.wiring).commit(
            .sample(.contract("desk"), at: fresh.clock.now), verifiedBy: "none", commands: [command])
        return try #require(try await deliveries(to: .channel("shop")).first)
    }

    private func deliveries(to endpoint: Endpoint) async throws -> [Delivery] {
        try await fresh.store.read { transaction in
            try transaction.deliveries(matching: DeliveryQuery(destination: endpoint), limit: 10).map(\.delivery)
        }
    }

    func attempt(_ delivery: Delivery) async throws -> AttemptResult {
        let destination = try #require(installation.destinations.first { $0.endpoint == delivery.destination })
        let attempt = try await fresh.store.read { try destination.ready(delivery, in: $0) }
        return await attempt()
    }
}

@Suite("Files in deliveries", .timeLimit(.minutes(2)))
struct FileDeliveryTests {
    @Test("A CRM gets the files with the message that they came with, fetched before")
    func told() async throws {
        let desk = try await FileDesk()
        let delivery = try await desk.sent(["a", "b"])
        for answer in [HTTPOutcome.answer(200, "hello"), .answer(404), .answer(200)] { desk.transport.answer(answer) }
        #expect(try await desk.attempt(delivery).outcome == .ok)
        #expect(
            desk.transport.requests.map(\.url)
                == ["https://net.example/f/a", "https://net.example/f/b", "https://crm.example/e"])
        let body = try JSON(parsing: desk.transport.requests[2].body)
        #expect(body == ["refused": [.null, "status 404"], "bytes": ["aGVsbG8="]])
    }

    @Test("A message waits ten minutes for a file that may come, and then goes on and says why")
    func patience() async throws {
        let desk = try await FileDesk()
        let delivery = try await desk.sent(["a"])
        desk.transport.answer(.answer(503, "", [HeaderField("retry-after", "7")]))
        let first = try await desk.attempt(delivery)
        #expect(first.outcome == .transient)
        #expect(first.wait == .seconds(7))
        #expect(first.reason == "status 503")
        #expect(desk.transport.requests.count == 1)
        desk.fresh.clock.advance(by: Files.patience)
        for answer in [HTTPOutcome.answer(503), .answer(200)] { desk.transport.answer(answer) }
        #expect(try await desk.attempt(delivery).outcome == .ok)
        #expect(try JSON(parsing: desk.transport.requests[2].body)["refused"] == ["status 503"])
    }

    @Test("An agent's file is fetched from the CRM and goes to the network; while it may come the part waits")
    func reply() async throws {
        let desk = try await FileDesk()
        let delivery = try await desk.answered("x")
        desk.transport.answer(.answer(503))
        desk.fresh.clock.advance(by: Files.patience)
        #expect(try await desk.attempt(delivery).outcome == .transient)
        for answer in [HTTPOutcome.answer(200, "hello"), .answer(200)] { desk.transport.answer(answer) }
        #expect(try await desk.attempt(delivery).outcome == .ok)
        let sent = desk.transport.requests
        #expect(sent.map(\.url).suffix(2) == ["https://crm.example/f/x", "https://net.example/r"])
        #expect(try JSON(parsing: sent[2].body) == ["text": "", "data": "aGVsbG8="])
    }

    @Test(
        "An agent's file that is gone, or larger than it said, fails the part with the reason",
        arguments: [
            (.answer(410), "a file: status 410"), (.lost(.tooLarge), "a file: is larger than 1 KB"),
        ] as [(HTTPOutcome, String)])
    func failed(answer: HTTPOutcome, reason: String) async throws {
        let desk = try await FileDesk()
        let delivery = try await desk.answered("x")
        desk.transport.answer(answer)
        let result = try await desk.attempt(delivery)
        #expect(result.outcome == .permanent)
        #expect(result.reason == reason)
        #expect(desk.transport.requests.count == 1)
    }
}

extension HTTPOutcome {
    fileprivate static func lost(_ kind: TransportFailure.Kind) -> HTTPOutcome {
        .failure(TransportFailure(kind: kind, sent: true, message: "the test says \(kind.rawValue)"))
    }
}
