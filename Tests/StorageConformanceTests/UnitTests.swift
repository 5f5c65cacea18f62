import Dispatch
import Model
import Storage
import Synchronization
import TestSupport
import Testing

@Suite("Units of work", .timeLimit(.minutes(2)))
struct UnitTests {
    private struct Deliberate: Error, Equatable {
        let number: Int
    }

    /// Holds the writer until so many units are about to be handed in.
    private final class Gate: Sendable {
        private let missing: Mutex<Int>
        private let semaphore = DispatchSemaphore(value: 0)

        init(_ count: Int) {
            missing = Mutex(count)
        }

        func pass() {
            let isLast = missing.withLock { missing in
                missing -= 1
                return missing == 0
            }
            if isLast { semaphore.signal() }
        }

        // A unit whose commit is undone because of another is run again.
        func wait() {
            semaphore.wait()
            semaphore.signal()
        }
    }

    /// How many people, and how many events counted as received on the channel.
    private func counts(_ fresh: FreshStore) async throws -> (people: Int64?, received: Int64) {
        try await fresh.store.read { transaction in
            (
                try transaction.row("SELECT count(*) FROM people", [])?.integer(0),
                try transaction.balances().first { $0.counter == "received" }?.count ?? 0
            )
        }
    }

    @Test("A unit that throws is undone alone, however many share its commit", arguments: Backend.everywhere)
    func everyThird(backend: Backend) async throws {
        let fresh = try await backend.make()
        let outcomes = await withTaskGroup { group in
            for number in 0..<300 {
                group.addTask {
                    do {
                        try await fresh.store.write { transaction in
                            _ = try Seed.plant("p\(number)", in: transaction)
                            transaction.count(.received, by: 1, of: .channel("shop"))
                            if number % 3 == 0 { throw Deliberate(number: number) }
                        }
                        return (number, nil as Int?)
                    } catch {
                        return (number, (error as? Deliberate)?.number ?? -1)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        for (number, failure) in outcomes { #expect(failure == (number % 3 == 0 ? number : nil)) }
        let counts = try await counts(fresh)
        #expect(counts.people == 200)
        #expect(counts.received == 200)
    }

    @Test("A unit that breaks a constraint does not poison the others", arguments: Backend.everywhere)
    func constraints(backend: Backend) async throws {
        let fresh = try await backend.make()
        let conflicts = await withTaskGroup { group in
            for number in 0..<100 {
                group.addTask {
                    do {
                        // Five units want one name: one of them gets it.
                        try await fresh.store.write { _ = try Seed.plant("p\(number / 5)", in: $0) }
                        return 0
                    } catch {
                        return (error as? StoreError)?.code == .conflict ? 1 : 1000
                    }
                }
            }
            return await group.reduce(0, +)
        }
        #expect(conflicts == 80)
        #expect(try await counts(fresh).people == 20)
    }

    @Test(
        "Units that fail in every way inside one commit leave the others there once, and counted once",
        arguments: Backend.everywhere)
    func everyWay(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seed = try await fresh.store.write { transaction in
            let seed = try Seed.plant("seed", in: transaction)
            try transaction.enqueue(seed.event(), at: TestClock.start)
            return seed
        }
        // The first unit holds the writer until all others are about to be handed in.
        let gate = Gate(250)
        async let first: Void = fresh.store.write { _ in gate.wait() }
        let good = await withTaskGroup { group in
            for number in 0..<250 {
                group.addTask {
                    gate.pass()
                    do {
                        try await fresh.store.write { try Self.unit(number, seed, in: $0) }
                        return [number]
                    } catch {
                        return []
                    }
                }
            }
            return await group.reduce(into: [Int]()) { $0 += $1 }
        }
        try await first
        #expect(good.sorted() == (0..<250).filter { $0 % 5 == 0 })
        let (names, enqueued, account, damage) = try await fresh.store.read { transaction in
            (
                try transaction.rows("SELECT name FROM people WHERE name <> 'seed'", []).map { try $0.text(0) },
                try transaction.row("SELECT count(*) FROM deliveries", [])?.integer(0),
                try DestinationAccount.all(in: transaction),
                backend.isPostgreSQL ? 0 : try transaction.rows("PRAGMA foreign_key_check", []).count
            )
        }
        #expect(names.sorted() == good.map { "p\($0)" }.sorted())
        #expect(try await counts(fresh).received == 50)
        #expect(enqueued == 51)
        #expect(account.map(\.enqueued) == [51])
        #expect(account.map(\.unaccounted) == [0])
        #expect(damage == 0)
    }

    /// A unit that is good, or fails in one of three ways, or will not hear of the refusal that ended it.
    private static func unit(_ number: Int, _ seed: Seed, in transaction: any Transaction) throws {
        transaction.count(.received, by: 1, of: .channel("shop"))
        // Throws before it has written.
        if number % 5 == 1 { throw Deliberate(number: number) }
        _ = try Seed.plant("p\(number)", in: transaction)
        try transaction.enqueue(seed.event(), at: TestClock.start)
        let refused = { try transaction.run("INSERT INTO people SELECT * FROM people WHERE name = 'seed'", []) }
        switch number % 5 {
        // Throws after it has written.
        case 2: throw Deliberate(number: number)
        // Is refused by the schema after it has written.
        case 3: _ = try refused()
        // Is refused, and goes on as if nothing had happened.
        case 4: _ = try? refused()
        default: break
        }
    }

    @Test("An SQL mistake is an error of its unit, and the store goes on", arguments: Backend.everywhere)
    func mistakes(backend: Backend) async throws {
        let fresh = try await backend.make()
        await #expect(throws: StoreError.self) { try await fresh.store.write { _ = try $0.run("SELEKT 1", []) } }
        _ = try await fresh.store.write { try Seed.plant(in: $0) }
        #expect(try await counts(fresh).people == 1)
    }

    @Test("A unit that answers is durable", arguments: Backend.durable)
    func durable(backend: Backend) async throws {
        let fresh = try await backend.make()
        let people = try await withThrowingTaskGroup { group in
            for number in 0..<50 {
                group.addTask { try await fresh.store.write { try Seed.plant("p\(number)", in: $0) }.person }
            }
            return try await group.reduce(into: [Person]()) { $0.append($1) }
        }
        let again = try await fresh.reopened()
        for person in people { #expect(try await again.store.read { try $0.person(person.id) } == person) }
    }

    @Test(
        "Units that lock the same run one after the other: none sees another half done", arguments: Backend.everywhere)
    func isolation(backend: Backend) async throws {
        let fresh = try await backend.make()
        _ = try await fresh.store.write { transaction in
            try transaction.insertCall(
                token: "t", key: "n", record: CallRecord(digest: "", status: 0, answer: 0), at: TestClock.start)
        }
        try await withThrowingTaskGroup { group in
            for _ in 0..<200 {
                group.addTask {
                    try await fresh.store.write { transaction in
                        try transaction.lock([.address(channel: "shop", address: "ada")])
                        let before = try transaction.call(token: "t", key: "n")?.status ?? -1
                        try transaction.run(
                            "UPDATE calls SET status = ? WHERE token = 't'", [.integer(Int64(before + 1))])
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await fresh.store.read { try $0.call(token: "t", key: "n") }?.status == 200)
    }

    @Test("Foreign keys hold", arguments: Backend.everywhere)
    func foreignKeys(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seed = try await fresh.store.write { try Seed.plant(in: $0) }
        let nowhere = ConversationID(at: TestClock.start)
        let refused: [@Sendable (any Transaction) throws -> Void] = [
            {
                _ = try $0.enqueue(
                    NewDelivery(
                        destination: .contract("desk"), conversation: nowhere, kind: .event, payload: [:],
                        correlation: "c"),
                    at: TestClock.start)
            },
            { try $0.insertPart(1, of: MessageID(at: TestClock.start), channel: "shop", text: "x") },
            { try $0.run("DELETE FROM people WHERE id = ?", [.id(seed.person.id)]) },
            {
                try $0.saveTicket(
                    Ticket(externalID: "1", url: nil, context: nil), contract: "desk", conversation: nowhere,
                    at: TestClock.start)
            },
        ]
        for unit in refused {
            let error = await #expect(throws: StoreError.self) { try await fresh.store.write { try unit($0) } }
            #expect(error?.code == .conflict)
        }
        #expect(try await fresh.store.read { try $0.person(seed.person.id) } != nil)
    }

    @Test("The schema refuses what must never be", arguments: Backend.everywhere)
    func checks(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seed = try await fresh.store.write { try Seed.plant(in: $0) }
        let conversation = SQLValue.id(seed.conversation.id)
        let refused: [(String, [SQLValue])] = [
            ("UPDATE conversations SET status = 'closed' WHERE id = ?", [conversation]),
            ("UPDATE conversations SET closed_at = 1 WHERE id = ?", [conversation]),
            ("UPDATE conversations SET status = 'solved' WHERE id = ?", [conversation]),
            ("UPDATE envelopes SET outcome = 'quarantined' WHERE id = ?", [.id(seed.envelope.id)]),
            ("UPDATE conversations SET opened_at = 'now' WHERE id = ?", [conversation]),
            ("INSERT INTO calls VALUES ('t', 'k', 'd', NULL, '{}', 0)", []),
        ]
        for (sql, values) in refused {
            await #expect(throws: StoreError.self, "\(sql)") { try await fresh.store.write { try $0.run(sql, values) } }
        }
    }

    @Test("A signal is raised by a commit and never by a unit that was undone", arguments: Backend.everywhere)
    func signals(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seed = try await fresh.store.write { try Seed.plant(in: $0) }
        let before = fresh.store.signals.count(of: .deliveries)
        await #expect(throws: Deliberate.self) {
            try await fresh.store.write { transaction in
                try transaction.enqueue(seed.event(), at: TestClock.start)
                throw Deliberate(number: 1)
            }
        }
        #expect(fresh.store.signals.count(of: .deliveries) == before)
        try await fresh.store.write { _ = try $0.enqueue(seed.event(), at: TestClock.start) }
        #expect(fresh.store.signals.count(of: .deliveries) == before + 1)
        // A signal that was raised before the wait is not waited for.
        await fresh.store.signals.wait(for: .deliveries, after: before, atMost: .seconds(3600))
    }

    @Test("Whoever waits for a signal is woken by the commit that raises it", arguments: Backend.everywhere)
    func wake(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seed = try await fresh.store.write { try Seed.plant(in: $0) }
        let before = fresh.store.signals.count(of: .deliveries)
        async let woken: Void = fresh.store.signals.wait(for: .deliveries, after: before, atMost: .seconds(3600))
        try await fresh.store.write { _ = try $0.enqueue(seed.event(), at: TestClock.start) }
        await woken
    }

    @Test("Counts go up and down with their units", arguments: Backend.everywhere)
    func balances(backend: Backend) async throws {
        let fresh = try await backend.make()
        try await withThrowingTaskGroup { group in
            for _ in 0..<40 {
                group.addTask {
                    try await fresh.store.write { transaction in
                        transaction.count(.received, by: 3, of: .channel("shop"))
                        transaction.count(.parked, by: 1, of: .channel("shop"))
                        transaction.count(.parked, by: -1, of: .channel("shop"))
                        transaction.count(.received, by: 1, of: .contract("desk"))
                    }
                }
            }
            try await group.waitForAll()
        }
        let balances = try await fresh.store.read { try $0.balances() }
        #expect(
            balances.filter { $0.count != 0 }.map { "\($0.endpoint) \($0.counter) \($0.count)" } == [
                "channel:shop received 120", "contract:desk received 40",
            ])
    }

    @Test("A call is remembered by its token and key", arguments: Backend.everywhere)
    func calls(backend: Backend) async throws {
        let fresh = try await backend.make()
        let insert = { @Sendable (token: String, transaction: any Transaction) in
            try transaction.insertCall(
                token: token, key: "k", record: CallRecord(digest: "d", status: 202, answer: ["of": .string(token)]),
                at: TestClock.start)
        }
        try await fresh.store.write { transaction in
            try insert("one", transaction)
            try insert("two", transaction)
        }
        let error = await #expect(throws: StoreError.self) { try await fresh.store.write { try insert("one", $0) } }
        #expect(error?.code == .conflict)
        let known = try await fresh.store.read { try $0.call(token: "two", key: "k") }
        #expect(known?.answer == ["of": "two"])
        #expect(known?.status == 202)
        #expect(try await fresh.store.read { try $0.call(token: "two", key: "K") } == nil)
    }

    @Test("The journal gives an envelope back as it came, byte for byte", arguments: Backend.everywhere)
    func journal(backend: Backend) async throws {
        let fresh = try await backend.make()
        let envelope = Envelope(
            id: EnvelopeID(at: TestClock.start), endpoint: .channel("shop"), method: "POST",
            target: "/channels/shop?a=ä",
            headers: [HeaderField("X-A", "1"), HeaderField("x-a", "2"), HeaderField("b", "\"ö\"")],
            body: Array(0...255), receivedAt: TestClock.start)
        try await fresh.store.write { transaction in
            try transaction.insertEnvelope(envelope, verifiedBy: "hmac", outcome: .applied, reason: nil)
            try transaction.insertEnvelope(.sample(), verifiedBy: "none", outcome: .quarantined, reason: "no JSON")
        }
        let entry = try await fresh.store.read { try $0.envelope(envelope.id) }
        #expect(entry?.envelope == envelope)
        #expect(entry?.verifiedBy == "hmac")
        let quarantined = try await fresh.store.read { try $0.quarantined(limit: 5) }
        #expect(quarantined.map(\.reason) == ["no JSON"])
    }
}
