import Contracts
import Deliveries
import HTTPTypes
import Model
import Storage
import TestSupport
import Testing

@testable import Gateway

@Suite("Calls about the events of a contract", .timeLimit(.minutes(2)))
struct ContractCallTests {
    private static let replay = "/v1/contracts/{name}/replay"
    private static let events = "/v1/contracts/{name}/events"
    private static let all: JSON = ["since": .string(TestClock.start.rfc3339)]

    private func deliveries(_ desk: Desk) async throws -> [DeliveryRecord] {
        try await desk.store.read { transaction in
            try transaction.deliveries(matching: DeliveryQuery(destination: .contract("desk")), limit: 200).reversed()
        }
    }

    /// A gateway that has told the desk of a message, in a state that this gives each event.
    private func told(
        _ state: (Int) -> DeliveryState = { _ in .delivered }, _ changes: [Int: String?] = [:]
    ) async throws -> (desk: Desk, before: [Delivery]) {
        let desk = try await Desk(changes)
        try await desk.receive(.message("m1"))
        let before = try await deliveries(desk).map(\.delivery)
        for (index, delivery) in before.enumerated() where state(index) != .pending {
            let state = state(index)
            try await desk.store.write { transaction in
                try transaction.updateDelivery(
                    DeliveryUpdate(
                        id: delivery.id, state: state, progress: 0, endedAt: TestClock.start,
                        outcome: state == .failed ? "permanent" : "ok"))
            }
        }
        return (desk, before)
    }

    // MARK: - Replay

    @Test("Replayed events go out again under the same ids, in order, behind what their lane holds; the account closes")
    func again() async throws {
        let (desk, before) = try await told()
        try await desk.receive(.message("m2"))
        let waiting = try await deliveries(desk).count - before.count
        let until = JSON.string((TestClock.start + .milliseconds(1)).rfc3339)
        let answer = try await desk.call(
            .post, Self.replay, id: "desk", body: ["since": .string(TestClock.start.rfc3339), "until": until])
        #expect(answer.json["queued"].integer == Int64(before.count))
        #expect(answer.json["waiting"].integer == Int64(waiting))
        let copies = try await deliveries(desk).dropFirst(before.count + waiting).map(\.delivery)
        #expect(copies.map(\.original) == before.map(\.id))
        #expect(copies.map(\.key) == before.map(\.id.text))
        #expect(copies.map(\.payload) == before.map(\.payload))
        #expect(Set(copies.map(\.lane)) == Set(before.map(\.lane)))
        #expect(try await desk.openLines() == [])
    }

