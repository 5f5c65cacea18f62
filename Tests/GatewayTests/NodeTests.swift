import Connectors
import Logging
import Model
import Storage
import TestSupport
import Testing

@testable import Gateway

@Suite("Nodes and what each of them does", .timeLimit(.minutes(2)))
struct NodeTests {
    private static let polls = Set((0..<30).map { "poll channel:c\($0)/news" })

    private func nodes(_ count: Int) async throws -> (nodes: [Node], clock: TestClock, store: SharedStore) {
        let fresh = try await Backend.memory.make()
        let store = SharedStore(fresh.store)
        return ((0..<count).map { _ in Node(store, fresh.clock) }, fresh.clock, store)
    }

    /// Each takes its turn, then the time of a turn passes.
    private func turn(_ nodes: [Node], _ clock: TestClock, times: Int = 1, of names: Set<String> = polls) async throws {
        for _ in 0..<times {
            for node in nodes { try await node.turn(wanting: names) }
            clock.advance(by: LeaseTimes().turn)
        }
    }

    private func counts(_ nodes: [Node], of names: Set<String> = polls) -> [Int] {
        nodes.map { node in node.claims.keys.count { names.contains($0) } }
    }

    @Test("Times: what a node did that has ended is taken over in 15 s, or in what was chosen")
    func times() {
        #expect((LeaseTimes().term, LeaseTimes().turn) == (.seconds(9), .seconds(3)))
        for takeover in [5, 15, 600] {
            let times = LeaseTimes(takeover: .seconds(takeover))
            #expect(times.term + times.turn * 2 == .seconds(takeover))
            #expect(times.turn * 3 == times.term)
        }
    }

    @Test("One node takes everything; one that comes to it gets its share, and so does a third")
    func shares() async throws {
        let (nodes, clock, _) = try await nodes(3)
        try await turn([nodes[0]], clock)
        #expect(counts(nodes) == [30, 0, 0])
        try await turn(Array(nodes[0...1]), clock, times: 3)
        #expect(counts(nodes) == [15, 15, 0])
        try await turn(nodes, clock, times: 3)
        #expect(counts(nodes) == [10, 10, 10])
        #expect(nodes.map(\.living) == [3, 3, 3])
        // Nothing moves any more.
        let before = nodes.map(\.claims)
        try await turn(nodes, clock, times: 5)
        #expect(nodes.map(\.claims) == before)
    }

    @Test("What a node did that ended without a word is shared by the others before 15 s are over")
    func death() async throws {
        let (nodes, clock, _) = try await nodes(3)
        try await turn(nodes, clock, times: 4)
        #expect(counts(nodes) == [10, 10, 10])
        // The clock stands a turn behind the last renewal.
        clock.advance(by: .zero - LeaseTimes().turn)
        let end = clock.now
        let others = Array(nodes[1...])
        while counts(others) != [15, 15] {
            clock.advance(by: LeaseTimes().turn)
            for node in others { try await node.turn(wanting: Self.polls) }
            try #require(clock.now - end <= LeaseTimes().takeover)
        }
        #expect(clock.now - end >= LeaseTimes().term)
    }

    @Test("The lanes of a node that has ended are free before 15 s are over, and only those")
    func lanes() async throws {
        let (nodes, clock, store) = try await nodes(2)
        let time = clock.now
        let claims = try await store.write { transaction in
            try nodes.map { node in
                let seed = try Seed.plant(node.name, in: transaction)
                try transaction.enqueue(seed.event(), at: time)
                return try transaction.claimLanes(
                    of: .contract("desk"), owner: node.name, limit: 1, lease: .seconds(60), now: time)
            }.joined().map { ($0.id, $0.claim) }
        }
        try await turn(nodes, clock)
        for _ in 0..<4 {
            try await nodes[1].turn(wanting: [])
            clock.advance(by: LeaseTimes().turn)
        }
        #expect(clock.now - time == LeaseTimes().takeover)
        let held = try await store.read { transaction in
            try claims.map { try transaction.holds($0.0, claim: $0.1) }
        }
        #expect(held == [false, true])
        // It is back: its own lease is its own again, and it takes part.
        try await turn(nodes, clock, times: 2)
        #expect(nodes.map(\.living) == [2, 2])
    }

    @Test("A node that leaves gives everything back: the others have it at their next turn or the one after")
    func leaving() async throws {
        let (nodes, clock, store) = try await nodes(3)
        try await turn(nodes, clock, times: 4)
        await nodes[0].leave()
        try await turn(Array(nodes[1...]), clock, times: 2)
        #expect(counts(Array(nodes[1...])) == [15, 15])
        #expect(nodes[0].claims.isEmpty)
        let names = try await store.read { try $0.leases() }.filter { $0.name.hasPrefix(Node.prefix) }
        #expect(names.count == 2)
    }

    @Test("After an outage of the store the first node that is back takes nothing that the others renew a turn later")
    func outage() async throws {
        let (nodes, clock, store) = try await nodes(2)
        try await turn(nodes, clock, times: 4)
        let before = nodes.map(\.claims)
        store.goAway(true)
        clock.advance(by: .seconds(60))
        await #expect(throws: StoreError.self) { try await nodes[0].turn(wanting: Self.polls) }
        #expect(nodes.map { $0.isOverdue() } == [true, true])
        store.goAway(false)
        try await turn(nodes, clock, times: 3)
        #expect(nodes.map(\.claims) == before)
        #expect(nodes.map { $0.isOverdue() } == [false, false])
    }

