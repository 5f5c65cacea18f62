import Model
import Storage
import Synchronization
import TestSupport
import Testing

@testable import Gateway

@Suite("Errands under leases", .timeLimit(.minutes(2)))
struct ErrandRunnerTests {
    /// What happened, in order; a test waits until it has.
    private final class Notes: Sendable {
        private let lines = Mutex<[String]>([])
        private let signals = StoreSignals()

        var all: [String] { lines.withLock { $0 } }

        func add(_ line: String) {
            lines.withLock { $0.append(line) }
            signals.raise(.files)
        }

        /// Waits until these were noted, in any order, and nothing else.
        func become(_ expected: [String], sourceLocation: SourceLocation = #_sourceLocation) async throws {
            let end = ContinuousClock.now + .seconds(60)
            while ContinuousClock.now < end {
                let seen = signals.count(of: .files)
                if all.sorted() == expected.sorted() { return }
                await signals.wait(for: .files, after: seen, atMost: .milliseconds(250))
            }
            try #require(all.sorted() == expected.sorted(), sourceLocation: sourceLocation)
        }
    }

    /// Notes when it begins and when it ends.
    private struct NotedErrand: Errand {
        let lease: String?
        let notes: Notes

        func run(under claim: LeaseClaim?) async {
            let name = "\(lease ?? "own") \(claim.map { String($0.token) } ?? "-")"
            notes.add("\(name) begins")
            let (end, continuation) = AsyncStream.makeStream(of: Never.self)
            for await _ in end {}
            continuation.finish()
            notes.add("\(name) ends")
        }
    }

    /// One node with a runner, whose time a test stops.
    private struct House: Sendable {
        let node: Node
        let runner: ErrandRunner
        let notes = Notes()
        let signals = StoreSignals()
        let isPaused: Switch

        init(_ store: any Store, _ clock: TestClock, _ leases: [String?]) {
            let (signals, isPaused) = (signals, Switch())
            self.isPaused = isPaused
            node = Node(store, clock)
            runner = ErrandRunner(
                on: node,
                pace: Pace { _ in
                    repeat {
                        let seen = signals.count(of: .files)
                        await signals.wait(for: .files, after: seen, atMost: .milliseconds(5))
                    } while isPaused.isOn && !Task.isCancelled
                    try Task.checkCancellation()
                } spread: {
                    0
                })
            serve(leases)
        }

        func serve(_ leases: [String?]) {
            runner.serve(leases.map { NotedErrand(lease: $0, notes: notes) })
        }
    }

    /// Runs all while `look` lasts, then cancels them.
    private func run(_ houses: [House], while look: () async throws -> Void) async throws {
        try await withThrowingTaskGroup { group in
            for house in houses { group.addTask { try await house.runner.run() } }
            do {
                try await look()
            } catch {
                group.cancelAll()
                throw error
            }
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    private func shared() async throws -> (store: SharedStore, clock: TestClock) {
        let fresh = try await Backend.memory.make()
        return (SharedStore(fresh.store), fresh.clock)
    }

    private func holders(_ store: any Store) async throws -> [String: String?] {
        let leases = try await store.read { try $0.leases() }
        return Dictionary(leases.map { ($0.name, $0.holder) }) { first, _ in first }
    }

    /// Lets so much time pass, and waits until this node has renewed what it holds.
    private func pass(_ time: Duration, _ house: House, _ store: any Store, _ clock: TestClock) async throws {
        clock.advance(by: time)
        let (name, end) = (Node.prefix + house.node.name, clock.now + LeaseTimes().term)
        let isRenewed = try await store.waits { transaction in
            try transaction.leases().contains { $0.name == name && $0.expiresAt == end }
        }
        try #require(isRenewed)
    }

    @Test("What runs on a node that stands still runs on another in 15 s, and ends on the first when it wakes up")
    func paused() async throws {
        let (store, clock) = try await shared()
        let (one, two) = (House(store, clock, ["poll"]), House(store, clock, ["poll", nil]))
        try await run([one]) {
            try await one.notes.become(["poll 1 begins"])
            try await run([two]) {
                try await pass(.zero, two, store, clock)
                one.isPaused.turn(on: true)
                for _ in 0..<5 { try await pass(LeaseTimes().turn, two, store, clock) }
                try await two.notes.become(["own - begins", "poll 2 begins"])
                #expect(one.notes.all == ["poll 1 begins"])
                one.isPaused.turn(on: false)
                try await one.notes.become(["poll 1 begins", "poll 1 ends"])
            }
        }
        #expect(try await holders(store)["poll"] == .some(nil))
    }

    @Test("A node that can not reach the store for as long as leases last ends by itself what ran under them")
    func cut() async throws {
        let (store, clock) = try await shared()
        let house = House(store, clock, ["poll", nil])
        try await run([house]) {
            try await house.notes.become(["own - begins", "poll 1 begins"])
            store.goAway(true)
            clock.advance(by: LeaseTimes().term)
            try await house.notes.become(["own - begins", "poll 1 begins", "poll 1 ends"])
            store.goAway(false)
            try await house.notes.become(["own - begins", "poll 1 begins", "poll 1 ends", "poll 2 begins"])
        }
    }

    @Test("A reload keeps the leases of what goes on, and gives the others back; so does the end for all")
    func reload() async throws {
        let (store, clock) = try await shared()
        let house = House(store, clock, ["a", "b"])
        try await run([house]) {
            try await house.notes.become(["a 1 begins", "b 1 begins"])
            house.serve(["b", "c"])
            try await house.notes.become([
                "a 1 begins", "b 1 begins", "a 1 ends", "b 1 ends", "b 1 begins", "c 1 begins",
            ])
            let isFree = try await store.waits { transaction in
                try transaction.leases().contains { $0.name == "a" && $0.holder == nil }
            }
            #expect(isFree)
        }
        #expect(try await holders(store).values.allSatisfy { $0 == nil })
    }

    @Test("Where a store has one node, all runs there under leases that have no end")
    func alone() async throws {
        let fresh = try await Backend.memory.make()
        let house = House(fresh.store, fresh.clock, ["a", "b", nil])
        try await run([house]) {
            try await house.notes.become(["own - begins", "a 1 begins", "b 1 begins"])
            fresh.clock.advance(by: .seconds(3600))
            let leases = try await fresh.store.read { try $0.leases() }
            #expect(leases.allSatisfy { $0.holder == house.node.name && $0.expiresAt == nil })
            #expect(leases.count == 3)
        }
        #expect(house.notes.all.count == 6)
        // A process that was killed left its leases; the next one gives them back, and runs all again.
        try await fresh.store.write { transaction in
            _ = try transaction.acquireLease("a", by: "dead", until: nil, now: TestClock.start)
            try transaction.releaseAllLeases()
        }
        let next = House(fresh.store, fresh.clock, ["a"])
        try await run([next]) { try await next.notes.become(["a 3 begins"]) }
    }
}

/// Turned on and off by a test.
private final class Switch: Sendable {
    private let state = Mutex(false)

    var isOn: Bool { state.withLock { $0 } }

    func turn(on isOn: Bool) {
        state.withLock { $0 = isOn }
    }
}
