// What deliveries are compared with: the same client, the same posts, no outbox.

import ArgumentParser
import Model

/// `bench direct`: posts events one after the other in so many places at a time.
struct Direct: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Post events by the gateway's own client, without its outbox.")

    @Option(help: "Where to.") var url: String
    @Option(help: "How many posts.") var count = 20_000
    @Option(help: "How many at one time.") var parallel = 4

    func validate() throws {
        guard count > 0, parallel > 0 else { throw ValidationError("--count and --parallel are 1 or more") }
    }

    func run() async throws {
        let post = try SignedPost(url: url)
        defer { post.close() }
        let began = ContinuousClock.now
        let failures = await withTaskGroup(of: Int.self) { group in
            for place in 0..<parallel { group.addTask { await Self.carry(from: place, self, post) } }
            return await group.reduce(0, +)
        }
        let seconds = (ContinuousClock.now - began).seconds
        let result: JSON = [
            "count": .integer(Int64(count)), "failures": .integer(Int64(failures)), "seconds": .decimal(seconds),
        ]
        print(result.text)
    }

    /// Makes every post whose number is the place's.
    /// - Returns: how many were not answered with 2xx.
    private static func carry(from place: Int, _ order: Direct, _ post: SignedPost) async -> Int {
        var failures = 0
        for _ in stride(from: place, to: order.count, by: order.parallel) {
            let now = WallClock.system.now
            let id = DeliveryID(at: now)
            let status = await post.send(event(id, at: now), id: id.text, type: "application/cloudevents+json")
            if !(200...299).contains(status ?? 0) { failures += 1 }
        }
        return failures
    }

    /// An event as the generic webhook contract sends it.
    private static func event(_ id: DeliveryID, at time: Timestamp) -> JSON {
        let conversation = ConversationID(at: time).text
        return [
            "specversion": "1.0", "id": .string(id.text), "source": "https://samtal.example.com",
            "type": "samtal.message.received", "subject": .string(conversation), "time": .string(time.rfc3339),
            "datacontenttype": "application/json", "correlationid": .string(EnvelopeID(at: time).text),
            "data": [
                "conversation": [
                    "id": .string(conversation), "status": "open", "priority": "normal",
                    "subject": .string(Load.text), "opened_at": .string(time.rfc3339),
                    "updated_at": .string(time.rfc3339),
                ],
                "person": ["id": .string(PersonID(at: time).text), "name": "Customer 17"],
                "message": [
                    "id": .string(MessageID(at: time).text), "leg": .string(LegID(at: time).text), "channel": "shop",
                    "adapter": "webhook", "thread": "customer-17", "external_id": "order-17", "direction": "inbound",
                    "author": ["kind": "person", "name": "Customer 17"], "visibility": "private",
                    "format": "plain", "text": .string(Load.text), "at": .string(time.rfc3339),
                    "received_at": .string(time.rfc3339),
                ],
            ],
        ]
    }
}
