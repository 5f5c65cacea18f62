import Model
import Storage
import TestSupport
import Testing

@Suite("Leases in the store", .timeLimit(.minutes(2)))
struct LeaseTests {
    private static let time = TestClock.start
    private static let term = Duration.seconds(9)

    private func acquire(
        _ fresh: FreshStore, _ name: String = "poll", by holder: String, after wait: Duration = .zero
    ) async throws -> LeaseClaim? {
        try await fresh.store.write { transaction in
            let now = Self.time + wait
            return try transaction.acquireLease(name, by: holder, until: now + Self.term, now: now)
        }
    }

    private func isHeld(_ claim: LeaseClaim, in store: any Store) async throws -> Bool {
        do {
            try await store.write { try $0.assertHeld(claim) }
            return true
        } catch let error as StoreError where error.code == .leaseLost {
            return false
        }
    }

    @Test("One node has a lease until it runs out; each claim has a greater token", arguments: Backend.allCases)
    func takeover(backend: Backend) async throws {
        let fresh = try await backend.make()
        let first = try #require(try await acquire(fresh, by: "one"))
        #expect(first.token == 1)
        #expect(try await acquire(fresh, by: "two", after: .milliseconds(8999)) == nil)
        #expect(try await isHeld(first, in: fresh.store))
        let second = try #require(try await acquire(fresh, by: "two", after: Self.term))
        #expect(second.token == 2)
        #expect(try await isHeld(first, in: fresh.store) == false)
        #expect(try await isHeld(second, in: fresh.store))
        // Its own, taken again, is another claim.
        let third = try #require(try await acquire(fresh, by: "two", after: Self.term))
        #expect(third.token == 3)
        #expect(try await isHeld(second, in: fresh.store) == false)
    }

    @Test("What was given back is free at once, and its token does not come again", arguments: Backend.allCases)
    func release(backend: Backend) async throws {
        let fresh = try await backend.make()
        let first = try #require(try await acquire(fresh, by: "one"))
        try await fresh.store.write { try $0.releaseLease(first) }
        #expect(try await isHeld(first, in: fresh.store) == false)
        #expect(try await fresh.store.read { try $0.leases() }.map(\.holder) == [nil])
        let second = try #require(try await acquire(fresh, by: "two"))
        #expect(second.token == 2)
        // Who holds it no more gives nothing back.
        try await fresh.store.write { try $0.releaseLease(first) }
        #expect(try await isHeld(second, in: fresh.store))
        try await fresh.store.write { try $0.releaseAllLeases() }
        #expect(try await isHeld(second, in: fresh.store) == false)
        #expect(try await acquire(fresh, by: "two")?.token == 3)
    }

    @Test("Renewal tells what the holder still has, also what ran out and nobody took", arguments: Backend.allCases)
    func renewal(backend: Backend) async throws {
        let fresh = try await backend.make()
        let (a, b) = (try await acquire(fresh, "a", by: "one"), try await acquire(fresh, "b", by: "one"))
        let claims = Set([a, b].compactMap(\.self))
        let taken = try #require(try await acquire(fresh, "b", by: "two", after: Self.term))
        let later = Self.time + .seconds(20)
        let kept = try await fresh.store.write { try $0.renewLeases(claims, until: later + Self.term) }
        #expect(kept.map(\.name) == ["a"])
        #expect(try await acquire(fresh, "a", by: "two", after: .seconds(28)) == nil)
        let leases = try await fresh.store.read { try $0.leases() }
        #expect(leases.map(\.holder) == ["one", "two"])
        #expect(leases.map(\.expiresAt) == [later + Self.term, Self.time + Self.term + Self.term])
        #expect(leases[1].token == taken.token)
        #expect(try await fresh.store.write { try $0.renewLeases([], until: later) }.isEmpty)
    }

