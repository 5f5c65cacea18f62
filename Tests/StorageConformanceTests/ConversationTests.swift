import Model
import Storage
import TestSupport
import Testing

@Suite("Conversations, legs and tickets in the store", .timeLimit(.minutes(2)))
struct ConversationTests {
    private static let time = TestClock.start

    @Test("A conversation is closed and opened again", arguments: Backend.allCases)
    func status(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seed = try await fresh.store.write { try Seed.plant(in: $0) }
        let later = Self.time + .seconds(5)
        let closed = try await fresh.store.write { transaction in
            try transaction.setConversation(seed.conversation.id, status: .closed, at: later, said: later)
            return try transaction.conversation(seed.conversation.id)
        }
        #expect(closed?.status == .closed)
        #expect(closed?.closedAt == later)
        let open = try await fresh.store.write { transaction in
            try transaction.setConversation(seed.conversation.id, status: .open, at: later, said: later)
            return try transaction.conversation(seed.conversation.id)
        }
        #expect(open == seed.conversation)
    }

    @Test("The time of a status moves on and never back", arguments: Backend.allCases)
    func statusTimes(backend: Backend) async throws {
        let fresh = try await backend.make()
        let id = try await fresh.store.write { try Seed.plant(in: $0) }.conversation.id
        let (early, late) = (Self.time + .seconds(5), Self.time + .seconds(9))
        let times = try await fresh.store.write { transaction in
            var times = [try transaction.statusTime(of: id)]
            try transaction.setConversation(id, status: .closed, at: late, said: early)
            times.append(try transaction.statusTime(of: id))
            for said in [late, early] {
                try transaction.confirmStatus(of: id, said: said)
                times.append(try transaction.statusTime(of: id))
            }
            return times
        }
        #expect(times == [Self.time, early, late, late])
    }

    @Test("Pages of conversations have each once, the newest first", arguments: Backend.allCases)
    func pages(backend: Backend) async throws {
        let fresh = try await backend.make()
        let planted = try await fresh.store.write { transaction in
            try (0..<7).map { try Seed.plant("p\($0)", at: Self.time + .milliseconds($0), in: transaction) }
        }
        let third = planted[3].conversation.id
        try await fresh.store.write { try $0.setConversation(third, status: .closed, at: Self.time, said: Self.time) }
        var seen: [ConversationID] = []
        var before: ConversationID?
        repeat {
            let cursor = before
            let page = try await fresh.store.read { try $0.conversations(before: cursor, status: nil, limit: 3) }
            seen += page.map(\.id)
            before = page.last?.id
        } while before != nil
        #expect(seen == planted.map(\.conversation.id).reversed())
        let closed = try await fresh.store.read { try $0.conversations(before: nil, status: .closed, limit: 9) }
        #expect(closed.map(\.id) == [third])
    }

