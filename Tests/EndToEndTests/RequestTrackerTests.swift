// A real CRM, wired by its contract's folder alone: Request Tracker 5.

import Glibc
import Model
import Signing
import Testing

extension EndToEnd {
    @Suite("Request Tracker 5")
    struct RequestTrackerRoundTrip {
        /// A gateway with one channel, and one contract that is a real Request Tracker.
        private struct Desk {
            let place: Place
            let network: PeerServer
            let tracker: RequestTracker
            let gateway: GatewayProcess
            private let token = APIToken.mint()

            init() async throws {
                place = try Place()
                network = try PeerServer(House.nameReply)
                let port = try LocalSocket.freePort()
                tracker = try await RequestTracker(in: place, hook: "http://127.0.0.1:\(port)/contracts/desk")
                try place.write(
                    """
                    store: sqlite:samtal.db
                    listen: 127.0.0.1:\(port)
                    log: debug
                    connectors: {adapters: "\(Repository.path)/adapters", contracts: "\(Repository.path)/contracts"}
                    network: {allow: [127.0.0.0/8]}
                    tokens:
                      - {name: test, hash: "\(APIToken.hash(token))", scopes: ["conversations:read"]}
                    deliveries: {schedule: [200ms, 500ms, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s, 1s]}
                    channels:
                      shop:
                        adapter: webhook
                        settings: {secret: "\(House.key)", reply_url: "\(network.url)/replies"}
                    contracts:
                      desk:
                        contract: request-tracker
                        settings:
                          base_url: "http://127.0.0.1:\(tracker.port)"
                          token: "\(tracker.token)"
                          user: samtal
                          hook_secret: "\(RequestTracker.hookSecret)"
                          name: desk

                    """, to: "samtal.yaml")
                gateway = try await GatewayProcess(configuration: "samtal.yaml", in: place.path)
            }

            func write(_ id: String, _ text: String) async throws {
                let taken = try await gateway.client.send(try House.message(id, from: "ada", text))
                #expect(taken.status == 200)
            }

            /// The status of the only conversation, once the gateway has carried out `count` commands of the CRM.
            func status(after count: Int) async throws -> String? {
                try await gateway.log.wait(for: "\(count) commands to be carried out") { lines in
                    lines.count { $0.contains("endpoint=contract:desk") && $0.contains("outcome=applied") } >= count
                }
                let request = WebRequest(
                    "GET", "/v1/conversations", headers: [HeaderField("authorization", "Bearer \(token)")])
                return try await gateway.client.send(request).json["conversations"][0]["status"].string
            }

            /// Waits until `text` stands on a ticket: looks after each delivery that the gateway made.
            func said(_ text: String) async throws -> String {
                var seen = 0
                while true {
                    for ticket in try await tickets() {
                        guard let id = ticket["id"].string ?? ticket["id"].integer.map({ String($0) }) else { continue }
                        if try await correspondence(id).contains(where: { $0.contains(text) }) { return id }
                    }
                    let known = seen
                    let lines = try await gateway.log.wait(for: "\"\(text)\" to be delivered", within: .seconds(60)) {
                        $0.count(where: Self.isDelivery) > known
                    }
                    seen = lines.count(where: Self.isDelivery)
                }
            }

            private static let isDelivery: @Sendable (String) -> Bool = { line in
                line.contains(" delivered ") && line.contains("destination=contract:desk")
            }

            /// The tickets of the queue, as the agent sees them.
            func tickets() async throws -> [JSON] {
                let found = try await tracker.call(
                    "GET", "/REST/2.0/tickets?query=Queue='General'&fields=Subject,Status")
                return found.json["items"].array ?? []
            }

            /// What was said on a ticket so far.
            func correspondence(_ ticket: String) async throws -> [String] {
                let history = try await tracker.call(
                    "GET", "/REST/2.0/ticket/\(ticket)/attachments?fields=Content,ContentType&per_page=100")
                return (history.json["items"].array ?? [])
                    .filter { $0["ContentType"] == "text/plain" }.compactMap { $0["Content"].string }
            }
        }

        @Test("A ticket is made, grows, is answered, is closed in Request Tracker, and waits while it is down")
        func roundTrip() async throws {
            let desk = try await Desk()
            var server = try await desk.tracker.serve()
            defer { server.signal(SIGTERM) }

            // The customer's first message makes a ticket, the second goes to the same one.
            try await desk.write("m-1", "Where is my parcel?")
            let ticket = try await desk.said("Where is my parcel?")
            try await desk.write("m-2", "It has been två weeks 📦")
            #expect(try await desk.said("It has been två weeks 📦") == ticket)
            #expect(try await desk.tickets().count == 1)

            // The agent answers in Request Tracker; the customer gets it where they wrote.
            let answer: JSON = ["Content": "It left today. Grüße", "ContentType": "text/plain"]
            #expect(try await desk.tracker.call("POST", "/REST/2.0/ticket/\(ticket)/correspond", answer).status == 201)
            let reply = try await desk.network.requests.wait(for: "the reply") { !$0.isEmpty }[0]
            #expect(reply.json["text"] == "It left today. Grüße")
            #expect(reply.json["thread"] == "ada")

            // The agent resolves it: the conversation is closed; the customer writes again: it is open in both.
            #expect(
                try await desk.tracker.call("PUT", "/REST/2.0/ticket/\(ticket)", ["Status": "resolved"]).status == 200)
            #expect(try await desk.status(after: 2) == "closed")
            try await desk.write("m-3", "It came. Thank you!")
            #expect(try await desk.said("It came. Thank you!") == ticket)
            #expect(try await desk.tickets().map { $0["Status"].string } == ["open"])

            // Request Tracker goes down, the customer writes, it comes back: nothing is lost or doubled.
            server.signal(SIGTERM)
            _ = try await server.exit()
            try await desk.write("m-4", "One more thing")
            try await desk.gateway.logged("an attempt failed and will be made again")
            server = try await desk.tracker.serve()
            #expect(try await desk.said("One more thing") == ticket)
            let all = try await desk.correspondence(ticket)
            #expect(all.count { $0.contains("One more thing") } == 1)
            #expect(try await desk.tickets().count == 1)
            #expect(desk.network.requests.items.count == 1)
            #expect(try await desk.gateway.stop() == 0)
        }
    }
}
