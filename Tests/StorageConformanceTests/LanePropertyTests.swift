import Model
import Storage
import TestSupport
import Testing

/// Couriers that come and go over one outbox, in an order that chance decides. What went wrong names its seed: a case
/// is played again by `Interleaving(seed: …)`.
@Suite("Lanes whatever happens in whichever order", .timeLimit(.minutes(4)))
struct LanePropertyTests {
    private static let cases: UInt64 = 4000
    private static let groups: UInt64 = 8

    @Test(
        "Nothing is lost, doubled or out of order over claims, crashes, leases that end, retries and revivals",
        arguments: 0..<groups)
    func random(group: UInt64) async throws {
        let fresh = try await Backend.memory.make()
        for seed in stride(from: group, to: Self.cases, by: Int(Self.groups)) {
            let problem = try await fresh.store.write { transaction in
                var play = Interleaving(seed: seed)
                return try play.run(in: transaction)
            }
            #expect(problem == nil, "seed \(seed)")
        }
    }

    @Test(
        "A courier that records without asking whether it still holds its lane is caught", arguments: Backend.allCases)
    func caught(backend: Backend) async throws {
        let fresh = try await backend.make()
        var caught = 0
        for seed in 0..<80 as Range<UInt64> {
            let problem = try await fresh.store.write { transaction in
                var play = Interleaving(seed: seed, looksAtLeases: false)
                return try play.run(in: transaction)
            }
            if problem != nil { caught += 1 }
        }
        // One case in five or so.
        #expect(caught > 8)
    }
}

/// One case: a few lanes, a few couriers, and what befalls them.
private struct Interleaving {
    private struct Held {
        let lane: ClaimedLane
        let head: Delivery
        /// When the lease ends, as its holder knows.
        var until: Timestamp
    }

    private static let steps = 60
    private static let lease = Duration.seconds(60)

    private var chance: Chance
    private let seed: UInt64
    private let looksAtLeases: Bool
    private let desk: Endpoint
    private var now = TestClock.start
    /// What each courier believes that it holds.
    private var held: [[Held]] = [[], [], []]
    private var owners: [String]
    private var restarts = 0
    private var enqueued: [DeliveryID] = []
    /// How often the end of each delivery was recorded, between two revivals.
    private var ends: [DeliveryID: Int] = [:]
    private var problem: String?

    init(seed: UInt64, looksAtLeases: Bool = true) {
        self.seed = seed
        self.looksAtLeases = looksAtLeases
        chance = Chance(seed: seed)
        desk = .contract("desk\(seed)")
        owners = (0..<3).map { "courier \($0)" }
    }

    /// Plays the case, then carries what is left.
    /// - Returns: what went wrong first.
    mutating func run(in transaction: any Transaction) throws -> String? {
        let seeds = try (0..<3).map { try Seed.plant("p\($0) of \(seed)", channel: "c\(seed)", in: transaction) }
        for _ in 0..<Self.steps where problem == nil {
            try step(seeds, in: transaction)
            try checkHolders(in: transaction)
        }
        try drain(in: transaction)
        try checkBalance(in: transaction)
        return problem
    }

    private mutating func step(_ seeds: [Seed], in transaction: any Transaction) throws {
        let courier = chance.below(held.count)
        switch chance.below(20) {
        case 0..<5:
            let urgency = chance.below(4) == 0 ? Urgency.bulk : .live
            let event = seeds[chance.below(seeds.count)].event(to: desk.name, urgency: urgency)
            enqueued.append(try transaction.enqueue(event, at: now))
        case 5..<9:
            try claim(courier, limit: 1 + chance.below(3), in: transaction)
        case 9..<14:
            try conclude(courier, in: transaction)
        case 14:
            // The process ends with its leases held; the next one knows nothing of them.
            held[courier] = []
            restarts += 1
            owners[courier] = "courier \(courier) after \(restarts)"
        case 15:
            now = now + .seconds(1 + chance.below(90))
        case 16:
            try renew(courier, in: transaction)
        case 17:
            try revive(in: transaction)
        case 18:
            try transaction.releaseLanes(of: owners[courier], at: now)
            held[courier] = []
        default:
            // The only courier of a store starts anew: what others still believe to hold they hold no more.
            try transaction.releaseAllLanes(at: now)
        }
    }

    private mutating func claim(_ courier: Int, limit: Int, in transaction: any Transaction) throws {
        let limit = ClaimLimit(
            limit, places: chance.below(limit + 1), bulk: chance.below(3),
            bulkAfter: chance.below(2) == 0 ? chance.below(4) : nil)
        let lanes = try transaction.claimLanes(
            of: desk, owner: owners[courier], limit: limit, lease: Self.lease, now: now)
        held[courier] += lanes.map { Held(lane: $0, head: $0.head, until: now + Self.lease) }
    }

