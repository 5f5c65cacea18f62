import Connectors
import Conversations
import FoundationEssentials
import Logging
import Model
import Storage
import Synchronization
import TestSupport
import Testing
import Transports

@testable import Gateway

/// A gateway whose contract can be asked which tickets it has.
private final class Counter: Sendable {
    static let contract = """
        contract: 1
        id: crm
        title: CRM
        send:
          base_url: https://crm.example
          events: [samtal.message.received]
          idempotency: {repeatable: true}
          result: {ticket: .body.ticket}
        reconcile:
          by: tickets
          request: '{path: "/t/\\(.tickets[0].id)"}'
          found: '{id: .tickets[0].id, state: .body.state}'
          missing: .status == 404
        limits: {rate: [{per: account, count: 1, every: 10s}]}
        errors: [{when: .status == 404, class: permanent}]
        """

    let project: Project
    let fresh: FreshStore
    let transport = ScriptedTransport()
    let installation: Installation
    /// How long was slept.
    let naps = Mutex<[Duration]>([])

    init() async throws {
        fresh = try await Backend.chosen.make()
        project = try Project()
        try project.directory.write(Self.contract, to: "contracts/crm/contract.yaml")
        try project.directory.write(#"{path: "/e", json: {}}"#, to: "contracts/crm/send.jq")
        let yaml = Project.yaml([
            1:
                "connectors: {adapters: \(Repository.root.path)/adapters, "
                + "contracts: \(project.directory.path("contracts"))}",
            11: "    contract: crm", 13: "    settings: {}",
        ])
        let foundations = Foundations(
            store: fresh.store, transport: transport, machine: Desk.machine, clock: fresh.clock.wall)
        installation = try Installation(try project.load(yaml), on: foundations)
    }

    /// Lets a customer write.
    /// - Returns: the conversation.
    func write(_ author: String) async throws -> ConversationID {
        let intake = Intake(store: fresh.store, wiring: installation.wiring)
        let event = try InboundEvent(mapping: [
            "kind": "message", "id": .string("m-\(author)"), "thread": .string(author), "text": "hi",
            "author": ["id": .string(author)],
        ])
        _ = try await intake.commit(
            Arrival(envelope: .sample(at: fresh.clock.now), verifiedBy: "none", content: .events([event])))
        return try await fresh.store.read { transaction in
            try #require(try transaction.conversations(before: nil, status: nil, limit: 1).first).id
        }
    }

    /// Ends the delivery of a conversation.
    func end(_ conversation: ConversationID, _ state: DeliveryState, _ outcome: OutcomeClass, ticket: String? = nil)
        async throws
    {
        let now = fresh.clock.now
        try await fresh.store.write { transaction in
            var query = DeliveryQuery(destination: .contract("desk"))
            query.conversation = conversation
            for record in try transaction.deliveries(matching: query, limit: 10) {
                try transaction.updateDelivery(
                    DeliveryUpdate(
                        id: record.delivery.id, state: state, progress: 0, endedAt: now, outcome: outcome.rawValue,
                        reason: "no answer"))
            }
            guard let ticket else { return }
            try transaction.saveTicket(
                Ticket(externalID: ticket, url: nil, context: nil), contract: "desk", conversation: conversation,
                at: now)
        }
    }

    func reconciler(isPatient: Bool = true) throws -> Reconciler {
        let clock = fresh.clock
        let pace = Pace { [self] wait in
            naps.withLock { $0.append(wait) }
            clock.advance(by: wait)
        } spread: {
            0
        }
        return try Reconciler(
            "desk", of: installation, store: fresh.store, clock: clock.wall, pace: pace, isPatient: isPatient)
    }

    var lastHour: (since: Timestamp, until: Timestamp) {
        (TestClock.start - .seconds(3600), fresh.clock.now + .seconds(1))
    }
}

@Suite("Which of our tickets a CRM has", .timeLimit(.minutes(2)))
struct ReconcileTests {
    @Test("Each conversation of the time is told: there, missing, waiting, undelivered, untold")
    func standings() async throws {
        let desk = try await Counter()
        var conversations: [ConversationID] = []
        for name in ["a", "b", "c", "d", "e"] {
            desk.fresh.clock.advance(by: .milliseconds(5))
            conversations.append(try await desk.write(name))
        }
        try await desk.end(conversations[0], .delivered, .ok, ticket: "1")
        desk.fresh.clock.advance(by: .milliseconds(5))
        try await desk.end(conversations[1], .delivered, .ok, ticket: "2")
        try await desk.end(conversations[2], .failed, .unknownOutcome)
        try await desk.end(conversations[3], .delivered, .ok)
        desk.transport.answer(.answer(200, #"{"state":"open"}"#))
        desk.transport.answer(.answer(404))
        let range = desk.lastHour
        let seen = Mutex<[String]>([])
        let found = try await desk.reconciler().reconcile(since: range.since, until: range.until) { asked, total in
            seen.withLock { $0.append("\(asked)/\(total)") }
        }
        #expect(found.lines.map(\.conversation) == conversations)
        #expect(
            found.lines.map(\.standing) == [
                .there("open"), .missing, .undelivered("unknown_outcome: no answer"), .untold, .waiting,
            ])
        #expect(found.lines.map { $0.ticket?.externalID } == ["1", "2", nil, nil, nil])
        #expect(found.missed.map(\.conversation) == [conversations[1], conversations[2], conversations[3]])
        #expect(seen.withLock { $0 } == ["1/2", "2/2"])
        #expect(found.json["missed"] == 3)
        #expect(found.json["counts"]["there"] == 1)
        // The account's rate holds here too.
        #expect(desk.naps.withLock { $0 } == [.seconds(10)])
    }

    @Test("Only the tickets of the time are asked for")
    func range() async throws {
        let desk = try await Counter()
        try await desk.end(desk.write("a"), .delivered, .ok, ticket: "1")
        let between = desk.fresh.clock.now + .seconds(1)
        desk.fresh.clock.advance(by: .seconds(60))
        try await desk.end(desk.write("b"), .delivered, .ok, ticket: "2")
        desk.transport.answer(.answer(200, "{}"))
        let found = try await desk.reconciler().reconcile(since: between, until: desk.lastHour.until)
        #expect(found.lines.map { $0.ticket?.externalID } == ["2"])
        #expect(desk.transport.requests.map(\.url) == ["https://crm.example/t/2"])
    }

    @Test("A request that fails in a way that passes is made again, five times at most")
    func patience() async throws {
        let desk = try await Counter()
        try await desk.end(desk.write("a"), .delivered, .ok, ticket: "1")
        desk.transport.answer(.answer(503))
        desk.transport.answer(.answer(200, "{}"))
        let range = desk.lastHour
        let found = try await desk.reconciler().reconcile(since: range.since, until: range.until)
        #expect(found.lines.map(\.standing) == [.there("")])
        for _ in 0..<9 { desk.transport.answer(.answer(503)) }
        await #expect(throws: ReconcileError.self) {
            _ = try await desk.reconciler().reconcile(since: range.since, until: range.until)
        }
        #expect(desk.transport.requests.count == 7)
    }

