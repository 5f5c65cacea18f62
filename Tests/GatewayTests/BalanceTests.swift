import Conversations
import Deliveries
import Logging
import Model
import Storage
import TestSupport
import Testing

@testable import Gateway

/// Whatever happens, in whatever order: every line of the account closes at every moment.
@Suite("The account, whatever happens", .timeLimit(.minutes(5)))
struct BalanceTests {
    @Test(
        "Every line closes after every step, and nothing is doubled by replay",
        arguments: [533_673, 74_747, 706_716] + (0..<12).map { _ in UInt64.random(in: 0..<1_000_000) })
    func steps(seed: UInt64) async throws {
        let desk = try await Desk()
        var run = try BalanceRun(desk, seed: seed)
        for number in 1...60 {
            let step = try await run.step()
            let open = try await desk.openLines()
            try #require(open.isEmpty, "seed \(seed), step \(number), \(step)")
        }
        try await run.replayer().replay(JournalFilter(until: desk.clock.now)) { _ in }
        let before = try await desk.balances()
        try await run.replayer().replay(JournalFilter(until: desk.clock.now)) { _ in }
        #expect(try await desk.balances() == before, "seed \(seed)")
        let twice = try await desk.store.read { transaction in
            try transaction.rows(
                """
                SELECT channel, external_id FROM messages WHERE external_id IS NOT NULL
                GROUP BY channel, external_id, direction HAVING count(*) > 1
                """, []
            ).count
        }
        #expect(twice == 0, "seed \(seed)")
    }
}

/// A gateway and dice.
struct BalanceRun {
    private let desk: Desk
    private var dice: SeededDice

    init(_ desk: Desk, seed: UInt64) throws {
        self.desk = desk
        dice = SeededDice(seed)
    }

    /// Does one thing, and says what.
    mutating func step() async throws -> String {
        desk.clock.advance(by: .seconds(Int.random(in: 1...7200, using: &dice)))
        switch Int.random(in: 0..<10, using: &dice) {
        case 0, 1, 2: return try await takeIn()
        case 3, 4: return try await replay()
        case 5, 6: return try await carry()
        case 7: return try await retry()
        case 8: return try await answer()
        default: return try await retain()
        }
    }

    func replayer(isRehearsal: Bool = false) -> Replayer {
        let pace = Pace(sleep: { _ in }, spread: { 0 })
        return Replayer(
            desk.live.current, store: desk.store, clock: desk.clock.wall, pace: pace, isRehearsal: isRehearsal)
    }

    /// An envelope with some events: of few ids, so that they repeat; understood or not.
    private mutating func takeIn() async throws -> String {
        let bodies = (0..<Int.random(in: 0...3, using: &dice)).map { _ in event() }
        let body = "[\(bodies.joined(separator: ","))]"
        let envelope = Envelope.sample(at: desk.clock.now, body: body)
        let intake = Intake(store: desk.store, wiring: desk.live.current.wiring)
        let content: Arrival.Content
        if Bool.random(using: &dice) {
            content = .quarantined("no")
        } else {
            let mapped = try bodies.map { try InboundEvent(mapping: JSON(parsing: $0)) }
            content = .events(mapped)
        }
        let outcome = try await intake.commit(Arrival(envelope: envelope, verifiedBy: "none", content: content))
        return "intake: \(outcome)"
    }

    private mutating func event() -> String {
        let id = "m\(Int.random(in: 1...6, using: &dice))"
        let author = #""thread": "t1", "author": {"id": "ada"}"#
        switch Int.random(in: 0..<6, using: &dice) {
        case 0, 1, 2: return #"{"kind": "message", "id": "\#(id)", "text": "hi", \#(author)}"#
        case 3: return #"{"kind": "edit", "id": "\#(id)", "text": "e\#(Int.random(in: 1...3, using: &dice))"}"#
        case 4: return #"{"kind": "reaction", "id": "\#(id)", "reaction": "+", \#(author)}"#
        default: return #"{"kind": "typing", "id": "x", \#(author)}"#
        }
    }

    private mutating func replay() async throws -> String {
        let isRehearsal = Int.random(in: 0..<3, using: &dice) == 0
        let before = isRehearsal ? try await desk.snapshot() : []
        let filter = JournalFilter(outcome: [nil, .quarantined, .applied].randomElement(using: &dice) ?? nil)
        try await replayer(isRehearsal: isRehearsal).replay(filter) { _ in }
        if isRehearsal { #expect(try await desk.snapshot() == before) }
        return "replay \(filter), rehearsal \(isRehearsal)"
    }

    /// Attempts one delivery of each lane that is due: it is delivered, tried again, or given up.
    private mutating func carry() async throws -> String {
        var states: [DeliveryState] = []
        for destination in [Endpoint.contract("desk"), .channel("shop")] {
            let state: DeliveryState =
                [.delivered, .delivered, .snoozed, .failed].randomElement(using: &dice) ?? .failed
            states.append(state)
            let now = desk.clock.now
            try await desk.store.write { transaction in
                let lanes = try transaction.claimLanes(
                    of: destination, owner: "test", limit: 4, lease: .seconds(60), now: now)
                for lane in lanes {
                    try transaction.updateDelivery(
                        DeliveryUpdate(id: lane.head.id, state: state, progress: 0, dueAt: now))
                    try transaction.release(lane.id, claim: lane.claim, dueAt: now)
                }
            }
        }
        return "carry: \(states)"
    }

    private func retry() async throws -> String {
        let failed = try await desk.store.read {
            try $0.deliveries(matching: DeliveryQuery(states: [.failed]), limit: 1)
        }
        for record in failed {
            try await desk.deadLetters.retry(record.delivery.id, actor: "test")
        }
        return "retry \(failed.count)"
    }

    /// An agent answers, and sometimes what is still to be sent of it is cancelled.
    private mutating func answer() async throws -> String {
        let isCancelled = Bool.random(using: &dice)
        let (replies, now) = (Replies(wiring: desk.live.current.wiring), desk.clock.now)
        let id = "c\(Int.random(in: 1...5, using: &dice))"
        return try await desk.store.write { transaction in
            guard let conversation = try transaction.conversations(before: nil, status: nil, limit: 1).first else {
                return "nobody to answer"
            }
            let command = Command(kind: .reply, id: id, conversation: conversation.id, text: "Good day")
            let result = try replies.perform(
                command, from: .token("crm"), correlation: "c", at: now, in: transaction)
            if case .message(let message) = result, isCancelled {
                try transaction.cancelReplies(of: message, because: .cancelled, at: now)
            }
            return "answer \(result)"
        }
    }

    private func retain() async throws -> String {
        desk.clock.advance(by: .seconds(30 * 86_400))
        let keeper = JournalKeeper(
            keep: desk.live.current.configuration.journalKeep, store: desk.store, clock: desk.clock.wall,
            pace: Pace(sleep: { _ in }, spread: { 0 }), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        return "retain: \(try await keeper.turn()) emptied"
    }
}

/// Dice that fall the same for the same seed (SplitMix64).
struct SeededDice: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

extension Desk {
    /// The whole account, a line a counter; what is 0 is left out.
    func balances() async throws -> Set<Balance> {
        Set(try await store.read { try $0.balances() }.filter { $0.count != 0 })
    }
}
