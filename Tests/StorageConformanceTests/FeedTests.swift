import Model
import Storage
import TestSupport
import Testing

@Suite("Events that are asked for", .timeLimit(.minutes(2)))
struct FeedTests {
    private static let time = TestClock.start
    private static let desk = Endpoint.contract("desk")

    /// Takes a page as one who asks would; `after` acknowledges.
    private func take(
        _ fresh: FreshStore, after position: Int64? = nil, limit: Int = 10
    ) async throws -> FeedPage {
        try await fresh.store.write { transaction in
            let feed = try transaction.lockedFeed(of: Self.desk)
            if let position {
                try transaction.acknowledge(Self.desk, through: position, because: "a test", at: Self.time)
            }
            return try transaction.takeEvents(
                of: Self.desk, after: position ?? feed.acknowledged, limit: limit)
        }
    }

    private func states(_ fresh: FreshStore) async throws -> [DeliveryState] {
        try await fresh.store.read { transaction in
            try transaction.deliveries(matching: DeliveryQuery(destination: Self.desk), limit: 100)
                .reversed().map(\.delivery.state)
        }
    }

    @Test(
        "Events come again until what is behind them is asked for, and then they are delivered",
        arguments: Backend.allCases)
    func acknowledged(backend: Backend) async throws {
        let fresh = try await backend.make()
        try await fresh.store.write { transaction in
            let seeds = try ["a", "b"].map { try Seed.plant($0, in: transaction) }
            for number in 1...4 { try transaction.enqueue(seeds[number % 2].event(number), at: Self.time) }
        }
        let first = try await take(fresh, limit: 3)
        #expect(first.events.map(\.number) == [1, 2, 3])
        #expect(try await take(fresh, limit: 3).events.map(\.number) == [1, 2, 3])
        #expect(try await states(fresh) == [.pending, .pending, .pending, .pending])
        let second = try await take(fresh, after: first.end)
        #expect(second.events.map(\.number) == [4])
        #expect(try await states(fresh) == [.delivered, .delivered, .delivered, .pending])
        #expect(try await take(fresh, after: second.end).events.isEmpty)
        #expect(try await states(fresh) == [.delivered, .delivered, .delivered, .delivered])
        // A cursor of before gives the same events again, and what is delivered stays it.
        #expect(try await take(fresh, after: first.end).events.map(\.number) == [4])
        #expect(try await take(fresh).events.isEmpty)
    }

    @Test(
        "An event that is seen late comes behind what was handed out, never into a place that was passed",
        arguments: Backend.allCases)
    func late(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seed = try await fresh.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            for number in 1...3 { try transaction.enqueue(seed.event(number), at: Self.time) }
            // As if the transaction that made the first one had not committed yet.
            try transaction.run("UPDATE deliveries SET state = 'failed' WHERE sequence = 1", [])
            return seed
        }
        let page = try await take(fresh)
        #expect(page.events.map(\.number) == [2, 3])
        try await fresh.store.write { transaction in
            try transaction.run("UPDATE deliveries SET state = 'pending' WHERE sequence = 1", [])
            try transaction.enqueue(seed.event(4), at: Self.time)
        }
        #expect(try await take(fresh, after: page.end).events.map(\.number) == [1, 4])
        #expect(try await states(fresh) == [.pending, .delivered, .delivered, .pending])
    }

    @Test("What nobody waits for comes behind what somebody waits for", arguments: Backend.allCases)
    func urgent(backend: Backend) async throws {
        let fresh = try await backend.make()
        try await fresh.store.write { transaction in
            let seeds = try ["a", "b"].map { try Seed.plant($0, in: transaction) }
            for number in 1...3 { try transaction.enqueue(seeds[0].event(number, urgency: .bulk), at: Self.time) }
            try transaction.enqueue(seeds[1].event(4), at: Self.time)
        }
        #expect(try await take(fresh, limit: 2).events.map(\.number) == [4, 1])
    }

    @Test(
        "A cancelled event is not handed out any more, and one that is revived is, at a new place",
        arguments: Backend.allCases)
    func cancelled(backend: Backend) async throws {
        let fresh = try await backend.make()
        try await fresh.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            for number in 1...3 { try transaction.enqueue(seed.event(number), at: Self.time) }
        }
        let page = try await take(fresh)
        try await fresh.store.write { transaction in
            try transaction.cancelDelivery(page.events[1].id, reason: "a test", at: Self.time)
        }
        #expect(try await take(fresh).events.map(\.number) == [1, 3])
        #expect(try await take(fresh, after: page.end).events.isEmpty)
        #expect(try await states(fresh) == [.delivered, .cancelled, .delivered])
        try await fresh.store.write { transaction in
            try transaction.revive(page.events[1], at: Self.time)
            try transaction.wake(page.events[1].lane, at: Self.time)
        }
        #expect(try await take(fresh).events.map(\.number) == [2])
    }

    @Test("A new event is told of whatever was handed out before, and only then", arguments: Backend.allCases)
    func news(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seed = try await fresh.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            try transaction.enqueue(seed.event(1), at: Self.time)
            return seed
        }
        let end = try await take(fresh).end
        #expect(try await !fresh.store.read { try $0.hasEvents(of: Self.desk, after: end) })
        let seen = fresh.store.signals.count(of: .deliveries)
        _ = try await fresh.store.write { try $0.enqueue(seed.event(2), at: Self.time) }
        #expect(fresh.store.signals.count(of: .deliveries) != seen)
        #expect(try await fresh.store.read { try $0.hasEvents(of: Self.desk, after: end) })
        #expect(try await take(fresh, after: end).events.map(\.number) == [2])
    }

    @Test("A contract that is sent to again gets what was handed out and not acknowledged", arguments: Backend.allCases)
    func sentAgain(backend: Backend) async throws {
        let fresh = try await backend.make()
        try await fresh.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            for number in 1...2 { try transaction.enqueue(seed.event(number), at: Self.time) }
        }
        _ = try await take(fresh)
        let claimed = try await fresh.store.write { transaction in
            let before = try transaction.claimLanes(
                of: Self.desk, owner: "one", limit: 10, lease: .seconds(60), now: Self.time)
            try transaction.resumeSending(to: Self.desk, at: Self.time)
            let after = try transaction.claimLanes(
                of: Self.desk, owner: "one", limit: 10, lease: .seconds(60), now: Self.time)
            return (before.count, after.map(\.head.number))
        }
        #expect(claimed.0 == 0)
        #expect(claimed.1 == [1])
    }
}