    private mutating func renew(_ courier: Int, in transaction: any Transaction) throws {
        try transaction.renewLeases(of: held[courier].map(\.lane.claim), until: now + Self.lease)
        for index in held[courier].indices { held[courier][index].until = now + Self.lease }
    }

    /// An attempt of a courier ends, as the courier records it.
    private mutating func conclude(_ courier: Int, in transaction: any Transaction) throws {
        guard !held[courier].isEmpty else { return }
        let index = chance.below(held[courier].count)
        let one = held[courier].remove(at: index)
        let (lane, head) = (one.lane.id, one.head)
        if looksAtLeases {
            guard try transaction.holds(lane, claim: one.lane.claim) else { return }
        }
        try checkOrder(head, in: transaction)
        switch chance.below(4) {
        case 0:
            let due = now + .seconds(chance.below(40))
            try transaction.updateDelivery(
                DeliveryUpdate(id: head.id, state: .snoozed, isFailure: true, progress: 0, dueAt: due))
            try transaction.release(lane, claim: one.lane.claim, dueAt: due)
        case 1:
            try end(head, .failed, in: transaction)
            try transaction.release(lane, claim: one.lane.claim, dueAt: now)
        default:
            try end(head, .delivered, in: transaction)
            guard let next = try transaction.advance(lane, claim: one.lane.claim, now: now) else { return }
            held[courier].append(Held(lane: one.lane, head: next, until: one.until))
        }
    }

    private mutating func end(_ delivery: Delivery, _ state: DeliveryState, in transaction: any Transaction) throws {
        ends[delivery.id, default: 0] += 1
        if ends[delivery.id] != 1 { problem = problem ?? "\(delivery.id) ended \(ends[delivery.id] ?? 0) times" }
        try transaction.updateDelivery(DeliveryUpdate(id: delivery.id, state: state, progress: 1, endedAt: now))
    }

    /// A person wants a dead letter tried again.
    private mutating func revive(in transaction: any Transaction) throws {
        let failed = try transaction.deliveries(
            matching: DeliveryQuery(states: [.failed], destination: desk), limit: 9)
        guard !failed.isEmpty else { return }
        let delivery = failed[chance.below(failed.count)].delivery
        try transaction.revive(delivery, at: now)
        try transaction.wake(delivery.lane, at: now)
        ends[delivery.id] = 0
    }

    /// What is recorded is the first of its lane that is not at its end, unless one before it was revived since.
    private mutating func checkOrder(_ delivery: Delivery, in transaction: any Transaction) throws {
        guard let head = try transaction.head(of: delivery.lane)?.delivery, head.id != delivery.id else { return }
        guard let place = enqueued.firstIndex(of: head.id), let own = enqueued.firstIndex(of: delivery.id) else {
            problem = problem ?? "\(head.id) is nobody's"
            return
        }
        let wasRevived = ends[head.id] == 0
        if place > own || !wasRevived {
            problem = problem ?? "\(delivery.id) is recorded, and \(head.id) stands before it"
        }
    }

    /// A lane has one holder at most.
    private mutating func checkHolders(in transaction: any Transaction) throws {
        var holders: [LaneID: Int] = [:]
        for one in held.joined() where try transaction.holds(one.lane.id, claim: one.lane.claim) {
            holders[one.lane.id, default: 0] += 1
        }
        if let lane = holders.first(where: { $1 > 1 }) { problem = problem ?? "\(lane.key) has \(lane.value) holders" }
    }

    /// One courier that nothing befalls carries all that is left.
    private mutating func drain(in transaction: any Transaction) throws {
        try transaction.releaseAllLanes(at: now)
        held = [[], [], []]
        var rounds = 0
        while problem == nil {
            now = now + .seconds(60)
            rounds += 1
            let lanes = try transaction.claimLanes(of: desk, owner: "last", limit: 9, lease: Self.lease, now: now)
            if lanes.isEmpty { return }
            if rounds > 100 { problem = "it does not come to an end" }
            for lane in lanes {
                var head: Delivery? = lane.head
                while let delivery = head {
                    try checkOrder(delivery, in: transaction)
                    try end(delivery, .delivered, in: transaction)
                    head = try transaction.advance(lane.id, claim: lane.claim, now: now)
                }
            }
        }
    }

    /// All that was put in is there, at its end.
    private mutating func checkBalance(in transaction: any Transaction) throws {
        let found = try enqueued.compactMap { try transaction.delivery($0)?.delivery.state }
        let ended = found.count { $0 == .delivered || $0 == .failed }
        if ended != enqueued.count { problem = problem ?? "\(enqueued.count) went in, \(ended) came to an end" }
        if enqueued.contains(where: { ends[$0] == 0 }) { problem = problem ?? "a revived delivery has no end" }
    }
}
