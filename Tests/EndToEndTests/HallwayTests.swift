// The whole way: a customer's message in, a ticket out, the agent's answer back, and what became of it.

import Model
import TestSupport
import Testing

extension EndToEnd {
    @Suite("The hallway")
    struct Hallway {
        /// What the CRM is told of a first message, in this order.
        static let opening = ["samtal.person.created", "samtal.conversation.opened", "samtal.message.received"]

        @Test(
            "A signed message becomes a ticket, and the agent's answer comes back where the customer wrote",
            arguments: Backend.durable)
        func roundTrip(backend: Backend) async throws {
            let house = try await House(on: backend)
            let gateway = try await house.open()
            let told = try await write(house, gateway)
            let conversation = try #require(told[0].json["subject"].string)
            try await answer(house, gateway, conversation)
            try await confirm(house, gateway)
            try await expectAPI(house, gateway, conversation)
            try await expectCommands(house, gateway, conversation)
            #expect(try await gateway.stop() == 0)
        }

        /// The customer writes; the CRM is told.
        private func write(_ house: House, _ gateway: GatewayProcess) async throws -> [PeerRequest] {
            let message: JSON = [
                "id": "order-17", "author": ["id": "ada", "name": "Ada", "email": "ada@example.org"],
                "text": "Where is my order?",
            ]
            let taken = try await gateway.client.send(try Signed.webhook("/channels/shop", message))
            #expect(taken.status == 200)
            let told = try await house.crm.requests.wait(for: "three events") { $0.count >= 3 }
            #expect(told.map(\.type) == Self.opening)
            for event in told {
                #expect(try Signed.isValid(event), "\(event)")
                #expect(event.headers["idempotency-key"] == event.webhookID)
                #expect(event.json["id"].string == event.webhookID)
                #expect(event.json["source"] == "https://samtal.example.com")
            }
            let data = told[2].json["data"]
            #expect(data["message"]["text"] == "Where is my order?")
            #expect(data["message"]["external_id"] == "order-17")
            #expect(data["person"]["email"] == "ada@example.org")
            // The first answer named the ticket, so the next event carries it.
            let subject = try #require(told[0].json["subject"].string)
            #expect(told[0].json["ticket"] == .null)
            #expect(told[2].json["ticket"].string == House.ticket(of: subject))
            return told
        }

        /// The agent answers in the CRM; the network gets it.
        private func answer(_ house: House, _ gateway: GatewayProcess, _ conversation: String) async throws {
            try await gateway.logged("delivered", "outcome=ok", "destination=contract:desk")
            let command: JSON = [
                "kind": "reply", "id": "note-9", "ticket": .string(House.ticket(of: conversation)),
                "text": "It left today.", "agent": ["id": "7", "name": "Kim"],
            ]
            let callback = try await gateway.client.send(try Signed.webhook("/contracts/desk", command, id: "cmd-1"))
            #expect(callback.status == 200)
            #expect(callback.json == ["accepted": true])
            let sent = try await house.network.requests.wait(for: "the reply") { !$0.isEmpty }[0]
            #expect(sent.target == "/replies")
            #expect(try Signed.isValid(sent))
            #expect(sent.json["text"] == "It left today.")
            #expect(sent.json["thread"] == "ada")
            #expect(sent.json["author"]["name"] == "Kim")
            // The same command again is no second reply: the CRM is told once, the network hears it once.
            let again = try await gateway.client.send(try Signed.webhook("/contracts/desk", command, id: "cmd-2"))
            #expect(again.status == 200)
            let event = try await house.crm.requests.wait(for: 1, "message.sent") { request in
                request.type == "samtal.message.sent"
            }[0]
            #expect(event.json["data"]["message"]["source"] == ["endpoint": "contract:desk", "id": "note-9"])
            #expect(event.json["data"]["message"]["state"] == "sent")
        }

        /// The network reports what became of the reply; the CRM is told in order.
        private func confirm(_ house: House, _ gateway: GatewayProcess) async throws {
            let sent = try await house.network.requests.wait(for: "the reply") { !$0.isEmpty }[0]
            let name = try #require(sent.json["message"].string)
            for receipt in ["delivered", "read"] {
                let report: JSON = ["kind": "receipt", "id": .string("net-\(name)"), "receipt": .string(receipt)]
                let taken = try await gateway.client.send(
                    try Signed.webhook("/channels/shop", report, id: "receipt-\(receipt)"))
                #expect(taken.status == 200)
            }
            let events = try await house.crm.requests.wait(for: 1, "message.read") { $0.type == "samtal.message.read" }
            #expect(events[0].json["data"]["message"]["id"].string == name)
            let types = house.crm.requests.items.map(\.type)
            #expect(
                types == Self.opening + ["samtal.message.sent", "samtal.message.delivered", "samtal.message.read"])
            #expect(house.network.requests.items.count == 1)
        }

