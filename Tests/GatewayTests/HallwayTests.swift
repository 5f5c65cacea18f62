import Channels
import Connectors
import Contracts
import Deliveries
import Model
import Signing
import Storage
import TestSupport
import Testing
import Transports

@testable import Gateway

@Suite("The hallway, from a signed message to the agent's answer", .timeLimit(.minutes(2)))
struct HallwayTests {
    /// A request signed as Standard Webhooks asks.
    private func signed(
        _ body: JSON, id: String, to path: String, key: String, at time: Timestamp
    ) throws -> ReceivedRequest {
        let headers = try WebhookSigner(keys: [key]).headers(id: id, at: time, body: body.bytes)
        return ReceivedRequest(method: "POST", path: path, headers: headers, body: body.bytes, receivedAt: time)
    }

    @Test("The links of a dead letter that is tried anew are good for their time from then on")
    func linksOfDeadLetter() async throws {
        let desk = try await Desk()
        try await desk.receive(try .message("m1", with: ["files": [["reference": "https://cdn.example.net/a.png"]]]))
        let later = desk.clock.now + .seconds(30 * 86_400)
        let revived = try await desk.store.write { transaction in
            let old = try #require(
                try transaction.deliveries(matching: DeliveryQuery(destination: .contract("desk")), limit: 1).first)
            try transaction.revive(old.delivery, at: later)
            return try #require(try transaction.delivery(old.delivery.id)).delivery
        }
        let destination = try #require(desk.live.current.destinations.first { $0.endpoint == .contract("desk") })
        let attempt = try await desk.store.read { try destination.ready(revived, in: $0) }
        _ = await attempt()
        let told = try JSON(parsing: try #require(desk.transport.requests.last).body)
        let link = try #require(told["data"]["message"]["attachments"][0]["link"].string)
        let end = (later + .seconds(7 * 86_400)).milliseconds / 1000
        #expect(link.contains("/\(end)/"))
    }

    /// Has the courier work until `look` is done.
    private func carry(_ desk: Desk, while look: @Sendable () async throws -> Void) async throws {
        let courier = desk.courier
        try await withThrowingTaskGroup { group in
            group.addTask { try await courier.run() }
            try await look()
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    @Test("A customer writes, the CRM gets a ticket, the agent answers, the customer reads it")
    func whole() async throws {
        let desk = try await Desk()
        let installation = desk.live.current
        let (shop, crm) = (try #require(installation.channels["shop"]), try #require(installation.contracts["desk"]))
        for _ in 0..<3 { desk.transport.answer(.answer(200, #"{"ticket":"T-1"}"#)) }
        desk.transport.answer(.answer(200, #"{"id":"x1"}"#))
        for _ in 0..<2 { desk.transport.answer(.answer(200, #"{"ticket":"T-1"}"#)) }
        try await carry(desk) {
            let message: JSON = ["id": "m1", "author": ["id": "ada", "name": "Ada"], "text": "Where is my parcel?"]
            let receipt = try await shop.receive(
                signed(message, id: "e1", to: "/channels/shop", key: Project.channelKey, at: TestClock.start))
            guard case .stored(let answer, _, .applied) = receipt else {
                Issue.record("\(receipt)")
                return
            }
            #expect(answer.status == 200)
            // The answers are given in order: the reply may not overtake an event that is still on its way.
            #expect(
                try await desk.store.waits { transaction in
                    let isKnown = try transaction.conversation(contract: "desk", ticket: "T-1") != nil
                    return try isKnown && transaction.deliveryCounts().allSatisfy { $0.state == .delivered }
                })
            let reply: JSON = [
                "kind": "reply", "id": "c1", "ticket": "T-1", "text": "On its way", "agent": ["id": 1, "name": "Kim"],
            ]
            _ = try await crm.receive(
                signed(reply, id: "e2", to: "/contracts/desk", key: Project.contractKey, at: TestClock.start))
            #expect(
                try await desk.store.waits { transaction in
                    try transaction.message(channel: "shop", externalID: "x1")?.state == .sent
                })
            let read: JSON = ["kind": "receipt", "id": "x1", "receipt": "read"]
            _ = try await shop.receive(
                signed(read, id: "e3", to: "/channels/shop", key: Project.channelKey, at: TestClock.start))
            #expect(
                try await desk.store.waits { transaction in
                    try transaction.deliveryCounts().allSatisfy { $0.state == .delivered }
                })
        }
        let requests = desk.transport.requests
        let bodies = try requests.map { try JSON(parsing: $0.body) }
        #expect(
            bodies.map { $0["type"].string ?? $0["action"].string } == [
                "samtal.person.created", "samtal.conversation.opened", "samtal.message.received", "reply",
                "samtal.message.sent", "samtal.message.read",
            ])
        #expect(bodies[3]["text"] == "On its way")
        #expect(bodies[3]["thread"] == "ada")
        #expect(requests[3].url == "https://shop.example/inbox")
        #expect(requests[0].url == "https://desk.example/events")
        // Every event is known by its delivery's id, and the ticket goes with it as soon as it is known.
        #expect(bodies[2]["ticket"] == "T-1")
        #expect(Set(bodies.compactMap { $0["id"].string }).count == 5)
        #expect(requests.allSatisfy { request in request.headers.contains { $0.name == "webhook-signature" } })
    }

    @Test("A request that nobody signed leaves nothing behind")
    func unsigned() async throws {
        let desk = try await Desk()
        let shop = try #require(desk.live.current.channels["shop"])
        let body: JSON = ["id": "m1", "author": "ada", "text": "x"]
        let receipt = try await shop.receive(
            signed(body, id: "e1", to: "/channels/shop", key: Project.contractKey, at: TestClock.start))
        guard case .refused(401, _) = receipt else {
            Issue.record("\(receipt)")
            return
        }
        let rows = try await desk.store.read { try $0.row("SELECT count(*) FROM envelopes", [])?.integer(0) }
        #expect(rows == 0)
    }

    @Test("What cannot be mapped is acknowledged and kept in quarantine")
    func quarantined() async throws {
        let desk = try await Desk()
        let shop = try #require(desk.live.current.channels["shop"])
        let receipt = try await shop.receive(
            signed(["text": "no id"], id: "e1", to: "/channels/shop", key: Project.channelKey, at: TestClock.start))
        guard case .stored(let answer, let envelope, .quarantined) = receipt else {
            Issue.record("\(receipt)")
            return
        }
        #expect(answer.status == 200)
        #expect(try await desk.store.read { try $0.envelope(envelope) }?.reason?.contains("receive.jq") == true)
    }

    @Test("A file that is broken when it is read again changes nothing")
    func reload() async throws {
        let desk = try await Desk()
        try desk.project.directory.write("channels: {shop: {adapter: webhok}}", to: "samtal.yaml")
        let problems = await desk.live.reload()
        #expect(!problems.isEmpty)
        #expect(desk.live.current.channels.keys.sorted() == ["shop"])
        #expect(desk.live.current.contracts.keys.sorted() == ["desk"])
    }

    @Test("A file that is good when it is read again is at work at once")
    func reloadGood() async throws {
        let desk = try await Desk()
        let yaml = Project.yaml([
            4: "  store-chat:", 7: "      secret: \"\(Project.channelKey)\"", 12: "    channels: [store-chat]",
        ])
        try desk.project.directory.write(yaml, to: "samtal.yaml")
        #expect(await desk.live.reload() == [])
        #expect(desk.live.current.channels.keys.sorted() == ["store-chat"])
    }
}
