// What networks do when they are in doubt: everything twice, and everything at once.

import Model
import Testing

extension EndToEnd {
    @Suite("At one moment")
    struct Parallel {
        @Test("Twenty copies of one webhook in parallel make one message")
        func copies() async throws {
            let house = try await House()
            let gateway = try await house.open()
            let request = try House.message("only", from: "ada", "Hello")
            let answers = try await gateway.client.sendAtOnce(Array(repeating: request, count: 20))
            #expect(answers.map { $0?.status } == Array(repeating: 200, count: 20))
            // A message after them: when the CRM has it, it has had everything that the copies made.
            #expect(try await gateway.client.send(try House.message("last", from: "ada", "Bye")).status == 200)
            let told = try await house.crm.requests.wait(for: "the last message") { requests in
                requests.contains { $0.json["data"]["message"]["external_id"] == "last" }
            }
            #expect(told.map(\.type) == Hallway.opening + ["samtal.message.received"])
            let store = StoreInspection(house)
            #expect(try await store.number("SELECT count(*) FROM messages") == 2)
            #expect(try await store.number("SELECT count(*) FROM envelopes") == 21)
            #expect(try await store.number("SELECT count(*) FROM envelopes WHERE outcome = 'duplicate'") == 19)
            #expect(try await store.damage() == [])
        }

        @Test("Two first messages of a new customer in parallel make one person and one conversation")
        func firstMessages() async throws {
            let house = try await House()
            let gateway = try await house.open()
            let customers = 25
            for customer in 0..<customers {
                let answers = try await gateway.client.sendAtOnce([
                    try House.message("\(customer)-a", from: "c\(customer)", "Hello"),
                    try House.message("\(customer)-b", from: "c\(customer)", "Are you there?"),
                ])
                #expect(answers.map { $0?.status } == [200, 200])
            }
            let store = StoreInspection(house)
            #expect(try await store.number("SELECT count(*) FROM conversations") == customers)
            #expect(try await store.number("SELECT count(*) FROM people") == customers)
            #expect(try await store.number("SELECT count(*) FROM identities") == customers)
            #expect(try await store.number("SELECT count(*) FROM messages") == 2 * customers)
            let told = try await house.crm.requests.wait(for: 2 * customers, "message.received") { request in
                request.type == "samtal.message.received"
            }
            #expect(Set(told.compactMap { $0.json["subject"].string }).count == customers)
        }

        @Test("One reply asked for ten times in parallel under one key is one reply with one answer")
        func replies() async throws {
            let house = try await House()
            let gateway = try await house.open()
            let conversation = try await house.converse(with: gateway)
            let call = house.call("POST", "/v1/conversations/\(conversation)/replies", key: "k", json: ["text": "Hi"])
            let answers = try await gateway.client.sendAtOnce(Array(repeating: call, count: 10))
            #expect(answers.map { $0?.status } == Array(repeating: 202, count: 10))
            #expect(Set(answers.map { $0?.json }).count == 1)
            try await house.crm.requests.wait(for: 1, "message.sent") { $0.type == "samtal.message.sent" }
            #expect(house.network.requests.items.count == 1)
        }
    }
}

extension House {
    /// A customer writes.
    /// - Returns: the conversation, once the CRM knows of it.
    func converse(with gateway: GatewayProcess, as author: String = "ada") async throws -> String {
        let taken = try await gateway.client.send(try Self.message("first-of-\(author)", from: author, "Hello"))
        #expect(taken.status == 200)
        let told = try await crm.requests.wait(for: 1, "the message of \(author)") { request in
            request.json["data"]["message"]["external_id"].string == "first-of-\(author)"
        }
        return try #require(told[0].json["subject"].string)
    }
}
