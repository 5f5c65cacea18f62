// What we send, judged by libraries that we did not write (Tests/requirements.txt).

import Model
import Signing
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Judged by others", .enabled(if: Python.isWanted, Python.missing))
    struct Independent {
        private static let secondKey = "whsec_c2FtcGxlIGtleSB0d28sIHRoaXJ0eS10d28gYnl0ZXM="

        private func judge(_ request: PeerRequest, secrets: [String]) async throws -> JSON {
            try await Python.judge(
                "verify_webhook.py",
                [
                    "headers": .object(request.headers.mapValues { .string($0) }),
                    "body": .string(String(decoding: request.body, as: UTF8.self)),
                    "secrets": .array(secrets.map { .string($0) }),
                    "schemas": .string(Repository.path + "/contracts/schema"),
                ])
        }

        /// Makes events of every kind that a webhook channel and a contract's commands can cause.
        private func eventsOfEveryKind(_ house: House, _ gateway: GatewayProcess) async throws -> [PeerRequest] {
            let conversation = try await house.converse(with: gateway)
            let ticket = JSON.string(House.ticket(of: conversation))
            func channel(_ json: JSON) async throws {
                let id = json["kind"].string ?? ""
                #expect(try await gateway.client.send(try Signed.webhook("/channels/shop", json, id: id)).status == 200)
            }
            func contract(_ json: JSON) async throws {
                let answer = try await gateway.client.send(try Signed.webhook("/contracts/desk", json))
                #expect(answer.status == 200, "\(answer)")
            }
            func told(_ type: String) async throws {
                try await house.crm.requests.wait(for: 1, type) { $0.type == "samtal.\(type)" }
            }
            try await channel([
                "id": "with-file", "author": ["id": "ada", "name": "Ada", "phone": "+4799999999"], "text": "Look 📦",
                "files": [["reference": "f-1", "name": "box.jpg", "type": "image/jpeg", "size": 1234]],
                "at": "2026-01-02T03:04:05+01:00", "language": "en", "fields": ["order": 17],
            ])
            try await channel(["kind": "edit", "id": "with-file", "text": "Look here"])
            try await channel(["kind": "reaction", "id": "with-file", "author": "ada", "reaction": "👍"])
            try await channel(["kind": "delete", "id": "with-file"])
            try await contract(["kind": "reply", "id": "r-1", "ticket": ticket, "text": "Hello", "agent": ["id": 7]])
            try await told("message.sent")
            let reply = try #require(house.network.requests.items.first?.json["message"].string)
            for receipt in ["delivered", "read", "failed"] {
                try await channel([
                    "kind": "receipt", "id": .string("net-\(reply)"), "receipt": .string(receipt), "reason": "made up",
                ])
            }
            try await contract(["kind": "note", "id": "n-1", "ticket": ticket, "text": "VIP"])
            let path = "/v1/conversations/\(conversation)/replies"
            let call = house.call("POST", path, key: "k", json: ["text": "Hi", "agent": ["id": "8", "name": "Kim"]])
            #expect(try await gateway.client.send(call).status == 202)
            // The contract is not told of what it just did itself: the customer opens it again.
            try await contract(["kind": "close", "id": "c-1", "ticket": ticket])
            try await channel(["id": "again", "author": "ada", "text": "One more thing"])
            try await told("conversation.reopened")
            return house.crm.requests.items
        }

        @Test("Every event verifies as a Standard Webhook, parses as a CloudEvent and fits the schema of its type")
        func events() async throws {
            let house = try await House()
            let gateway = try await house.open()
            let events = try await eventsOfEveryKind(house, gateway)
            let types = Set(events.map(\.type))
            for type in [
                "person.created", "conversation.opened", "conversation.reopened", "message.received", "message.sent",
                "message.delivered", "message.read", "message.edited", "message.deleted", "message.reacted",
            ] {
                #expect(types.contains("samtal.\(type)"), "\(types.sorted())")
            }
            for event in events {
                let attributes = try await judge(event, secrets: [House.key])
                #expect(attributes["id"].string == event.webhookID)
                #expect(attributes["type"].string == event.type)
                #expect(attributes["specversion"] == "1.0")
            }
        }

        @Test("A body changed on the way, or another key, is found out")
        func changed() async throws {
            let house = try await House()
            let gateway = try await house.open()
            _ = try await house.converse(with: gateway)
            let event = try #require(house.crm.requests.items.first)
            let changed = PeerRequest(
                method: event.method, target: event.target, headers: event.headers, body: event.body + [0x20])
            await #expect(throws: Python.Refusal.self) { try await judge(changed, secrets: [House.key]) }
            await #expect(throws: Python.Refusal.self) { try await judge(event, secrets: [Self.secondKey]) }
            await #expect(throws: Python.Refusal.self) { try await judge(event, secrets: []) }
        }

        @Test("While two secrets stand in the list, receivers with either one verify")
        func rotation() async throws {
            let house = try await House()
            let both = house.configuration(contractKeys: "[\"\(Self.secondKey)\", \"\(House.key)\"]")
            try house.place.write(both, to: "samtal.yaml")
            let gateway = try await house.open()
            #expect(try await gateway.client.send(try House.message("1", from: "ada", "Hello")).status == 200)
            let event = try await house.crm.requests.wait(for: "an event") { !$0.isEmpty }[0]
            #expect(event.headers["webhook-signature"]?.split(separator: " ").count == 2)
            _ = try await judge(event, secrets: [House.key, Self.secondKey])
        }

        @Test("While pairs take a secret's place, receivers with the old secret and with either public key verify")
        func pairs() async throws {
            let house = try await House()
            let pairs = [Ed25519Key.make(), Ed25519Key.make()]
            let mine = pairs.map { "whsk_" + BinaryText.base64.encode($0) }
            let published = pairs.map { "whpk_" + BinaryText.base64.encode(Array($0.suffix(32))) }
            let theirs = Ed25519Key.make()
            let keys = mine + ["whpk_" + BinaryText.base64.encode(Array(theirs.suffix(32))), House.key]
            let list = keys.map { "\"\($0)\"" }.joined(separator: ", ")
            try house.place.write(house.configuration(contractKeys: "[\(list)]"), to: "samtal.yaml")
            let gateway = try await house.open()
            #expect(try await gateway.client.send(try House.message("1", from: "ada", "Hello")).status == 200)
            let event = try await house.crm.requests.wait(for: "an event") { !$0.isEmpty }[0]
            let signatures = event.headers["webhook-signature"]?.split(separator: " ") ?? []
            #expect(signatures.map { $0.prefix { $0 != "," } } == ["v1a", "v1a", "v1"])
            _ = try await judge(event, secrets: published + [House.key])
            let stranger = "whpk_" + BinaryText.base64.encode(Array(theirs.suffix(32)))
            await #expect(throws: Python.Refusal.self) { try await judge(event, secrets: [stranger]) }
            // What the other side signs with its own pair is read (there is no such ticket); with ours it is not.
            let command: JSON = ["kind": "note", "id": "n-1", "ticket": "none", "text": "VIP"]
            for (pair, status) in [(theirs, 404), (pairs[0], 401)] {
                let key = "whsk_" + BinaryText.base64.encode(pair)
                let call = try Signed.webhook("/contracts/desk", command.bytes, key: key)
                #expect(try await gateway.client.send(call).status == status)
            }
        }
    }
}