        private func expectAPI(_ house: House, _ gateway: GatewayProcess, _ conversation: String) async throws {
            let list = try await gateway.client.send(house.call("GET", "/v1/conversations")).json
            #expect(list["conversations"].array?.map { $0["id"].string } == [conversation])
            let one = try await gateway.client.send(house.call("GET", "/v1/conversations/\(conversation)")).json
            #expect(one["person"]["name"] == "Ada")
            #expect(one["legs"][0]["channel"] == "shop")
            #expect(one["tickets"][0]["id"].string == House.ticket(of: conversation))
            let page = try await gateway.client.send(
                house.call("GET", "/v1/conversations/\(conversation)/messages")
            ).json
            let messages = page["messages"].array ?? []
            #expect(messages.map { $0["direction"].string } == ["inbound", "outbound"])
            #expect(messages.last?["state"] == "read")
            #expect(messages.last?["text"] == "It left today.")
        }

        /// `explain` and `deliveries` look into the store beside the running gateway.
        private func expectCommands(_ house: House, _ gateway: GatewayProcess, _ conversation: String) async throws {
            let events = house.crm.requests.items
            let inbound = try #require(events[2].json["data"]["message"]["id"].string)
            let ticket = House.ticket(of: conversation)
            let explained = try await Program.run("explain", inbound, in: house.place.path)
            #expect(explained.status == 0)
            for part in [
                "1 arrived    env_", "2 verified   by standard_webhooks", "3 mapped     to \(inbound), there order-17",
                "4 belongs to \(conversation)", "the first message of this person", "5 ticket     \(ticket) at desk",
                "6 delivery   \(events[2].webhookID) samtal.message.received to contract:desk: delivered",
                "attempt 1 at", "POST \(house.crm.url)/events → status 200",
            ] {
                #expect(explained.output.contains(part), "no \"\(part)\" in\n\(explained.output)")
            }
            let reply = try #require(events[3].json["data"]["message"]["id"].string)
            let other = try await Program.run("explain", reply, in: house.place.path).output
            #expect(other.contains("state read"), "\(other)")
            #expect(other.contains("to channel:shop: delivered"), "\(other)")

            // The last attempt is recorded after the CRM's answer: the log tells when.
            try await gateway.logged("delivered", "delivery=\(try #require(events.last?.webhookID))")
            let listed = try await Program.run("deliveries", "list", "--json", in: house.place.path)
            #expect(listed.status == 0)
            let deliveries = try JSON(parsing: listed.output).array ?? []
            #expect(deliveries.count == 7)
            #expect(deliveries.allSatisfy { $0["state"] == "delivered" }, "\(listed.output)")

            let account = try await Program.run("account", in: house.place.path)
            #expect(account.status == 0, "\(account.errors)")
        }

        @Test("A CRM that fails in every way is told everything, in order and once by id", arguments: Backend.durable)
        func badDays(backend: Backend) async throws {
            let number = Recording<Int>()
            let house = try await House(
                on: backend,
                crm: { request in
                    number.add(1)
                    switch number.items.count {
                    case 1: return .answer(500)
                    case 2: return .reset
                    case 3: return .answer(429, headers: [HeaderField("retry-after", "1")])
                    case 4: return .leave
                    case 5: return .later(.milliseconds(200), .answer(503))
                    default: return House.nameTicket(request)
                    }
                })
            let gateway = try await house.open()
            #expect(try await gateway.client.send(try House.message("1", from: "ada", "Hello")).status == 200)
            let requests = try await house.crm.requests.wait(for: "all attempts") { $0.count >= 8 }
            #expect(requests.map(\.type) == Array(repeating: Self.opening[0], count: 5) + Self.opening)
            #expect(Set(requests.prefix(6).map(\.webhookID)).count == 1)
            #expect(Set(requests.map(\.webhookID)).count == 3)
            let times = requests.compactMap { $0.headers["webhook-timestamp"].flatMap(Int64.init) }
            #expect(times[3] - times[2] >= 1, "Retry-After is kept: \(times)")
        }

        @Test(
            "An event whose answer a kill -9 cut off is sent again under the same id", arguments: Backend.durable)
        func cutOff(backend: Backend) async throws {
            let isMute = Recording<Bool>()
            let house = try await House(on: backend, crm: { isMute.items.isEmpty ? .hang : House.nameTicket($0) })
            let first = try await house.open()
            #expect(try await first.client.send(try House.message("1", from: "ada", "Hello")).status == 200)
            try await house.crm.requests.wait(for: "the first event") { !$0.isEmpty }
            try await first.kill()
            isMute.add(false)
            let second = try await house.open()
            let requests = try await house.crm.requests.wait(for: "all events") { $0.count >= 4 }
            #expect(requests.map(\.type) == [Self.opening[0]] + Self.opening)
            #expect(requests[0].webhookID == requests[1].webhookID)
            #expect(try await second.stop() == 0)
        }
    }
}