    @Test("Asked again while a replay waits, nothing is added; once it arrived, the span can be replayed again")
    func idempotent() async throws {
        let (desk, before) = try await told()
        for _ in 1...3 { _ = try await desk.call(.post, Self.replay, id: "desk", body: Self.all) }
        #expect(try await deliveries(desk).count == 2 * before.count)
        try await desk.store.write { transaction in
            _ = try transaction.run("UPDATE deliveries SET state = 'delivered'", [])
        }
        let third = try await desk.call(.post, Self.replay, id: "desk", body: Self.all)
        #expect(
            third.json == ["matched": .integer(Int64(before.count)), "queued": third.json["matched"], "waiting": 0])
        #expect(try await deliveries(desk).suffix(before.count).map(\.delivery.original) == before.map(\.id))
        #expect(try await desk.openLines() == [])
    }

    @Test("A replay wakes nobody who waits: a lane without words of people is bulk work")
    func bulk() async throws {
        let (desk, _) = try await told()
        try await desk.store.write { transaction in _ = try transaction.run("UPDATE lanes SET due_at = NULL", []) }
        _ = try await desk.call(.post, Self.replay, id: "desk", body: Self.all)
        let lanes = try await desk.store.write { transaction in
            try transaction.claimLanes(
                of: .contract("desk"), owner: "one", limit: 10, lease: .seconds(60), now: TestClock.start)
        }
        #expect(lanes.map(\.urgency) == [.bulk])
    }

    @Test("A dry run counts and changes nothing; types and a conversation narrow the span")
    func narrowed() async throws {
        let (desk, before) = try await told()
        let snapshot = try await desk.snapshot()
        func matched(_ more: [String: JSON]) async throws -> Int64? {
            let body = (Self.all.object ?? [:]).merging(["dry_run": true]) { $1 }.merging(more) { $1 }
            return try await desk.call(.post, Self.replay, id: "desk", body: .object(body)).json["matched"].integer
        }
        let conversation = JSON.string(before[0].conversation.text)
        #expect(try await matched([:]) == Int64(before.count))
        #expect(try await matched(["types": ["samtal.message.received"]]) == 1)
        #expect(try await matched(["types": ["samtal.message.received", "samtal.person.created"]]) == 2)
        #expect(try await matched(["conversation": conversation]) == Int64(before.count))
        #expect(try await matched(["conversation": .string(ConversationID(at: TestClock.start).text)]) == 0)
        #expect(try await matched(["until": .string(TestClock.start.rfc3339)]) == 0)
        #expect(try await desk.snapshot() == snapshot)
    }

    @Test("A dead letter is replaced by its replay, what a person cancelled is left out, and the account closes")
    func dead() async throws {
        let (desk, before) = try await told { [.delivered, .failed, .cancelled][min($0, 2)] }
        let answer = try await desk.call(.post, Self.replay, id: "desk", body: Self.all)
        #expect(answer.json["queued"] == 2)
        let after = try await deliveries(desk)
        #expect(after[1].delivery.state == .cancelled)
        #expect(after[1].reason == "sent again as \(after[before.count + 1].delivery.id)")
        #expect(try await desk.openLines() == [])
        // The one that was replaced is still of the span.
        try await desk.store.write { transaction in
            _ = try transaction.run("UPDATE deliveries SET state = 'delivered' WHERE original_id IS NOT NULL", [])
        }
        #expect(try await desk.call(.post, Self.replay, id: "desk", body: Self.all).json["queued"] == 2)
    }

    @Test("A long span goes out whole and in order, whatever the size of a batch")
    func batches() async throws {
        let desk = try await Desk()
        let count = 450
        try await desk.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            for number in 1...count { try transaction.enqueue(seed.event(number), at: TestClock.start) }
            _ = try transaction.run("UPDATE deliveries SET state = 'delivered'", [])
        }
        let answer = try await desk.call(.post, Self.replay, id: "desk", body: Self.all)
        #expect(answer.json["queued"].integer == Int64(count))
        let numbers = try await desk.store.read { transaction in
            try transaction.rows(
                "SELECT payload FROM deliveries WHERE original_id IS NOT NULL ORDER BY sequence", []
            ).map { try $0.json(0)["number"].integer }
        }
        #expect(numbers == (1...Int64(count)).map { $0 })
        let audits = try await desk.store.read { transaction in
            try transaction.row("SELECT count(*) FROM audit WHERE action = 'events.replay'", [])?.integer(0)
        }
        #expect(audits == 1)
    }

    @Test("A contract that does not know a repeated event gets none")
    func notRepeatable() async throws {
        let settings =
            "    settings: {base_url: \"https://x.example\", email: a@b.example, token: t, user_id: \"1\", "
            + "webhook_secret: s}"
        let desk = try await Desk([11: "    contract: zendesk", 13: settings])
        #expect(
            try await desk.problem { try await desk.call(.post, Self.replay, id: "desk", body: Self.all) }
                == "409 not-repeatable")
    }

    @Test(
        "An order that is none is refused",
        arguments: [
            "{}", "[]", "x", #"{"since": "yesterday"}"#, #"{"since": "2026-01-01T00:00:00Z", "type": "x"}"#,
            #"{"since": "2026-01-01T00:00:00Z", "types": ["x"]}"#, #"{"since": "2026-01-01T00:00:00Z", "until": 1}"#,
            #"{"since": "2026-01-01T00:00:00Z", "types": "samtal.message.received"}"#,
            #"{"since": "2026-01-01T00:00:00Z", "dry_run": "yes"}"#,
            #"{"since": "2026-01-01T00:00:00Z", "conversation": "x"}"#,
        ])
    func refused(body: String) async throws {
        let (desk, before) = try await told()
        let problem = try await desk.problem {
            try await desk.call(.post, Self.replay, id: "desk", query: [:], headers: [:], bytes: Array(body.utf8))
        }
        #expect(problem == "400 bad-body")
        #expect(try await deliveries(desk).count == before.count)
    }

    // MARK: - Pull

    /// A desk that asks for its events and has no address.
    private static let pulled: [Int: String?] = [
        12: "    deliver: pull", 13: "    settings: {secret: \"file:desk.secret\"}",
    ]

    private func page(_ desk: Desk, _ query: [String: String] = [:]) async throws -> (ids: [String], next: String) {
        let answer = try await desk.call(.get, Self.events, id: "desk", query: query)
        let ids = (answer.json["events"].array ?? []).compactMap { $0["id"].string }
        return (ids, try #require(answer.json["next"].string))
    }

    @Test(
        "Pulled events are CloudEvents in order; asking for what comes next acknowledges them, and the account closes")
    func pull() async throws {
        let (desk, before) = try await told({ _ in .pending }, Self.pulled)
        let whole = try await desk.call(.get, Self.events, id: "desk")
        let event = whole.json["events"][0]
        #expect(event["specversion"] == "1.0")
        #expect(event["source"] == "https://gw.example")
        #expect(event["subject"].string == before[0].conversation.text)
        let first = try await page(desk, ["limit": "2"])
        #expect(first.ids == before.prefix(2).map(\.id.text))
        let second = try await page(desk, ["after": first.next])
        #expect(second.ids == before.dropFirst(2).map(\.id.text))
        #expect(try await deliveries(desk).map(\.delivery.state).prefix(3) == [.delivered, .delivered, .pending])
        #expect(try await deliveries(desk)[0].reason == "acknowledged by api:crm")
        #expect(try await page(desk, ["after": second.next]).ids.isEmpty)
        #expect(try await desk.store.read { try DestinationAccount.all(in: $0) }[0].delivered == Int64(before.count))
        #expect(try await desk.openLines() == [])
        #expect(desk.courier.conditions.map(\.endpoint) == [.channel("shop")])
        let listed = try await desk.call(.get, "/v1/destinations").json["destinations"].array ?? []
        #expect(listed.map { $0["state"] } == ["open", "pulled"])
    }

    @Test("Two who ask at one time get every event, each at least once")
    func two() async throws {
        let (desk, before) = try await told({ _ in .pending }, Self.pulled)
        for number in 2...9 { try await desk.receive(.message("m\(number)")) }
        let wanted = Set(try await deliveries(desk).map(\.delivery.id.text))
        let got = try await withThrowingTaskGroup(of: Set<String>.self) { group in
            for limit in ["1", "3"] {
                group.addTask {
                    var (got, query) = (Set<String>(), ["limit": limit])
                    while true {
                        let (ids, next) = try await page(desk, query)
                        if ids.isEmpty { return got }
                        got.formUnion(ids)
                        query["after"] = next
                    }
                }
            }
            return try await group.reduce(into: [Set<String>]()) { $0.append($1) }
        }
        #expect(got[0].union(got[1]) == wanted)
        #expect(wanted.count > before.count)
        #expect(Set(try await deliveries(desk).map(\.delivery.state)) == [.delivered])
    }

    @Test("Who waits is woken by the commit that makes an event")
    func waits() async throws {
        let (desk, start) = (try await Desk(Self.pulled), ContinuousClock.now)
        async let waiting = page(desk, ["wait": "30"])
        try await desk.receive(.message("m1"))
        let found = try await waiting
        #expect(!found.ids.isEmpty)
        // Also for the next event of the same conversation, while this one is not acknowledged.
        async let second = page(desk, ["wait": "30", "after": found.next])
        try await desk.receive(.message("m2"))
        #expect(try await !second.ids.isEmpty)
        #expect(ContinuousClock.now - start < .seconds(55))
    }

    @Test("A replay comes to who pulls, under the same ids, and so does an old cursor")
    func pullAgain() async throws {
        let (desk, before) = try await told({ _ in .pending }, Self.pulled)
        let ids = before.map(\.id.text)
        let first = try await page(desk)
        #expect(first.ids == ids)
        #expect(try await page(desk, ["after": first.next]).ids.isEmpty)
        _ = try await desk.call(.post, Self.replay, id: "desk", body: Self.all)
        #expect(try await page(desk).ids == ids)
        #expect(try await page(desk, ["after": "desk.0"]).ids == ids + ids)
        #expect(try await desk.openLines() == [])
    }

    @Test(
        "A parameter that is none is refused",
        arguments: [
            ["after": "x"], ["after": "desk.7"], ["after": "other.0"], ["after": "desk.-1"], ["after": "desk.0.0"],
            ["limit": "0"], ["limit": "201"], ["wait": "31"], ["wait": "-1"], ["wait": "x"],
        ])
    func badParameter(query: [String: String]) async throws {
        let (desk, _) = try await told({ _ in .pending }, Self.pulled)
        #expect(
            try await desk.problem { try await desk.call(.get, Self.events, id: "desk", query: query) }
                == "400 bad-parameter")
        #expect(Set(try await deliveries(desk).map(\.delivery.state)) == [.pending])
    }

    @Test("A contract that is sent to can not be pulled, one that is not there not either, nor by another's token")
    func forbidden() async throws {
        let desk = try await Desk()
        #expect(try await desk.problem { try await desk.call(.get, Self.events, id: "desk") } == "409 not-pulled")
        for path in [Self.events, Self.replay] {
            let method: HTTPTypes.HTTPRequest.Method = path == Self.events ? .get : .post
            #expect(try await desk.problem { try await desk.call(method, path, id: "none") } == "404 not-found")
            let other = AccessToken(name: "erp", hash: "", scopes: [.readEvents, .replayEvents], contract: "erp")
            #expect(
                try await desk.problem { try await desk.call(method, path, id: "desk", as: other) }
                    == "403 other-contract")
        }
    }

    @Test("A token of one contract names one that is there, and may have events only")
    func tokens() throws {
        let project = try Project()
        let hash = "hash: \"sha256:\(String(repeating: "0a", count: 32))\""
        func mistakes(_ rest: String) -> [String] {
            project.mistakes(in: Project.yaml([15: "  - {name: crm, \(hash), \(rest)}"]))
        }
        #expect(mistakes("contract: desk, scopes: [\"events:read\", \"events:replay\"]").isEmpty)
        #expect(mistakes("contract: desc, scopes: [\"events:read\"]")[0].contains("no contract is called \"desc\""))
        #expect(mistakes("contract: desk, scopes: [\"deliveries:read\"]")[0].contains("events:replay only"))
    }

    @Test("Without deliver: pull the address is required, and with it only the address may be left out")
    func settings() throws {
        let project = try Project()
        let noURL = "    settings: {secret: \"file:desk.secret\"}"
        #expect(project.mistakes(in: Project.yaml([13: noURL])).count == 1)
        #expect(project.mistakes(in: Project.yaml([12: "    deliver: pull", 13: noURL])).isEmpty)
        #expect(project.mistakes(in: Project.yaml([12: "    deliver: pull", 13: "    settings: {}"])).count == 1)
        #expect(project.mistakes(in: Project.yaml([12: "    deliver: pul"]))[0].contains("pull"))
    }
}
