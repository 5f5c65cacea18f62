import Conversations
import HTTPTypes
import Model
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Gateway

@Suite("Replaying the journal", .timeLimit(.minutes(2)))
struct ReplayTests {
    private static let shop = Endpoint.channel("shop")
    private static let hello = #"{"id": "m1", "author": "ada", "text": "Hello", "at": "2026-01-02T03:00:00Z"}"#

    private func replayer(_ desk: Desk, isRehearsal: Bool = false) -> Replayer {
        let pace = Pace(sleep: { _ in }, spread: { 0 })
        return Replayer(
            desk.live.current, store: desk.store, clock: desk.clock.wall, pace: pace, isRehearsal: isRehearsal)
    }

    /// An envelope that could not be mapped when it came.
    private func quarantine(
        _ desk: Desk, _ body: String, at endpoint: Endpoint = shop, method: String = "POST", target: String? = nil
    ) async throws -> EnvelopeID {
        let envelope = Envelope(
            id: EnvelopeID(at: desk.clock.now), endpoint: endpoint, method: method,
            target: target ?? "/\(endpoint.side.rawValue)s/\(endpoint.name)", headers: [], body: Array(body.utf8),
            receivedAt: desk.clock.now)
        let wiring = desk.live.current.wiring
        switch endpoint.side {
        case .channel:
            _ = try await Intake(store: desk.store, wiring: wiring).commit(
                Arrival(envelope: envelope, verifiedBy: "hmac", content: .quarantined("receive.jq:3: no")))
        case .contract:
            try await CommandIntake(store: desk.store, wiring: wiring).quarantine(
                envelope, verifiedBy: "hmac", reason: "receive.jq:3: no")
        }
        return envelope.id
    }