    @Test("A lease without an end is held until it is given back", arguments: Backend.allCases)
    func endless(backend: Backend) async throws {
        let fresh = try await backend.make()
        let claim = try await fresh.store.write { transaction in
            try transaction.acquireLease("poll", by: "one", until: nil, now: Self.time)
        }
        #expect(try await acquire(fresh, by: "two", after: .seconds(1_000_000)) == nil)
        try await fresh.store.write { try $0.releaseLease(try #require(claim)) }
        let second = try #require(try await acquire(fresh, by: "two"))
        // One that has an end is left alone when those without are given back.
        _ = try await fresh.store.write { transaction in
            _ = try transaction.acquireLease("stream", by: "dead", until: nil, now: Self.time)
            try transaction.releaseEndlessLeases()
        }
        #expect(try await isHeld(second, in: fresh.store))
        #expect(try await acquire(fresh, "stream", by: "two")?.token == 2)
    }

    @Test(
        "A cursor whose lease is another's does not move, and what was fetched with it is not kept",
        arguments: Backend.allCases)
    func fence(backend: Backend) async throws {
        let fresh = try await backend.make()
        let old = try #require(try await acquire(fresh, by: "one"))
        let new = try #require(try await acquire(fresh, by: "two", after: Self.term))
        let name = CursorName(endpoint: .channel("shop"), poll: "news", item: nil)
        let write = { @Sendable (claim: LeaseClaim) in
            try await fresh.store.write { transaction in
                try transaction.insertEnvelope(
                    .sample(at: Self.time), verifiedBy: "poll", outcome: .applied, reason: nil)
                try transaction.moveCursor(
                    CursorMove(name, to: ["by": .string(claim.holder)], at: Self.time, under: claim))
            }
        }
        try await write(new)
        let error = await #expect(throws: StoreError.self) { try await write(old) }
        #expect(error?.code == .leaseLost)
        let (cursor, count) = try await fresh.store.read { transaction in
            (try transaction.cursor(name), try transaction.envelopeCount(JournalFilter()))
        }
        #expect(cursor == ["by": "two"])
        #expect(count == 1)
    }

    @Test("Of nodes that want one lease at the same moment one gets it", arguments: Backend.durable)
    func race(backend: Backend) async throws {
        let fresh = try await backend.make()
        let other = try await fresh.another()
        for number in 0..<20 {
            let claims = try await withThrowingTaskGroup(of: LeaseClaim?.self) { group in
                for (holder, store) in [("one", fresh.store), ("two", other)] {
                    group.addTask {
                        try await store.write { transaction in
                            try transaction.acquireLease(
                                "poll \(number)", by: holder, until: Self.time + Self.term, now: Self.time)
                        }
                    }
                }
                var claims: [LeaseClaim] = []
                for try await claim in group { claims += [claim].compactMap(\.self) }
                return claims
            }
            #expect(claims.count == 1)
        }
        await other.close()
    }

    @Test("Nodes that are long gone are forgotten, all else is kept", arguments: Backend.allCases)
    func forgotten(backend: Backend) async throws {
        let fresh = try await backend.make()
        for name in ["node old", "poll"] { _ = try await acquire(fresh, name, by: "old") }
        _ = try await acquire(fresh, "node new", by: "new", after: .seconds(100))
        let gone = try #require(try await acquire(fresh, "node gone", by: "gone", after: .seconds(100)))
        try await fresh.store.write { transaction in
            try transaction.releaseLease(gone)
            try transaction.forgetLeases(named: "node ", endedBefore: Self.time + .seconds(50))
        }
        #expect(try await fresh.store.read { try $0.leases() }.map(\.name) == ["node new", "poll"])
    }

    @Test("The time of the server is near ours, where there is one", arguments: Backend.allCases)
    func serverTime(backend: Backend) async throws {
        let fresh = try await backend.make()
        let told = try await fresh.store.read { try $0.serverTime() }
        guard backend.isPostgreSQL else {
            #expect(told == nil)
            return
        }
        // The server runs on this machine.
        let difference = try #require(told) - WallClock.system.now
        #expect(difference < .seconds(60) && difference > .seconds(-60))
    }
}
