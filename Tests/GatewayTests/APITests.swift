import HTTPTypes
import Model
import Storage
import TestSupport
import Testing

@testable import Gateway

@Suite("Calls of the API", .timeLimit(.minutes(2)))
struct APITests {
    private static let replies = "/v1/conversations/{id}/replies"

    /// A gateway to which a customer wrote, and the conversation's id.
    private func greeted() async throws -> (Desk, String) {
        let desk = try await Desk()
        try await desk.receive(.message("m1"))
        let page = try await desk.call(.get, "/v1/conversations")
        return (desk, try #require(page.json["conversations"][0]["id"].string))
    }

    @Test("A reply is accepted once for each key, and the same call gets the same answer")
    func idempotency() async throws {
        let (desk, id) = try await greeted()
        let first = try await desk.call(.post, Self.replies, id: id, key: "k1", body: ["text": "Good day"])
        #expect(first.status == .accepted)
        desk.clock.advance(by: .seconds(3600))
        let again = try await desk.call(.post, Self.replies, id: id, key: "k1", body: ["text": "Good day"])
        #expect(again.json == first.json)
        #expect(again.status == .accepted)
        let sent = try await desk.call(.get, "/v1/deliveries", query: ["destination": "channel:shop"])
        #expect(sent.json["deliveries"].array?.count == 1)
        let other = try await desk.problem {
            try await desk.call(.post, Self.replies, id: id, key: "k1", body: ["text": "Other words"])
        }
        #expect(other == "409 idempotency-key-reused")
        let second = try await desk.call(.post, Self.replies, id: id, key: "k2", body: ["text": "Good day"])
        #expect(second.json["message"] != first.json["message"])
    }

    @Test("A call that was refused is forgotten: its key may be used again")
    func refusedKey() async throws {
        let (desk, id) = try await greeted()
        let refused = try await desk.problem {
            try await desk.call(
                .post, Self.replies, id: id, key: "k1", body: ["text": "x", "visibility": "public"])
        }
        #expect(refused == "422 visibility")
        #expect(try await desk.call(.post, Self.replies, id: id, key: "k1", body: ["text": "x"]).status == .accepted)
    }

    @Test(
        "A reply that cannot be read is refused",
        arguments: [
            ([:], "400 bad-body"), (["text": ""], "400 bad-body"), (["text": 5], "400 bad-body"), ([], "400 bad-body"),
            (["text": "x", "kind": "close"], "400 bad-body"), (["text": "x", "id": "1"], "400 bad-body"),
            (["text": "x", "txt": "y"], "400 bad-body"), (["text": "x", "leg": "leg_1"], "400 bad-body"),
        ] as [(JSON, String)])
    func badBodies(body: JSON, expected: String) async throws {
        let (desk, id) = try await greeted()
        let found = try await desk.problem { try await desk.call(.post, Self.replies, id: id, key: "k1", body: body) }
        #expect(found == expected)
    }

    @Test(
        "A reply without a key, or with one that is too long, is refused",
        arguments: [nil, "", String(repeating: "k", count: 256)])
    func keys(key: String?) async throws {
        let (desk, id) = try await greeted()
        let found = try await desk.problem {
            try await desk.call(.post, Self.replies, id: id, key: key, body: ["text": "x"])
        }
        #expect(found == "400 idempotency-key-missing")
    }

    @Test("What is not there is not found")
    func notFound() async throws {
        let (desk, _) = try await greeted()
        let ids = ["con_1", "", ConversationID(at: TestClock.start).text, DeliveryID(at: TestClock.start).text]
        for id in ids {
            for path in ["/v1/conversations/{id}", "/v1/conversations/{id}/messages", "/v1/deliveries/{id}"] {
                #expect(try await desk.problem { try await desk.call(.get, path, id: id) } == "404 not-found")
            }
            let reply = try await desk.problem {
                try await desk.call(.post, Self.replies, id: id, key: "k", body: ["text": "x"])
            }
            #expect(reply == "404 not-found")
            let retry = try await desk.problem { try await desk.call(.post, "/v1/deliveries/{id}/retry", id: id) }
            #expect(retry == "404 not-found")
        }
    }

    @Test(
        "A parameter that cannot be read is refused",
        arguments: [
            ("/v1/conversations", "limit", "0"), ("/v1/conversations", "limit", "201"),
            ("/v1/conversations", "limit", "x"),
            ("/v1/conversations", "cursor", "con_1"), ("/v1/conversations", "status", "solved"),
            ("/v1/deliveries", "state", "lost"), ("/v1/deliveries", "destination", "desk"),
            ("/v1/deliveries", "cursor", "1"),
        ])
    func parameters(path: String, name: String, value: String) async throws {
        let (desk, _) = try await greeted()
        #expect(try await desk.problem { try await desk.call(.get, path, query: [name: value]) } == "400 bad-parameter")
    }

    @Test("Pages follow one another to the end, each message once")
    func pages() async throws {
        let (desk, id) = try await greeted()
        for number in 2...5 { try await desk.receive(.message("m\(number)")) }
        var (seen, cursor): ([String?], String?) = ([], nil)
        repeat {
            var query = ["limit": "2"]
            query["cursor"] = cursor
            let page = try await desk.call(.get, "/v1/conversations/{id}/messages", id: id, query: query).json
            seen += (page["messages"].array ?? []).map { $0["external_id"].string }
            cursor = page["next"].string
        } while cursor != nil
        #expect(seen == ["m1", "m2", "m3", "m4", "m5"])
    }

    @Test("Only a dead letter is retried")
    func retry() async throws {
        let (desk, _) = try await greeted()
        let page = try await desk.call(.get, "/v1/deliveries")
        let id = try #require(page.json["deliveries"][0]["id"].string.flatMap { DeliveryID($0) })
        let early = try await desk.problem { try await desk.call(.post, "/v1/deliveries/{id}/retry", id: id.text) }
        #expect(early == "409 not-failed")
        try await desk.store.write { transaction in
            try transaction.updateDelivery(
                DeliveryUpdate(id: id, state: .failed, isFailure: true, progress: 0, endedAt: TestClock.start))
        }
        let answer = try await desk.call(.post, "/v1/deliveries/{id}/retry", id: id.text)
        #expect(answer.status == .accepted)
        #expect(try await desk.store.read { try $0.delivery(id) }?.delivery.state == .pending)
    }
}
