import Dispatch
import Model
import Storage
import TestSupport
import Testing

@Suite("Lanes in the store", .timeLimit(.minutes(2)))
struct LaneTests {
    private static let time = TestClock.start
    private static let lease = Duration.seconds(120)
    private static let desk = Endpoint.contract("desk")

    private func claim(
        _ fresh: FreshStore, by owner: String = "one", limit: Int = 10, after wait: Duration = .zero
    ) async throws -> [ClaimedLane] {
        try await fresh.store.write { transaction in
            try transaction.claimLanes(
                of: Self.desk, owner: owner, limit: ClaimLimit(limit), lease: Self.lease, now: Self.time + wait)
        }
    }

    private func seeds(_ fresh: FreshStore, _ count: Int) async throws -> [Seed] {
        try await fresh.store.write { transaction in try (0..<count).map { try Seed.plant("p\($0)", in: transaction) } }
    }

    @Test("Urgent lanes are claimed first, then those that are due longest", arguments: Backend.everywhere)
    func order(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seeds = try await seeds(fresh, 4)
        try await fresh.store.write { transaction in
            try transaction.enqueue(seeds[0].event(urgency: .bulk), at: Self.time - .seconds(9))
            try transaction.enqueue(seeds[1].event(), at: Self.time - .seconds(1))
            try transaction.enqueue(seeds[2].event(), at: Self.time - .seconds(5))
            try transaction.enqueue(seeds[3].event(), at: Self.time + .seconds(1))
        }
        let claimed = try await claim(fresh)
        #expect(claimed.map(\.head.conversation) == [2, 1, 0].map { seeds[$0].conversation.id })
        #expect(try await claim(fresh, after: .seconds(1)).map(\.head.conversation) == [seeds[3].conversation.id])
    }

    @Test("No more lanes are claimed than are asked for", arguments: Backend.everywhere)
    func limit(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seeds = try await seeds(fresh, 5)
        try await fresh.store.write { transaction in
            for seed in seeds { try transaction.enqueue(seed.event(), at: Self.time) }
        }
        #expect(try await claim(fresh, limit: 3).count == 3)
        #expect(try await claim(fresh, limit: 3).count == 2)
    }

    @Test("A due lane with nothing to carry takes nobody's place", arguments: Backend.everywhere)
    func places(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seeds = try await seeds(fresh, 3)
        try await fresh.store.write { transaction in
            for seed in seeds[0...1] { try transaction.enqueue(seed.event(), at: Self.time - .seconds(9)) }
            try transaction.enqueue(seeds[2].event(3), at: Self.time)
        }
        let (empty, waiting) = try await fresh.store.write { transaction in
            let lanes = try transaction.claimLanes(
                of: Self.desk, owner: "one", limit: 2, lease: Self.lease, now: Self.time - .seconds(1))
            try transaction.updateDelivery(
                DeliveryUpdate(id: lanes[0].head.id, state: .delivered, progress: 1, endedAt: Self.time))
            try transaction.updateDelivery(
                DeliveryUpdate(
                    id: lanes[1].head.id, state: .snoozed, progress: 0, dueAt: Self.time + .seconds(60)))
            for lane in lanes { try transaction.release(lane.id, claim: lane.claim, dueAt: Self.time - .seconds(1)) }
            return (lanes[0].id, lanes[1].id)
        }
        #expect(try await claim(fresh, limit: 1).map(\.head.number) == [3])
        #expect(try await claim(fresh, after: .seconds(60)).map(\.id) == [waiting])
        #expect(empty != waiting)
    }

