import Model
import Storage
import TestSupport
import Testing

@Suite("Deliveries in the store", .timeLimit(.minutes(2)))
struct DeliveryTests {
    private static let time = TestClock.start

    /// A message in `parts` parts, each with its delivery.
    private static func reply(
        of seed: Seed, parts: Int, correlation: String = "c", in transaction: any Transaction
    ) throws -> (message: Message, deliveries: [DeliveryID]) {
        let message = seed.outbound()
        try transaction.insertMessage(message)
        let deliveries = try (1...parts).map { part in
            try transaction.insertPart(part, of: message.id, channel: "shop", text: "part \(part)")
            return try transaction.enqueue(
                seed.reply(message.id, part: part, of: parts, correlation: correlation), at: time)
        }
        return (message, deliveries)
    }

    private static func fail(_ id: DeliveryID, in transaction: any Transaction) throws {
        try transaction.updateDelivery(
            DeliveryUpdate(
                id: id, state: .failed, isFailure: true, progress: 0, endedAt: time, outcome: "permanent", reason: "no")
        )
    }

    private func states(_ fresh: FreshStore, _ ids: [DeliveryID]) async throws -> [DeliveryState?] {
        try await fresh.store.read { transaction in try ids.map { try transaction.delivery($0)?.delivery.state } }
    }

