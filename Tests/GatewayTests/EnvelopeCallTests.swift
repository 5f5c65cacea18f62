import Conversations
import HTTPTypes
import Model
import Storage
import TestSupport
import Testing

@testable import Gateway

@Suite("Calls of the API about the journal", .timeLimit(.minutes(2)))
struct EnvelopeCallTests {
    /// A gateway with envelopes in quarantine that it can map now.
    private func desk(_ count: Int) async throws -> (desk: Desk, ids: [String]) {
        let desk = try await Desk()
        let intake = Intake(store: desk.store, wiring: desk.live.current.wiring)
        var ids: [String] = []
        for number in 1...count {
            let envelope = Envelope.sample(
                at: desk.clock.now, body: #"{"id": "m\#(number)", "author": "ada", "text": "x"}"#)
            _ = try await intake.commit(Arrival(envelope: envelope, verifiedBy: "hmac", content: .quarantined("no")))
            ids.append(envelope.id.text)
            desk.clock.advance(by: .seconds(1))
        }
        return (desk, ids)
    }

    private func replay(_ desk: Desk, _ body: JSON) async throws -> JSON {
        try await desk.call(.post, "/v1/envelopes/replay", body: body).json
    }

    @Test("Envelopes are listed by what became of them, the newest first, without their bytes")
    func list() async throws {
        let (desk, ids) = try await desk(3)
        let page = try await desk.call(.get, "/v1/envelopes", query: ["limit": "2", "outcome": "quarantined"]).json
        #expect(page["envelopes"].array?.map { $0["id"].string } == [ids[2], ids[1]])
        #expect(page["envelopes"][0]["reason"] == "no")
        #expect(!page.text.contains("author"))
        let cursor = try #require(page["next"].string)
        let rest = try await desk.call(.get, "/v1/envelopes", query: ["cursor": cursor]).json
        #expect(rest["envelopes"].array?.map { $0["id"].string } == [ids[0]])
        let since = (TestClock.start + .seconds(1)).rfc3339
        let late = try await desk.call(.get, "/v1/envelopes", query: ["since": since, "endpoint": "channel:shop"]).json
        #expect(late["envelopes"].array?.count == 2)
    }

    @Test(
        "A filter that cannot be read is refused",
        arguments: [("outcome", "lost"), ("endpoint", "shop"), ("since", "yesterday"), ("cursor", "x")])
    func parameters(name: String, value: String) async throws {
        let (desk, _) = try await desk(1)
        let found = try await desk.problem { try await desk.call(.get, "/v1/envelopes", query: [name: value]) }
        #expect(found == "400 bad-parameter")
    }

    @Test("A dry run changes nothing; a run goes on page by page until nothing is left; a third finds nothing")
    func pages() async throws {
        let (desk, ids) = try await desk(3)
        let before = try await desk.snapshot()
        let dry = try await replay(desk, ["outcome": "quarantined", "dry_run": true])
        #expect(dry["envelopes"].array?.count == 3)
        #expect(try await desk.snapshot() == before)
        let first = try await replay(desk, ["outcome": "quarantined", "limit": 2])
        #expect(first["envelopes"].array?.map { $0["envelope"].string } == [ids[0], ids[1]])
        let after = try #require(first["next"].string)
        let second = try await replay(desk, ["outcome": "quarantined", "limit": 2, "after": .string(after)])
        #expect(second["envelopes"].array?.map { $0["after"].string } == ["applied"])
        #expect(second["next"] == .null)
        #expect(try await replay(desk, ["outcome": "quarantined"])["envelopes"] == [])
        #expect(try await desk.openLines().isEmpty)
    }

    @Test(
        "An order that cannot be read is refused",
        arguments: [
            [:], [], ["outcom": "applied"], ["outcome": "lost"], ["envelopes": []], ["envelopes": ["env_1"]],
            ["outcome": "applied", "limit": 101], ["outcome": "applied", "dry_run": "yes"],
            ["outcome": "applied", "after": "x"],
        ] as [JSON])
    func badOrders(body: JSON) async throws {
        let (desk, _) = try await desk(1)
        let found = try await desk.problem { try await desk.call(.post, "/v1/envelopes/replay", body: body) }
        #expect(found == "400 bad-body")
    }

    @Test("Named envelopes are replayed; one that is not there is not found")
    func named() async throws {
        let (desk, ids) = try await desk(2)
        let report = try await replay(desk, ["envelopes": [.string(ids[1])]])
        #expect(report["envelopes"][0]["counts"] == ["messages": 1])
        let nobody = EnvelopeID(at: TestClock.start).text
        let found = try await desk.problem {
            try await desk.call(.post, "/v1/envelopes/replay", body: ["envelopes": [.string(nobody)]])
        }
        #expect(found == "404 not-found")
    }
}