    @Test(
        "Bulk lanes are claimed after live ones, no more than are asked for, unless it is their turn",
        arguments: Backend.everywhere)
    func bulk(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seeds = try await seeds(fresh, 8)
        try await fresh.store.write { transaction in
            for (index, seed) in seeds.enumerated() {
                try transaction.enqueue(seed.event(index, urgency: index < 4 ? .bulk : .live), at: Self.time)
            }
        }
        let claim = { @Sendable (limit: ClaimLimit) in
            try await fresh.store.write { transaction in
                let lanes = try transaction.claimLanes(
                    of: Self.desk, owner: "one", limit: limit, lease: Self.lease, now: Self.time)
                for lane in lanes { try transaction.release(lane.id, claim: lane.claim, dueAt: Self.time) }
                return String(lanes.map { $0.urgency == .bulk ? "b" : "l" })
            }
        }
        #expect(try await claim(ClaimLimit(3)) == "lll")
        #expect(try await claim(ClaimLimit(7)) == "llllbbb")
        #expect(try await claim(ClaimLimit(7, bulk: 2)) == "llllbb")
        #expect(try await claim(ClaimLimit(3, bulk: 2, bulkAfter: 0)) == "bll")
        #expect(try await claim(ClaimLimit(8, bulk: 2, bulkAfter: 0)) == "bllllb")
        #expect(try await claim(ClaimLimit(1, bulk: 2, bulkAfter: 0)) == "b")
        #expect(try await claim(ClaimLimit(3, bulk: 0, bulkAfter: 0)) == "lll")
        #expect(try await claim(ClaimLimit(7, bulk: 2, bulkAfter: 2)) == "llbllb")
        #expect(try await claim(ClaimLimit(7, bulk: 2, bulkAfter: 5)) == "llllbb")
        #expect(try await claim(ClaimLimit(7, places: 5, bulk: 2, bulkAfter: 5)) == "llllb")
        #expect(try await claim(ClaimLimit(7, places: -1, bulk: 2, bulkAfter: 6)) == "llll")
    }

    @Test("A leased lane is claimed by nobody until its lease is over", arguments: Backend.everywhere)
    func lease(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seeds = try await seeds(fresh, 1)
        try await fresh.store.write { _ = try $0.enqueue(seeds[0].event(), at: Self.time) }
        let lane = try #require(try await claim(fresh, by: "one").first)
        #expect(try await claim(fresh, by: "two").isEmpty)
        #expect(try await claim(fresh, by: "one").isEmpty)
        #expect(try await fresh.store.read { try $0.holds(lane.id, claim: lane.claim) })
        #expect(try await claim(fresh, by: "two", after: Self.lease - .milliseconds(1)).isEmpty)
        #expect(try await claim(fresh, by: "two", after: Self.lease).map(\.id) == [lane.id])
        #expect(try await fresh.store.read { try $0.holds(lane.id, claim: lane.claim) } == false)
    }

    @Test("Many couriers at once never get one lane twice", arguments: Backend.everywhere)
    func contention(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seeds = try await seeds(fresh, 40)
        try await fresh.store.write { transaction in
            for seed in seeds { try transaction.enqueue(seed.event(), at: Self.time) }
        }
        let claimed = try await withThrowingTaskGroup { group in
            for courier in 0..<10 { group.addTask { try await claim(fresh, by: "courier \(courier)", limit: 7) } }
            return try await group.reduce(into: [LaneID]()) { $0 += $1.map(\.id) }
        }
        #expect(claimed.count == 40)
        #expect(Set(claimed).count == 40)
    }

    @Test("A lane that waits keeps waiting when more is put into it", arguments: Backend.everywhere)
    func waiting(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seeds = try await seeds(fresh, 1)
        try await fresh.store.write { _ = try $0.enqueue(seeds[0].event(), at: Self.time) }
        let lane = try #require(try await claim(fresh).first)
        try await fresh.store.write { transaction in
            try transaction.release(lane.id, claim: lane.claim, dueAt: Self.time + .seconds(30))
            try transaction.enqueue(seeds[0].event(2), at: Self.time + .seconds(1))
        }
        #expect(try await claim(fresh, after: .seconds(29)).isEmpty)
        #expect(try await claim(fresh, after: .seconds(30)).map(\.head.number) == [1])
    }