    @Test("A delivery is kept with all that an attempt told of it", arguments: Backend.allCases)
    func updates(backend: Backend) async throws {
        let fresh = try await backend.make()
        let record = try await fresh.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            let id = try transaction.enqueue(seed.event(), at: Self.time)
            try transaction.updateDelivery(
                DeliveryUpdate(
                    id: id, state: .snoozed, isFailure: true, progress: 2, dueAt: Self.time + .seconds(5),
                    outcome: "transient", reason: "status 500", externalID: "x1"))
            try transaction.updateDelivery(
                DeliveryUpdate(id: id, state: .snoozed, progress: 2, outcome: "throttled"))
            return try transaction.delivery(id)
        }
        let delivery = try #require(record?.delivery)
        #expect(delivery.state == .snoozed)
        #expect(delivery.attempts == 2)
        #expect(delivery.failures == 1)
        #expect(delivery.progress == 2)
        #expect(record?.dueAt == Self.time + .seconds(5))
        #expect(record?.externalID == "x1")
        #expect(record?.outcome == "throttled")
        #expect(record?.reason == nil)
    }

    @Test(
        "A dead letter comes back with the later parts of its own message, and with nothing else",
        arguments: Backend.allCases)
    func revive(backend: Backend) async throws {
        let fresh = try await backend.make()
        // Two replies of one callback have one correlation.
        let (first, second) = try await fresh.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            let first = try Self.reply(of: seed, parts: 3, in: transaction)
            let second = try Self.reply(of: seed, parts: 2, in: transaction)
            for reply in [first, second] {
                try Self.fail(reply.deliveries[0], in: transaction)
                try transaction.cancelReplies(of: reply.message.id, because: .failed, at: Self.time)
            }
            return (first.deliveries, second.deliveries)
        }
        #expect(try await states(fresh, first + second) == [.failed, .cancelled, .cancelled, .failed, .cancelled])
        try await fresh.store.write { transaction in
            guard let record = try transaction.delivery(first[0]) else { return }
            try transaction.revive(record.delivery, at: Self.time + .seconds(9))
        }
        #expect(try await states(fresh, first + second) == [.pending, .pending, .pending, .failed, .cancelled])
        let record = try await fresh.store.read { try $0.delivery(first[0]) }
        #expect(record?.delivery.failures == 0)
        #expect(record?.delivery.attempts == 1)
        #expect(record?.dueAt == Self.time + .seconds(9))
        #expect(record?.endedAt == nil)
    }

    @Test("A revived event brings no reply back", arguments: Backend.allCases)
    func reviveEvent(backend: Backend) async throws {
        let fresh = try await backend.make()
        let (event, cancelled) = try await fresh.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            let event = try transaction.enqueue(seed.event(), at: Self.time)
            let reply = try Self.reply(of: seed, parts: 2, in: transaction)
            try Self.fail(event, in: transaction)
            try transaction.cancelReplies(of: reply.message.id, because: .failed, at: Self.time)
            if let record = try transaction.delivery(event) { try transaction.revive(record.delivery, at: Self.time) }
            return (event, reply.deliveries)
        }
        #expect(try await states(fresh, [event] + cancelled) == [.pending, .cancelled, .cancelled])
    }

    @Test("Only what is still to be sent of a message is cancelled", arguments: Backend.allCases)
    func cancel(backend: Backend) async throws {
        let fresh = try await backend.make()
        let (mine, other) = try await fresh.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            let mine = try Self.reply(of: seed, parts: 4, in: transaction)
            let other = try Self.reply(of: seed, parts: 1, in: transaction)
            try transaction.updateDelivery(
                DeliveryUpdate(id: mine.deliveries[0], state: .delivered, progress: 1, endedAt: Self.time))
            try Self.fail(mine.deliveries[1], in: transaction)
            try transaction.updateDelivery(
                DeliveryUpdate(id: mine.deliveries[2], state: .snoozed, progress: 0, dueAt: Self.time))
            try transaction.cancelReplies(of: mine.message.id, because: .failed, at: Self.time)
            return (mine.deliveries, other.deliveries)
        }
        #expect(try await states(fresh, mine + other) == [.delivered, .failed, .cancelled, .cancelled, .pending])
        let record = try await fresh.store.read { try $0.delivery(mine[3]) }
        #expect(record?.reason == "an earlier part failed")
        #expect(record?.endedAt == Self.time)
    }

    @Test("Deliveries are listed the newest first, by state and destination, page by page", arguments: Backend.allCases)
    func lists(backend: Backend) async throws {
        let fresh = try await backend.make()
        let ids = try await fresh.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            let ids = try (1...5).map { try transaction.enqueue(seed.event($0), at: Self.time) }
            try transaction.enqueue(seed.event(to: "archive"), at: Self.time)
            try Self.fail(ids[1], in: transaction)
            return ids
        }
        let list = { @Sendable (state: DeliveryState?, destination: Endpoint?, before: DeliveryID?) in
            try await fresh.store.read { transaction in
                let query = DeliveryQuery(states: state.map { [$0] }, destination: destination)
                return try transaction.deliveries(matching: query, before: before, limit: 3).map(\.delivery.id)
            }
        }
        let page = try await list(nil, .contract("desk"), nil)
        #expect(page == [ids[4], ids[3], ids[2]])
        #expect(try await list(nil, .contract("desk"), page.last) == [ids[1], ids[0]])
        #expect(try await list(.failed, nil, nil) == [ids[1]])
        #expect(try await list(.failed, .contract("archive"), nil).isEmpty)
        let counts = try await fresh.store.read {
            try $0.deliveryCounts().map { "\($0.destination) \($0.state) \($0.count)" }
        }
        #expect(counts == ["contract:archive pending 1", "contract:desk failed 1", "contract:desk pending 4"])
    }

    @Test(
        "What a contract calls our own write is known as an echo, there and nowhere else", arguments: Backend.allCases)
    func echoes(backend: Backend) async throws {
        let fresh = try await backend.make()
        let known = try await fresh.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            let id = try transaction.enqueue(seed.event(), at: Self.time)
            try transaction.updateDelivery(
                DeliveryUpdate(id: id, state: .delivered, progress: 1, endedAt: Self.time, externalID: "c9"))
            return [
                try transaction.isEcho("c9", of: .contract("desk")),
                try transaction.isEcho("c9", of: .contract("archive")),
                try transaction.isEcho("c8", of: .contract("desk")),
            ]
        }
        #expect(known == [true, false, false])
    }

    @Test("Attempts are kept in order with their exchanges", arguments: Backend.allCases)
    func attempts(backend: Backend) async throws {
        let fresh = try await backend.make()
        let exchange = Exchange(
            request: "POST https://desk/x", requestDigest: "00", status: 500, responseDigest: "11", milliseconds: 12,
            excerpt: "no")
        let attempts = try await fresh.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            let id = try transaction.enqueue(seed.event(), at: Self.time)
            for number in [2, 1, 3] as [Int64] {
                try transaction.insertAttempt(
                    AttemptRecord(
                        number: number, startedAt: Self.time, outcome: "transient", reason: "no",
                        exchanges: [exchange.json]), of: id)
            }
            return try transaction.attempts(of: id)
        }
        #expect(attempts.map(\.number) == [1, 2, 3])
        #expect(attempts.first?.exchanges[0]["status"] == 500)
    }

    @Test("All deliveries about a message are found, and none about another", arguments: Backend.allCases)
    func about(backend: Backend) async throws {
        let fresh = try await backend.make()
        let (expected, found) = try await fresh.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            let mine = try Self.reply(of: seed, parts: 2, in: transaction)
            _ = try Self.reply(of: seed, parts: 2, in: transaction)
            var event = seed.event()
            event = NewDelivery(
                destination: event.destination, conversation: event.conversation, kind: .event,
                payload: ["data": ["message": mine.message.json(adapter: nil, thread: nil, attachments: [])]],
                correlation: "c")
            let told = try transaction.enqueue(event, at: Self.time)
            return (mine.deliveries + [told], try transaction.deliveries(about: mine.message.id).map(\.delivery.id))
        }
        #expect(found == expected)
    }
}
