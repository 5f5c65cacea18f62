import HTTPTypes
import Model
import Storage
import TestSupport
import Testing

@testable import Gateway

@Suite("Calls about many deliveries", .timeLimit(.minutes(2)))
struct DeliveryCallTests {
    private static let retry = "/v1/deliveries/retry"
    private static let cancel = "/v1/deliveries/cancel"

    /// A gateway whose deliveries to the desk failed with this reason, and how many there are.
    private func failed(_ reason: String = "status 422") async throws -> (Desk, Int) {
        let desk = try await Desk()
        try await desk.receive(.message("m1"))
        try await desk.receive(.message("m2"))
        let count = try await desk.store.write { transaction in
            let query = DeliveryQuery(destination: .contract("desk"))
            let records = try transaction.deliveries(matching: query, limit: 100)
            for record in records {
                try transaction.updateDelivery(
                    DeliveryUpdate(
                        id: record.delivery.id, state: .failed, isFailure: true, progress: 0,
                        endedAt: TestClock.start, outcome: "permanent", reason: reason))
            }
            return records.count
        }
        return (desk, count)
    }

    private func states(_ desk: Desk, of endpoint: Endpoint = .contract("desk")) async throws -> [DeliveryState] {
        try await desk.store.read { transaction in
            try transaction.deliveries(matching: DeliveryQuery(destination: endpoint), limit: 100).map(\.delivery.state)
        }
    }

    @Test("A query by body is counted by a dry run, then retried, and the second time there is nothing to do")
    func retry() async throws {
        let (desk, count) = try await failed()
        let body: JSON = ["reason": "422", "outcome": "permanent", "since": .string(TestClock.start.rfc3339)]
        var dry = body.object ?? [:]
        dry["dry_run"] = true
        let counted = try await desk.call(.post, Self.retry, body: .object(dry))
        #expect(counted.json["matched"].integer == Int64(count))
        #expect(counted.json["changed"] == 0)
        #expect(Set(try await states(desk)) == [.failed])
        let done = try await desk.call(.post, Self.retry, body: body)
        #expect(done.json["changed"].integer == Int64(count))
        #expect(Set(try await states(desk)) == [.pending])
        #expect(try await desk.call(.post, Self.retry, body: body).json["matched"] == 0)
    }

    @Test("The list takes the same filters as the body")
    func list() async throws {
        let (desk, count) = try await failed()
        let all = try await desk.call(.get, "/v1/deliveries", query: ["reason": "422", "kind": "event"])
        #expect(all.json["deliveries"].array?.count == count)
        let none = try await desk.call(
            .get, "/v1/deliveries",
            query: ["reason": "422", "until": TestClock.start.rfc3339, "type": "samtal.message.received"])
        #expect(none.json["deliveries"].array?.isEmpty == true)
    }

    @Test("A cancelled reply fails its message, and the CRM hears of it")
    func cancel() async throws {
        let desk = try await Desk()
        try await desk.receive(.message("m1"))
        let page = try await desk.call(.get, "/v1/conversations")
        let conversation = try #require(page.json["conversations"][0]["id"].string)
        let reply = try await desk.call(
            .post, "/v1/conversations/{id}/replies", id: conversation, key: "k", body: ["text": "Good day"])
        let done = try await desk.call(.post, Self.cancel, body: ["destination": "channel:shop"])
        #expect(done.json["changed"] == 1)
        #expect(try await states(desk, of: .channel("shop")) == [.cancelled])
        let id = try #require(reply.json["message"].string.flatMap { MessageID($0) })
        let message = try #require(try await desk.store.read { try $0.message(id) })
        #expect(message.state == .failed)
        #expect(message.stateReason == "cancelled by api:crm")
        let told = try await desk.call(.get, "/v1/deliveries", query: ["type": "samtal.message.failed"])
        #expect(told.json["deliveries"].array?.isEmpty == false)
    }

    @Test(
        "A body that names nothing, or something unknown, is refused and changes nothing",
        arguments: [
            "{}", #"{"dry_run": true}"#, #"{"all": false}"#, "[]", "x", #"{"stat": "failed"}"#,
            #"{"state": "lost"}"#, #"{"state": "delivered"}"#, #"{"ids": []}"#, #"{"ids": ["x"]}"#,
            #"{"since": "yesterday"}"#, #"{"all": "yes"}"#, #"{"reason": ""}"#, #"{"destination": "desk"}"#,
        ])
    func refused(body: String) async throws {
        let (desk, _) = try await failed()
        for path in [Self.retry, Self.cancel] {
            let problem = try await desk.problem {
                try await desk.call(.post, path, id: nil, query: [:], headers: [:], bytes: Array(body.utf8))
            }
            #expect(problem == "400 bad-body")
        }
        #expect(Set(try await states(desk)) == [.failed])
    }

    @Test("`all` means all, and ids are accounted for one by one")
    func ids() async throws {
        let (desk, count) = try await failed()
        let listed = try await desk.call(.get, "/v1/deliveries", query: ["destination": "contract:desk"])
        let id = try #require(listed.json["deliveries"][0]["id"].string)
        let unknown = DeliveryID(at: TestClock.start).text
        let one = try await desk.call(.post, Self.retry, body: ["ids": [.string(id), .string(unknown)]])
        #expect(one.json["changed"] == 1)
        #expect(one.json["unknown"] == [.string(unknown)])
        let rest = try await desk.call(.post, Self.retry, body: ["all": true])
        #expect(rest.json["changed"].integer == Int64(count - 1))
    }
}