    @Test("A lane that became empty is due again with its next delivery", arguments: Backend.everywhere)
    func emptied(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seeds = try await seeds(fresh, 1)
        try await fresh.store.write { _ = try $0.enqueue(seeds[0].event(), at: Self.time) }
        let lane = try #require(try await claim(fresh).first)
        let next = try await fresh.store.write { transaction in
            try transaction.updateDelivery(
                DeliveryUpdate(id: lane.head.id, state: .delivered, progress: 1, endedAt: Self.time))
            return try transaction.advance(lane.id, claim: lane.claim, now: Self.time)
        }
        #expect(next == nil)
        #expect(try await claim(fresh).isEmpty)
        try await fresh.store.write { _ = try $0.enqueue(seeds[0].event(2, urgency: .bulk), at: Self.time) }
        #expect(try await claim(fresh).map(\.head.number) == [2])
    }

    @Test("Within a lane deliveries come strictly in order", arguments: Backend.everywhere)
    func strictly(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seeds = try await seeds(fresh, 1)
        try await fresh.store.write { transaction in
            for number in 1...5 { try transaction.enqueue(seeds[0].event(number), at: Self.time) }
        }
        let lane = try #require(try await claim(fresh).first)
        var carried: [Int64?] = []
        var head: Delivery? = lane.head
        while let delivery = head {
            carried.append(delivery.number)
            head = try await fresh.store.write { transaction in
                try transaction.updateDelivery(
                    DeliveryUpdate(id: delivery.id, state: .delivered, progress: 1, endedAt: Self.time))
                return try transaction.advance(lane.id, claim: lane.claim, now: Self.time)
            }
        }
        #expect(carried == [1, 2, 3, 4, 5])
    }

    @Test("A head that waits holds back what is behind it, and no other lane", arguments: Backend.everywhere)
    func stuck(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seeds = try await seeds(fresh, 2)
        try await fresh.store.write { transaction in
            try transaction.enqueue(seeds[0].event(1), at: Self.time)
            try transaction.enqueue(seeds[0].event(2), at: Self.time)
        }
        let lane = try #require(try await claim(fresh).first)
        let due = Self.time + .seconds(60)
        let next = try await fresh.store.write { transaction in
            try transaction.updateDelivery(
                DeliveryUpdate(id: lane.head.id, state: .snoozed, isFailure: true, progress: 0, dueAt: due))
            let next = try transaction.advance(lane.id, claim: lane.claim, now: Self.time)
            try transaction.enqueue(seeds[1].event(3), at: Self.time)
            return next
        }
        #expect(next == nil)
        #expect(try await claim(fresh).map(\.head.number) == [3])
        #expect(try await claim(fresh, after: .seconds(60)).map(\.head.number) == [1])
    }

    @Test("A lane is given back by who holds it only", arguments: Backend.everywhere)
    func release(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seeds = try await seeds(fresh, 3)
        try await fresh.store.write { transaction in
            for seed in seeds { try transaction.enqueue(seed.event(), at: Self.time) }
        }
        let mine = try await claim(fresh, by: "one", limit: 2)
        let other = try await claim(fresh, by: "two")
        try await fresh.store.write { transaction in
            try transaction.release(other[0].id, claim: mine[0].claim, dueAt: Self.time)
            try transaction.releaseLanes(of: "one", at: Self.time)
        }
        #expect(Set(try await claim(fresh, by: "three").map(\.id)) == Set(mine.map(\.id)))
        try await fresh.store.write { try $0.releaseAllLanes(at: Self.time) }
        #expect(try await claim(fresh, by: "four").count == 3)
    }

    @Test("A claim that is renewed holds on; another of the same courier runs out", arguments: Backend.everywhere)
    func renew(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seeds = try await seeds(fresh, 2)
        try await fresh.store.write { transaction in
            for seed in seeds { try transaction.enqueue(seed.event(), at: Self.time) }
        }
        let mine = try #require(try await claim(fresh, by: "one", limit: 1).first)
        let other = try #require(try await claim(fresh, by: "one", limit: 1).first)
        try await fresh.store.write { transaction in
            try transaction.renewLeases(of: [mine.claim], until: Self.time + Self.lease + .seconds(60))
        }
        #expect(try await claim(fresh, by: "three", after: Self.lease).map(\.id) == [other.id])
        #expect(try await fresh.store.read { try $0.holds(mine.id, claim: mine.claim) })
        #expect(try await claim(fresh, by: "four", after: Self.lease + .seconds(60)).map(\.id).contains(mine.id))
    }