    @Test("A thread has one open leg for each writer", arguments: Backend.allCases)
    func legs(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seed = try await fresh.store.write { try Seed.plant(in: $0) }
        let second = { @Sendable in
            Leg(
                id: LegID(at: Self.time + .seconds(1)), conversation: seed.conversation.id, channel: "shop",
                thread: seed.leg.thread, identity: seed.identity.id, context: ["n": 2], contextExpiresAt: nil,
                lastInboundAt: Self.time + .seconds(1))
        }
        let error = await #expect(throws: StoreError.self) {
            try await fresh.store.write { try $0.insertLeg(second()) }
        }
        #expect(error?.code == .conflict)
        let leg = second()
        try await fresh.store.write { transaction in
            try transaction.endLeg(seed.leg.id, at: Self.time + .seconds(1))
            try transaction.insertLeg(leg)
        }
        let legs = try await fresh.store.read { try $0.legs(of: seed.conversation.id) }
        #expect(legs == [leg, seed.leg])
        #expect(try await fresh.store.read { try $0.openLeg(channel: "shop", thread: leg.thread) } == leg)
    }

    @Test(
        "The newest message of a leg gives the context to answer in; an older one gives nothing",
        arguments: Backend.allCases)
    func context(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seed = try await fresh.store.write { try Seed.plant(in: $0) }
        let (sooner, later) = (Self.time - .seconds(9), Self.time + .seconds(9))
        let set = { @Sendable (context: JSON, expires: Timestamp?, time: Timestamp) in
            try await fresh.store.write { transaction in
                try transaction.setContext(of: seed.leg.id, to: context, expires: expires, isOnce: false, at: time)
                return try transaction.leg(seed.leg.id)
            }
        }
        let first = try await set(["n": 1], later, later)
        #expect(first?.context == ["n": 1])
        #expect(first?.contextExpiresAt == later)
        #expect(try await set(["n": 0], nil, sooner)?.context == ["n": 1])
        let second = try await set(["n": 2], nil, later)
        #expect(second?.context == ["n": 2])
        #expect(second?.contextExpiresAt == nil)
    }

    @Test(
        "A leg was last used when its person last wrote by the network's time, and the last used one comes first",
        arguments: Backend.allCases)
    func lastUse(backend: Backend) async throws {
        let fresh = try await backend.make()
        let (seed, legs) = try await fresh.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            let second = Leg(
                id: LegID(at: Self.time), conversation: seed.conversation.id, channel: "shop", thread: "another",
                identity: seed.identity.id, context: nil, contextExpiresAt: nil,
                lastInboundAt: Self.time + .seconds(5))
            try transaction.insertLeg(second)
            let unused = try transaction.legs(of: seed.conversation.id).map(\.id)
            #expect(unused == [second.id, seed.leg.id])
            try transaction.insertMessage(seed.inbound("m1", at: Self.time + .seconds(9)))
            try transaction.insertMessage(seed.inbound("m2", at: Self.time + .seconds(7)))
            try transaction.insertMessage(seed.outbound(at: Self.time + .seconds(20)))
            return (seed, try transaction.legs(of: seed.conversation.id))
        }
        #expect(legs.map(\.lastInboundAt) == [Self.time + .seconds(9), Self.time + .seconds(5)])
        #expect(legs.first?.id == seed.leg.id)
    }

    @Test("A conversation has one ticket at a contract, and what is new about it is kept", arguments: Backend.allCases)
    func tickets(backend: Backend) async throws {
        let fresh = try await backend.make()
        let (ada, bo) = try await fresh.store.write { transaction in
            (try Seed.plant("ada", in: transaction), try Seed.plant("bo", in: transaction))
        }
        let save = { @Sendable (ticket: Ticket, contract: String, seed: Seed, transaction: any Transaction) in
            try transaction.saveTicket(ticket, contract: contract, conversation: seed.conversation.id, at: Self.time)
        }
        try await fresh.store.write { transaction in
            try save(Ticket(externalID: "1", url: "https://desk/1", context: ["a": 1]), "desk", ada, transaction)
            try save(Ticket(externalID: "1", url: nil, context: ["a": 2]), "desk", ada, transaction)
            try save(Ticket(externalID: "1", url: nil, context: nil), "archive", bo, transaction)
        }
        let ticket = try await fresh.store.read { try $0.ticket(contract: "desk", conversation: ada.conversation.id) }
        #expect(ticket == Ticket(externalID: "1", url: "https://desk/1", context: ["a": 2]))
        let stands = try await fresh.store.read { transaction in
            [
                try transaction.conversation(contract: "desk", ticket: "1"),
                try transaction.conversation(contract: "archive", ticket: "1"),
                try transaction.conversation(contract: "desk", ticket: "2"),
            ]
        }
        #expect(stands == [ada.conversation.id, bo.conversation.id, nil])
        let error = await #expect(throws: StoreError.self) {
            try await fresh.store.write { try save(Ticket(externalID: "1", url: nil, context: nil), "desk", bo, $0) }
        }
        #expect(error?.code == .conflict)
    }
}
