import Deliveries
import Model
import ServiceLifecycle
import ServiceLifecycleTestKit
import Storage
import TestSupport
import Testing

@Suite("Attempts that are cut off", .timeLimit(.minutes(2)))
struct InterruptionTests {
    @Test("The beginning of an attempt that must not be made twice is on record before it is made")
    func marked() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fill(1...2)
        let seen = Tally()
        let desk = ScriptedDestination(isRepeatable: false) { delivery, _ in
            let state = try? await outbox.record(delivery.id).delivery.state
            if state == .sending { seen.add() }
            return .done
        }
        try await outbox.carry(desk) { try await outbox.waits(for: ids[1], toBe: .delivered) }
        #expect(seen.count == 2)
        // What the attempt itself is told is how the delivery stood before.
        #expect(desk.attempts.map(\.state) == [.pending, .pending])
    }

    @Test("An attempt that may be made twice costs no record of its beginning")
    func unmarked() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fill(1...1)
        let seen = Tally()
        let desk = ScriptedDestination { delivery, _ in
            let state = try? await outbox.record(delivery.id).delivery.state
            if state == .pending { seen.add() }
            return .done
        }
        try await outbox.carry(desk) { try await outbox.waits(for: ids[0], toBe: .delivered) }
        #expect(seen.count == 1)
    }

    @Test("An attempt whose end nobody saw is not made again where that would be a second message")
    func interrupted() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fill(1...2)
        // What a process leaves behind that dies during an attempt, after the next one started.
        try await outbox.store.write { transaction in
            _ = try transaction.claimLanes(
                of: .contract("desk"), owner: "dead", limit: 1, lease: .seconds(120), now: TestClock.start)
            try transaction.markSending(ids[0])
            try transaction.releaseAllLanes(at: TestClock.start)
        }
        let desk = ScriptedDestination(isRepeatable: false) { delivery, _ in
            delivery.state == .sending ? .not(.unknownOutcome, "whether it went out is not known") : .done
        }
        try await outbox.carry(desk) { try await outbox.waits(for: ids[1], toBe: .delivered) }
        let record = try await outbox.record(ids[0])
        #expect(record.delivery.state == .failed)
        #expect(record.outcome == "unknown_outcome")
        #expect(desk.attempts.map(\.state) == [.sending, .pending])
        #expect(desk.settled == ["1 failed: whether it went out is not known", "2 delivered"])
    }

    @Test("What an attempt left open stays open when the next one ends before it finds out")
    func stillOpen() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fill(1...1)
        try await outbox.store.write { try $0.markSending(ids[0]) }
        let desk = ScriptedDestination(isRepeatable: false) { delivery, count in
            if count == 1 { return .not(.transient, "no token can be had") }
            return delivery.state == .sending ? .not(.unknownOutcome, "whether it went out is not known") : .done
        }
        try await outbox.carry(desk) {
            try await outbox.waits(for: ids[0], toBe: .sending, attempts: 1)
            outbox.advance(by: .seconds(60))
            try await outbox.waits(for: ids[0], toBe: .failed)
        }
        #expect(desk.attempts.map(\.state) == [.sending, .sending])
    }

    @Test("An attempt that outlives its lease records nothing once another courier has the lane")
    func lostLease() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fill(1...1)
        let (gate, begun) = (Gate(), Tally())
        let slow = ScriptedDestination(parallel: 1, isRepeatable: false) { _, _ in
            begun.add()
            await gate.pass()
            return .not(.permanent, "too late")
        }
        let quick = ScriptedDestination()
        try await outbox.carry(slow) {
            await begun.reaches(1)
            outbox.clock.advance(by: .seconds(121))
            // The slow courier has no room to claim the lane itself.
            try await outbox.carry(quick) { try await outbox.waits(for: ids[0], toBe: .delivered) }
            gate.open()
        }
        #expect(quick.settled == ["1 delivered"])
        #expect(slow.settled.isEmpty)
        #expect(try await outbox.record(ids[0]).delivery.state == .delivered)
        #expect(try await outbox.attempts(of: ids[0]).map(\.outcome) == ["ok"])
    }

    @Test("When the clock jumps past the lease of an attempt, the attempt is not made a second time beside it")
    func clockJump() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fill(1...2)
        let (gate, begun) = (Gate(), Tally())
        let desk = ScriptedDestination(isRepeatable: false) { _, _ in
            begun.add()
            await gate.pass()
            return .done
        }
        try await outbox.carry(desk) {
            await begun.reaches(1)
            outbox.advance(by: .seconds(3600))
            // A lane that is claimed after the jump shows that the courier has looked.
            let other = try await outbox.fill(101...101, of: "bo")
            await begun.reaches(2)
            gate.open()
            try await outbox.waits(for: ids[1], toBe: .delivered)
            try await outbox.waits(for: other[0], toBe: .delivered)
        }
        #expect(desk.numbers.filter { $0 != 101 } == [1, 2])
        #expect(try await outbox.attempts(of: ids[0]).count == 1)
    }

    @Test("An attempt that the disk has no room to record is recorded when it has, and not made again")
    func fullDisk() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fill(1...2)
        let (room, refused) = (Switch(), Tally())
        let desk = ScriptedDestination(
            isRepeatable: false,
            disk: {
                guard !room.isOn else { return }
                refused.add()
                throw StoreError(.unavailable, "no room")
            })
        try await outbox.carry(desk) {
            await refused.reaches(1)
            // For longer than a lease.
            outbox.advance(by: .seconds(121))
            await refused.reaches(4)
            room.turnOn()
            try await outbox.waits(for: ids[1], toBe: .delivered)
        }
        #expect(desk.numbers == [1, 2])
        #expect(desk.settled == ["1 delivered", "2 delivered"])
    }

    @Test("A graceful shutdown finishes what is on the way, begins nothing new, and gives the lanes back")
    func shutdown() async throws {
        let outbox = try await Outbox()
        let ids = try await outbox.fill(1...3)
        let (gate, begun) = (Gate(), Tally())
        let desk = ScriptedDestination { _, _ in
            begun.add()
            await gate.pass()
            return .done
        }
        let courier = outbox.courier()
        courier.serve([desk])
        try await testGracefulShutdown { trigger in
            try await withThrowingTaskGroup { group in
                group.addTask { try await courier.run() }
                await begun.reaches(1)
                trigger.triggerGracefulShutdown()
                gate.open()
                try await group.waitForAll()
            }
        }
        #expect(desk.settled == ["1 delivered"])
        #expect(try await outbox.record(ids[1]).delivery.state == .pending)
        let claimed = try await outbox.store.write { transaction in
            try transaction.claimLanes(
                of: .contract("desk"), owner: "next", limit: 9, lease: .seconds(120), now: TestClock.start)
        }
        #expect(claimed.map(\.head.number) == [2])
    }

    @Test("A lane that never ends lets others have their turn")
    func turns() async throws {
        let outbox = try await Outbox()
        let long = try await outbox.fill(1...100, of: "ada")
        outbox.clock.advance(by: .milliseconds(1))
        let short = try await outbox.fill(1001...1001, of: "bo")
        let desk = ScriptedDestination(parallel: 1) { _, _ in
            outbox.clock.advance(by: .milliseconds(1))
            return .done
        }
        try await outbox.carry(desk) {
            try await outbox.waits(for: long[99], toBe: .delivered)
            try await outbox.waits(for: short[0], toBe: .delivered)
        }
        let place = try #require(desk.numbers.firstIndex(of: 1001))
        #expect(place < 100)
        #expect(desk.numbers.filter { $0 != 1001 } == (1...100).map { $0 })
    }
}