    @Test(
        "Renewal leaves out a lane that somebody works on, so that it waits for nobody",
        arguments: Backend.allCases.filter { $0 == .postgresql })
    func busy(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seeds = try await seeds(fresh, 3)
        try await fresh.store.write { transaction in
            for seed in seeds { try transaction.enqueue(seed.event(), at: Self.time) }
        }
        let mine = try await claim(fresh)
        let end = Self.time + Self.lease + .seconds(60)
        let (held, isHeld) = AsyncStream.makeStream(of: Void.self)
        let mayEnd = DispatchSemaphore(value: 0)
        let renewed = try await withThrowingTaskGroup(of: Set<String>?.self) { group in
            group.addTask {
                try await fresh.store.write { transaction in
                    _ = try transaction.holds(mine[1].id, claim: mine[1].claim)
                    isHeld.finish()
                    mayEnd.wait()
                    return nil
                }
            }
            for await _ in held {}
            let renewed = try await fresh.store.write { try $0.renewLeases(of: mine.map(\.claim), until: end) }
            mayEnd.signal()
            try await group.waitForAll()
            return renewed
        }
        #expect(renewed == [mine[0].claim, mine[2].claim])
        let one = mine[1].claim
        #expect(try await fresh.store.write { try $0.renewLeases(of: [one], until: end, waits: true) } == [one])
        #expect(try await claim(fresh, by: "three", after: Self.lease).isEmpty)
    }

    @Test("A second claim of one courier ends its first", arguments: Backend.everywhere)
    func claimedAgain(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seeds = try await seeds(fresh, 1)
        try await fresh.store.write { _ = try $0.enqueue(seeds[0].event(), at: Self.time) }
        let first = try #require(try await claim(fresh).first)
        let second = try #require(try await claim(fresh, after: Self.lease).first)
        #expect(first.id == second.id)
        #expect(try await fresh.store.read { try $0.holds(first.id, claim: first.claim) } == false)
        #expect(try await fresh.store.read { try $0.holds(first.id, claim: second.claim) })
    }

    @Test("Waking a lane that is carried changes nothing of its lease", arguments: Backend.everywhere)
    func wake(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seeds = try await seeds(fresh, 1)
        try await fresh.store.write { _ = try $0.enqueue(seeds[0].event(), at: Self.time) }
        let lane = try #require(try await claim(fresh).first)
        try await fresh.store.write { try $0.wake(lane.id, at: Self.time) }
        #expect(try await claim(fresh, by: "two").isEmpty)
        try await fresh.store.write { transaction in
            try transaction.release(lane.id, claim: lane.claim, dueAt: Self.time + .seconds(900))
            try transaction.wake(lane.id, at: Self.time)
        }
        #expect(try await claim(fresh, by: "two").map(\.id) == [lane.id])
    }

    @Test("The store tells when the next lane is due that is not due yet", arguments: Backend.everywhere)
    func nextDue(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seeds = try await seeds(fresh, 3)
        let next = { @Sendable in
            try await fresh.store.read { try $0.nextDue(of: [Self.desk, .contract("none")], after: Self.time) }
        }
        #expect(try await next() == nil)
        try await fresh.store.write { transaction in
            try transaction.enqueue(seeds[0].event(), at: Self.time + .seconds(50))
            try transaction.enqueue(seeds[1].event(), at: Self.time + .seconds(20))
            try transaction.enqueue(seeds[2].event(to: "elsewhere"), at: Self.time + .seconds(1))
        }
        #expect(try await next() == Self.time + .seconds(20))
        // A lane that is held is due at the end of its lease, if it is not given back before.
        _ = try await claim(fresh, after: .seconds(20))
        #expect(try await next() == Self.time + .seconds(50))
        _ = try await claim(fresh, after: .seconds(50))
        #expect(try await next() == Self.time + .seconds(20) + Self.lease)
    }
}
