// Two gateways on one database: whatever comes in at one goes on at the other.

import Model
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Two gateways on one database", .enabled(if: PostgreSQLServer.isThere))
    struct TwoGateways {
        @Test("A message comes in at one, its reply at the other, each of them again at both, and all is done once")
        func roundTrip() async throws {
            let house = try await House(on: .postgresql)
            let (one, other) = (try await house.open(), try await house.open())
            let message = try House.message("m-1", from: "ada", "Where is my order?")
            for gateway in [one, other] { #expect(try await gateway.client.send(message).status == 200) }
            let told = try await house.crm.requests.wait(for: "three events") { $0.count >= 3 }
            #expect(told.map(\.type) == Hallway.opening)
            let conversation = try #require(told[0].json["subject"].string)
            try await answer(conversation, house, through: [other, one])
            let sent = try await house.crm.requests.wait(for: 1, "message.sent") { $0.type == "samtal.message.sent" }
            #expect(sent[0].json["data"]["message"]["source"] == ["endpoint": "contract:desk", "id": "note-1"])
            #expect(house.network.requests.items.count == 1)

            #expect(try await one.stop() == 0)
            let second = try House.message("m-2", from: "ada", "Hello?")
            #expect(try await other.client.send(second).status == 200)
            let third = try await house.open()
            #expect(try await third.client.send(try House.message("m-3", from: "ada", "Thank you")).status == 200)
            let received = try await house.crm.requests.wait(for: 3, "messages") {
                $0.type == "samtal.message.received"
            }
            #expect(received.map { $0.json["data"]["message"]["external_id"] } == ["m-1", "m-2", "m-3"])
            #expect(Set(house.crm.requests.items.map { $0.json["subject"] }) == [.string(conversation)])
            let list = try await other.client.send(house.call("GET", "/v1/conversations")).json
            #expect(list["conversations"].array?.count == 1)
            let account = try await Program.run("account", in: house.place.path)
            #expect(account.status == 0, "\(account.errors)")
            for gateway in [other, third] { #expect(try await gateway.stop() == 0) }
        }

        /// The agent answers once; the CRM tells each of these gateways, as it does when an answer of ours is lost.
        private func answer(
            _ conversation: String, _ house: House, through gateways: [GatewayProcess]
        ) async throws {
            let command: JSON = [
                "kind": "reply", "id": "note-1", "ticket": .string(House.ticket(of: conversation)),
                "text": "It left today.",
            ]
            for (number, gateway) in gateways.enumerated() {
                let callback = try Signed.webhook("/contracts/desk", command, id: "cmd-\(number)")
                // The ticket's name is known as soon as the event that brought it is recorded.
                var answer = try await gateway.client.send(callback)
                for _ in 0..<500 where answer.status == 404 { answer = try await gateway.client.send(callback) }
                #expect(answer.status == 200)
            }
            let replies = try await house.network.requests.wait(for: "the reply") { !$0.isEmpty }
            #expect(replies[0].json["text"] == "It left today.")
            #expect(try Signed.isValid(replies[0]))
        }
    }
}