    @Test("What only one node knows of is run there, whatever the share")
    func different() async throws {
        let (nodes, clock, _) = try await nodes(2)
        for _ in 0..<4 {
            try await nodes[0].turn(wanting: Self.polls)
            try await nodes[1].turn(wanting: [])
            clock.advance(by: LeaseTimes().turn)
        }
        #expect(counts(nodes) == [30, 0])
    }

    @Test("A lease that is needed for a moment goes from one to the next, also within one node")
    func moments() async throws {
        let (nodes, _, _) = try await nodes(2)
        let holders = Holders()
        try await withThrowingTaskGroup { group in
            for number in 0..<6 {
                let node = nodes[number % 2]
                group.addTask {
                    let claim = try await node.claim("token contract:desk/main")
                    await holders.come()
                    await Task.yield()
                    await holders.go()
                    await node.release([claim])
                }
            }
            try await group.waitForAll()
        }
        #expect(await holders.most == 1)
        #expect(await holders.all == 6)
    }

    /// Counts those that hold one thing at one time.
    private actor Holders {
        private var present = 0
        private(set) var most = 0
        private(set) var all = 0

        func come() {
            present += 1
            all += 1
            most = max(most, present)
        }

        func go() { present -= 1 }
    }

    @Test("Nodes go by the clock of the server, however wrong their own are", arguments: Backend.allCases)
    func time(backend: Backend) async throws {
        let fresh = try await backend.make()
        let node = Node(fresh.store, clock: fresh.clock.wall, followsServer: true, logger: .silent)
        #expect(node.clock.now == fresh.clock.now)
        try await node.readClock()
        guard backend == .postgresql else {
            #expect(node.clock.now == fresh.clock.now)
            return
        }
        // The server runs on this machine; the node's clock is weeks away.
        let difference = node.clock.now - WallClock.system.now
        #expect(difference < .seconds(60) && difference > .seconds(-60))
        try await node.turn(wanting: ["poll"])
        let end = try #require(try await fresh.store.read { try $0.leases() }.first?.expiresAt)
        #expect(end > node.clock.now && end <= node.clock.now + LeaseTimes().term)
        // A step of its own is made good at the next turn.
        fresh.clock.advance(by: .seconds(7200))
        try await node.turn(wanting: ["poll"])
        let after = node.clock.now - WallClock.system.now
        #expect(after < .seconds(60) && after > .seconds(-60))
    }

    // MARK: - Polls on two nodes

    /// A taker that stands still before it commits, for as long as a test likes.
    private struct Sleeper: PollTaker {
        let inner: any PollTaker
        let pause: @Sendable () async throws -> Void
        var endpoint: Endpoint { inner.endpoint }
        var connector: Connector { inner.connector }

        func state(of poll: String, item: String?) async throws -> PollState {
            try await inner.state(of: poll, item: item)
        }

        func take(
            _ batch: PollBatch, of poll: String, item: String?, under claim: LeaseClaim?
        ) async throws -> Int {
            try await pause()
            return try await inner.take(batch, of: poll, item: item, under: claim)
        }
    }

    @Test(
        "A node that wakes up after its lease is gone keeps nothing of what it fetched; each item is there once",
        arguments: Backend.allCases.filter { $0 == .postgresql })
    func pausedPoll(backend: Backend) async throws {
        let desk = try await PollDesk(
            backend,
            answers: [
                PollDesk.page([("2", "b"), ("1", "a")]), PollDesk.page([("3", "c"), ("2", "b"), ("1", "a")]),
                PollDesk.page([("4", "d"), ("3", "c")]),
            ])
        let clock = desk.fresh.clock
        let there = try await desk.fresh.another()
        let (one, two) = (Node(desk.fresh.store, clock), Node(there, clock))
        let name = "poll channel:shop/news"
        try await one.turn(wanting: [name])
        let first = try #require(one.claims[name])
        let other = try desk.taker(over: there)
        let sleeper = Sleeper(inner: try desk.taker()) {
            // 15 s later the other has taken over, and has made a run of its own.
            for _ in 0..<5 {
                clock.advance(by: LeaseTimes().turn)
                try await two.turn(wanting: [name])
            }
            let second = try #require(two.claims[name])
            #expect(second.token == first.token + 1)
            await desk.run(other, under: second)
        }
        // It ends without a nap: there is nothing to do for it any more.
        #expect(await desk.run(sleeper, turns: 5, under: first).isEmpty)
        #expect(try await desk.messages() == ["1", "2", "3"])
        #expect(try await desk.quarantined().isEmpty)
        #expect(try await other.state(of: "news", item: "a").value == "3")
        // Its next turn tells it the same.
        try await one.turn(wanting: [name])
        #expect(one.claims[name] == nil)
        await desk.run(other, under: two.claims[name])
        #expect(try await desk.messages() == ["1", "2", "3", "4"])
        #expect(try await desk.fresh.store.read { try $0.envelopeCount(JournalFilter()) } == 4)
        await there.close()
    }
}
