import Model
import Storage
import TestSupport
import Testing

/// Three holders of one lease that take, renew, lose and write in an order that chance decides. What went wrong names
/// its seed: a case is played again by `LeasePlay(seed: …)`.
@Suite("Leases whatever happens in whichever order", .timeLimit(.minutes(3)))
struct LeasePropertyTests {
    private static let cases: [Backend: Range<UInt64>] = [
        .memory: 0..<2000, .file: 0..<100, .postgresql: 0..<100,
    ]

    @Test("Never do two write under one lease, and who lost it writes nothing", arguments: Backend.allCases)
    func random(backend: Backend) async throws {
        let fresh = try await backend.make()
        for seed in Self.cases[backend] ?? 0..<100 {
            var play = LeasePlay(seed: seed)
            let problem = try await play.run(on: fresh.store)
            #expect(problem == nil, "seed \(seed)")
        }
    }

    @Test("A writer that does not look at the fence is caught", arguments: Backend.allCases)
    func caught(backend: Backend) async throws {
        let fresh = try await backend.make()
        var caught = 0
        for seed in 0..<40 as Range<UInt64> {
            var play = LeasePlay(seed: seed, looksAtFence: false)
            if try await play.run(on: fresh.store) != nil { caught += 1 }
        }
        #expect(caught > 10)
    }
}

/// One case: one lease, three holders with clocks that differ, and what befalls them. Each step is a transaction.
private struct LeasePlay {
    private static let steps = 40
    private static let term = Duration.seconds(9)
    private static let holders = ["one", "two", "three"]
    /// By how much each one's clock is wrong.
    private static let skews: [Duration] = [.zero, .seconds(-20), .seconds(20)]

    private var chance: Chance
    private let name: String
    private let cursor: CursorName
    private let looksAtFence: Bool
    private var now = TestClock.start
    /// What each one believes that it holds.
    private var claims: [LeaseClaim?] = [nil, nil, nil]
    /// The claims in the order in which they were given.
    private var given: [LeaseClaim] = []
    /// The token of the last one that wrote.
    private var newest: Int64 = 0
    private var wasReleased: Set<LeaseClaim> = []
    private var problem: String?

    init(seed: UInt64, looksAtFence: Bool = true) {
        chance = Chance(seed: seed)
        name = "poll \(seed) \(looksAtFence)"
        cursor = CursorName(endpoint: .channel("shop"), poll: name, item: nil)
        self.looksAtFence = looksAtFence
    }

    /// - Returns: what went wrong first.
    mutating func run(on store: any Store) async throws -> String? {
        for _ in 0..<Self.steps where problem == nil { try await step(on: store) }
        return problem
    }

    private mutating func step(on store: any Store) async throws {
        let who = chance.below(Self.holders.count)
        let (name, time) = (name, now + Self.skews[who])
        switch chance.below(12) {
        case 0..<3:
            let claim = try await store.write { transaction in
                try transaction.acquireLease(
                    name, by: Self.holders[who], until: time + Self.term, now: time)
            }
            guard let claim else { return }
            if let last = given.last, claim.token <= last.token { problem = "token \(claim.token) came again" }
            given.append(claim)
            claims[who] = claim
        case 3:
            guard let claim = claims[who] else { return }
            let kept = try await store.write { try $0.renewLeases([claim], until: time + Self.term) }
            if kept.isEmpty { claims[who] = nil }
            if !kept.isEmpty, claim != given.last { problem = "\(claim) was renewed after \(given.count) claims" }
        case 4:
            guard let claim = claims[who] else { return }
            try await store.write { try $0.releaseLease(claim) }
            wasReleased.insert(claim)
            // One of two forgets that it gave it back, as a node does that goes on in the middle of a step.
            if chance.below(2) == 0 { claims[who] = nil }
        case 5..<8:
            now = now + .seconds(chance.below(12))
        default:
            try await write(claims[who], on: store)
        }
    }

    private mutating func write(_ claim: LeaseClaim?, on store: any Store) async throws {
        guard let claim else { return }
        let (cursor, now, fence) = (cursor, now, looksAtFence ? claim : nil)
        do {
            try await store.write { transaction in
                try transaction.moveCursor(
                    CursorMove(cursor, to: ["token": .integer(claim.token)], at: now, under: fence))
            }
        } catch let error as StoreError where error.code == .leaseLost {
            if claim == given.last, !wasReleased.contains(claim) { problem = "\(claim) was kept out" }
            return
        }
        if claim != given.last { problem = "\(claim) wrote after \(String(describing: given.last)) was given" }
        if wasReleased.contains(claim) { problem = "\(claim) wrote after it was given back" }
        if claim.token < newest { problem = "token \(claim.token) wrote after \(newest)" }
        newest = claim.token
        let stored = try await store.read { try $0.cursor(cursor) }
        if stored?["token"].integer != claim.token { problem = "\(claim) wrote, and it is not there" }
    }
}
