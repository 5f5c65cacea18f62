// Replies by our API: who may ask, and what the key promises.

import Model
import Testing

extension EndToEnd {
    @Suite("Replies by API")
    struct ReplyCalls {
        @Test("One key gives one answer, however often it is asked; another body under it is refused")
        func keys() async throws {
            let house = try await House()
            let gateway = try await house.open()
            let path = "/v1/conversations/\(try await house.converse(with: gateway))/replies"
            let client = gateway.client
            let first = try await client.send(house.call("POST", path, key: "key-1", json: ["text": "Hello Ada"]))
            #expect(first.status == 202)
            #expect(first.json["state"] == "pending")
            let again = try await client.send(house.call("POST", path, key: "key-1", json: ["text": "Hello Ada"]))
            #expect(again.status == 202)
            #expect(again.body == first.body)
            let spaced = house.call("POST", path, key: "key-1")
            var sameInOtherWords = spaced
            sameInOtherWords.body = Array(#"{ "text" : "Hello Ad\u0061" }"#.utf8)
            #expect(try await client.send(sameInOtherWords).body == first.body)
            let other = try await client.send(house.call("POST", path, key: "key-1", json: ["text": "Something else"]))
            #expect(other.status == 409)
            #expect(other.json["code"] == "idempotency-key-reused")
            let second = try await client.send(house.call("POST", path, key: "key-2", json: ["text": "Hello Ada"]))
            #expect(second.status == 202)
            #expect(second.json["message"] != first.json["message"])
            try await house.crm.requests.wait(for: 2, "message.sent") { $0.type == "samtal.message.sent" }
            #expect(house.network.requests.items.map { $0.json["text"].string } == ["Hello Ada", "Hello Ada"])
        }

        @Test("A key's answer outlives a kill -9")
        func keysLast() async throws {
            let house = try await House()
            let first = try await house.open()
            let path = "/v1/conversations/\(try await house.converse(with: first))/replies"
            let call = house.call("POST", path, key: "key-1", json: ["text": "Hello Ada"])
            let answer = try await first.client.send(call)
            try await first.kill()
            let second = try await house.open()
            #expect(try await second.client.send(call).body == answer.body)
            #expect(try await StoreInspection(house).number("SELECT count(*) FROM messages") == 2)
        }

        @Test("Without a key, a token or the right scope nothing is sent")
        func refusals() async throws {
            let house = try await House()
            let gateway = try await house.open()
            let conversation = try await house.converse(with: gateway)
            let path = "/v1/conversations/\(conversation)/replies"
            let client = gateway.client
            func expect(_ request: WebRequest, _ status: Int, _ code: String) async throws {
                let answer = try await client.send(request)
                #expect(answer.status == status, "\(answer)")
                #expect(answer.json["code"].string == code, "\(answer)")
                #expect(answer.mediaType == "application/problem+json")
            }
            let body: JSON = ["text": "Hello"]
            try await expect(house.call("POST", path, json: body), 400, "idempotency-key-missing")
            try await expect(house.call("POST", path, key: "", json: body), 400, "idempotency-key-missing")
            let long = String(repeating: "k", count: 256)
            try await expect(house.call("POST", path, key: long, json: body), 400, "idempotency-key-missing")
            try await expect(WebRequest("POST", path, json: body), 401, "no-token")
            try await expect(house.call("POST", path, token: "sam_wrong", key: "k", json: body), 401, "unknown-token")
            let reader = house.readerToken
            try await expect(house.call("POST", path, token: reader, key: "k", json: body), 403, "scope-missing")
            try await expect(house.call("GET", "/v1/deliveries", token: reader), 403, "scope-missing")
            #expect(try await client.send(house.call("GET", "/v1/conversations", token: reader)).status == 200)
            #expect(try await StoreInspection(house).number("SELECT count(*) FROM messages") == 1)
            #expect(house.network.requests.items.isEmpty)
        }
    }
}