    @Test("A quarantined envelope that maps now becomes messages, and its count moves with it")
    func mended() async throws {
        let desk = try await Desk()
        let id = try await quarantine(desk, Self.hello)
        desk.clock.advance(by: .seconds(86_400))
        let replayed = try #require(try await replayer(desk).replay(id))
        #expect((replayed.before, replayed.after, replayed.isFailing) == (.quarantined, .applied, false))
        #expect(replayed.counts == ["messages": 1])
        let message = try #require(
            try await desk.store.read { try $0.message(channel: "shop", externalID: "m1") })
        #expect(message.envelope == id)
        #expect(message.receivedAt == TestClock.start)
        let entry = try await desk.store.read { try $0.envelope(id) }
        #expect(entry?.outcome == .applied)
        #expect(entry?.reason == nil)
        let account = try #require(try await desk.accounts().first)
        #expect((account[.received], account[.messages], account[.quarantined]) == (1, 1, 0))
        #expect(try await desk.openLines().isEmpty)
        let urgencies = try await desk.store.read {
            try $0.rows("SELECT urgency FROM lanes", []).map { try $0.integer(0) }
        }
        #expect(urgencies == [Urgency.bulk.rawValue])
        let record = try await desk.store.read {
            try $0.deliveries(matching: DeliveryQuery(), limit: 9)
        }
        #expect(record.allSatisfy { $0.delivery.createdAt == desk.clock.now })
    }

    @Test("What was applied before is known, and a second replay moves no counter")
    func again() async throws {
        let desk = try await Desk()
        let body =
            #"[\#(Self.hello), {"kind": "edit", "id": "m9", "text": "x"}, {"kind": "typing", "id": "1"}]"#
        let id = try await quarantine(desk, body)
        let first = try #require(try await replayer(desk).replay(id))
        #expect(first.counts == ["messages": 1, "parked": 1, "filtered": 1])
        let before = try await desk.snapshot()
        for _ in 0..<2 {
            let again = try #require(try await replayer(desk).replay(id))
            #expect(again.counts == ["duplicates": 2, "filtered": 1])
            #expect((again.before, again.after) == (.applied, .applied))
        }
        #expect(try await desk.snapshot() == before)
        #expect(try await desk.openLines().isEmpty)
    }

    @Test("What a mended connector finds more in an applied envelope is taken and counted as received")
    func more() async throws {
        let desk = try await Desk()
        let envelope = Envelope.sample(body: "[\(Self.hello), {\"id\": \"m2\", \"author\": \"ada\", \"text\": \"b\"}]")
        _ = try await Intake(store: desk.store, wiring: desk.live.current.wiring).commit(
            Arrival(envelope: envelope, verifiedBy: "hmac", content: .events([try .message("m1", on: "ada")])))
        let replayed = try #require(try await replayer(desk).replay(envelope.id))
        #expect(replayed.counts == ["messages": 1, "duplicates": 1])
        let account = try #require(try await desk.accounts().first)
        #expect((account[.received], account[.messages], account[.duplicates]) == (2, 2, 0))
        #expect(try await desk.openLines().isEmpty)
    }

    @Test("Two changes of one moment stay as the later one left them")
    func moments() async throws {
        let desk = try await Desk()
        let time = TestClock.start
        try await desk.receive(.message("m1"))
        let wiring = desk.live.current.wiring
        var ids: [EnvelopeID] = []
        for (text, reaction) in [("one", "+"), ("two", "-")] {
            let body = #"""
                [{"kind": "edit", "id": "m1", "text": "\#(text)", "at": "\#(time.rfc3339)"},
                 {"kind": "reaction", "id": "m1", "reaction": "\#(reaction)", "author": {"id": "ada"},
                  "at": "\#(time.rfc3339)"}]
                """#
            let envelope = Envelope.sample(body: body)
            let events = try (try JSON(parsing: body).array ?? []).map { try InboundEvent(mapping: $0) }
            _ = try await Intake(store: desk.store, wiring: wiring).commit(
                Arrival(envelope: envelope, verifiedBy: "none", content: .events(events)))
            ids.append(envelope.id)
        }
        let before = try await desk.snapshot()
        #expect(try await replayer(desk).replay(ids[0])?.counts == ["duplicates": 2])
        #expect(try await replayer(desk).replay(ids[1])?.counts == ["duplicates": 2])
        #expect(try await desk.snapshot() == before)
    }

    @Test("A rehearsal tells what would be and changes nothing")
    func rehearsal() async throws {
        let desk = try await Desk()
        let good = try await quarantine(desk, Self.hello)
        let bad = try await quarantine(desk, "no JSON")
        let before = try await desk.snapshot()
        let replayed = try #require(try await replayer(desk, isRehearsal: true).replay(good))
        #expect((replayed.after, replayed.counts) == (.applied, ["messages": 1]))
        #expect(try await replayer(desk, isRehearsal: true).replay(bad)?.isFailing == true)
        try await replayer(desk, isRehearsal: true).note("all", actor: "test")
        #expect(try await desk.snapshot() == before)
    }

    @Test("An envelope that still cannot be mapped keeps its place with the new reason")
    func failing() async throws {
        let desk = try await Desk()
        let id = try await quarantine(desk, #"{"id": "m1", "text": "nobody wrote this"}"#)
        let replayed = try #require(try await replayer(desk).replay(id))
        #expect((replayed.isFailing, replayed.after) == (true, .quarantined))
        let entry = try #require(try await desk.store.read { try $0.envelope(id) })
        #expect(entry.outcome == .quarantined)
        #expect(entry.reason == replayed.reason)
        #expect(entry.reason != "receive.jq:3: no")
        #expect(try await desk.openLines().isEmpty)
    }

    @Test("An applied envelope that cannot be mapped any more stays applied")
    func worse() async throws {
        let desk = try await Desk()
        let envelope = Envelope.sample(body: "no JSON")
        _ = try await Intake(store: desk.store, wiring: desk.live.current.wiring).commit(
            Arrival(envelope: envelope, verifiedBy: "hmac", content: .events([try .message("m1")])))
        let before = try await desk.snapshot()
        let replayed = try #require(try await replayer(desk).replay(envelope.id))
        #expect((replayed.isFailing, replayed.after) == (true, .applied))
        #expect(try await desk.snapshot() == before)
    }

    @Test("What a poll fetched is mapped as a poll's item, whatever secret stood in an address")
    func items() async throws {
        let desk = try await Desk()
        let item = try await quarantine(
            desk, Self.hello, method: "POLL", target: "/channels/shop?poll=news&item=a%20b")
        #expect(try await replayer(desk).replay(item)?.counts == ["messages": 1])
        let posted = try await quarantine(
            desk, #"{"id": "m2", "author": "ada", "text": "x"}"#, target: "/channels/shop/‹secret›?token=‹secret›")
        #expect(try await replayer(desk).replay(posted)?.counts == ["messages": 1])
    }

    @Test("A CRM's quarantined callback goes out once, however often it is replayed")
    func callback() async throws {
        let desk = try await Desk()
        try await desk.receive(.message("m1"))
        let page = try await desk.call(.get, "/v1/conversations")
        let conversation = try #require(page.json["conversations"][0]["id"].string)
        let id = try await quarantine(
            desk, #"{"kind": "reply", "id": "c1", "conversation": "\#(conversation)", "text": "Good day"}"#,
            at: .contract("desk"))
        #expect(try await replayer(desk).replay(id)?.counts == ["changes": 1])
        #expect(try await replayer(desk).replay(id)?.counts == ["duplicates": 1])
        let sent = try await desk.store.read {
            try $0.deliveries(matching: DeliveryQuery(destination: Self.shop), limit: 9)
        }
        #expect(sent.count == 1)
        #expect(try await desk.openLines().isEmpty)
    }

    @Test("A replay of many goes from the oldest to the newest, in batches, past those that fail")
    func many() async throws {
        let desk = try await Desk()
        for number in 1...40 {
            let text = number % 10 == 0 ? "no JSON" : #"{"id": "m\#(number)", "author": "ada", "text": "\#(number)"}"#
            _ = try await quarantine(desk, text)
            desk.clock.advance(by: .seconds(1))
        }
        _ = try await quarantine(desk, Self.hello, at: .contract("desk"))
        let seen = Mutex<[Replayed]>([])
        try await replayer(desk).replay(JournalFilter(endpoint: Self.shop, outcome: .quarantined)) { one in
            seen.withLock { $0.append(one) }
        }
        let all = seen.withLock { $0 }
        #expect(all.count == 40)
        #expect(all.count(where: \.isFailing) == 4)
        #expect(all.map(\.envelope) == all.map(\.envelope).sorted())
        #expect(try await desk.store.read { try $0.envelopeCount(JournalFilter(outcome: .quarantined)) } == 5)
        #expect(try await desk.openLines().isEmpty)
    }

    @Test("A time narrows a replay to what came in then")
    func times() async throws {
        let desk = try await Desk()
        var ids: [EnvelopeID] = []
        for _ in 0..<4 {
            ids.append(try await quarantine(desk, "no JSON"))
            desk.clock.advance(by: .seconds(10))
        }
        let (since, until) = (TestClock.start + .seconds(10), TestClock.start + .seconds(30))
        let page = try await replayer(desk).page(JournalFilter(since: since, until: until), after: nil, limit: 9)
        #expect(page.map(\.envelope) == [ids[1], ids[2]])
        let next = try await replayer(desk).page(JournalFilter(since: since), after: ids[1], limit: 9)
        #expect(next.map(\.envelope) == [ids[2], ids[3]])
    }

    @Test("An envelope of a channel that is no longer configured fails, and what is not there is told")
    func unknown() async throws {
        let desk = try await Desk()
        let id = try await quarantine(desk, Self.hello, at: .channel("gone"))
        #expect(try await replayer(desk).replay(id)?.reason == "channel:gone is not configured")
        #expect(try await replayer(desk).replay(EnvelopeID(at: TestClock.start)) == nil)
    }
}