    @Test("What does not pass by itself is told at once", arguments: [(401, true), (503, false)])
    func impatience(status: Int, isPatient: Bool) async throws {
        let desk = try await Counter()
        try await desk.end(desk.write("a"), .delivered, .ok, ticket: "1")
        desk.transport.answer(.answer(status))
        let range = desk.lastHour
        await #expect(throws: ReconcileError.self) {
            _ = try await desk.reconciler(isPatient: isPatient).reconcile(since: range.since, until: range.until)
        }
        #expect(desk.transport.requests.count == 1)
    }

    @Test("The API refuses what it cannot compare, and says why")
    func calls() async throws {
        let desk = try await Desk()
        let path = "/v1/contracts/{name}/reconcile"
        func problem(_ body: JSON, name: String = "desk") async throws -> String? {
            guard let route = desk.routes.first(where: { $0.path == path }) else { return "no route" }
            let token = AccessToken(name: "crm", hash: "", scopes: [])
            return try await desk.problem {
                try await route.handle(
                    APICall(
                        token: token, path: ["name": name], query: [:], headers: [:], body: body.bytes,
                        correlation: "call"))
            }
        }
        let time: JSON = "2026-01-02T03:04:05Z"
        #expect(try await problem([:]) == "400 bad-body")
        #expect(try await problem(["since": "yesterday"]) == "400 bad-body")
        #expect(try await problem(["since": time, "limit": 3]) == "400 bad-body")
        #expect(try await problem(["since": time], name: "nobody") == "404 not-found")
        // The generic contract has no tickets to ask for.
        #expect(try await problem(["since": time]) == "422 not-comparable")
    }
}
