import Model
import TestSupport
import Testing

@testable import Storage

@Suite("Queries for deliveries", .timeLimit(.minutes(2)))
struct DeliveryQueryTests {
    private static let time = TestClock.start

    /// What a test looks for, by the name that it gives it.
    private struct Shelf: Sendable {
        let fresh: FreshStore
        let conversation: ConversationID
        let names: [DeliveryID: String]

        func find(_ change: (inout DeliveryQuery) -> Void) async throws -> [String?] {
            var query = DeliveryQuery()
            change(&query)
            let asked = query
            return try await fresh.store.read { transaction in
                let found = try transaction.deliveries(matching: asked, limit: 100).map(\.delivery.id)
                let count = try transaction.deliveryCount(of: asked)
                #expect(count.count == found.count)
                #expect(count.newest == found.first)
                return found.reversed().map { names[$0] }
            }
        }
    }

    /// Two failed events with their reasons, one delivered, one that waits, and a reply of another conversation.
    private func shelf(_ backend: Backend) async throws -> Shelf {
        let fresh = try await backend.make()
        let (conversation, names) = try await fresh.store.write { transaction in
            let (ada, bob) = (try Seed.plant("ada", in: transaction), try Seed.plant("bob", in: transaction))
            let message = bob.outbound()
            try transaction.insertMessage(message)
            try transaction.insertPart(1, of: message.id, channel: "shop", text: "Good day")
            var names: [DeliveryID: String] = [:]
            for name in ["refused", "lost", "done", "waiting"] {
                let id = try transaction.enqueue(
                    ada.event(to: name == "lost" ? "archive" : "desk"), at: Self.time)
                names[id] = name
            }
            let reply = try transaction.enqueue(
                bob.reply(message.id, part: 1, of: 1), at: Self.time + .seconds(20))
            names[reply] = "reply"
            for (id, name) in names {
                let (state, outcome, reason, seconds): (DeliveryState, OutcomeClass, String?, Int) =
                    switch name {
                    case "refused": (.failed, .permanent, "status 422: 100% No_Such field", 10)
                    case "lost": (.failed, .unknownOutcome, "no answer", 30)
                    case "done": (.delivered, .ok, nil, 5)
                    default: (.pending, .ok, nil, 0)
                    }
                guard state != .pending else { continue }
                try transaction.updateDelivery(
                    DeliveryUpdate(
                        id: id, state: state, progress: 0, endedAt: Self.time + .seconds(seconds),
                        outcome: outcome.rawValue, reason: reason))
            }
            return (ada.conversation.id, names)
        }
        return Shelf(fresh: fresh, conversation: conversation, names: names)
    }

    @Test("Each filter keeps what it says, and several keep what all of them say", arguments: Backend.allCases)
    func filters(backend: Backend) async throws {
        let shelf = try await shelf(backend)
        #expect(try await shelf.find { _ in } == ["refused", "lost", "done", "waiting", "reply"])
        #expect(try await shelf.find { $0.states = [.failed] } == ["refused", "lost"])
        #expect(try await shelf.find { $0.states = [.failed, .pending] } == ["refused", "lost", "waiting", "reply"])
        #expect(try await shelf.find { $0.states = [] } == [])
        #expect(try await shelf.find { $0.destination = .contract("archive") } == ["lost"])
        #expect(
            try await shelf.find { $0.conversation = shelf.conversation } == ["refused", "lost", "done", "waiting"])
        #expect(try await shelf.find { $0.kind = .reply } == ["reply"])
        #expect(try await shelf.find { $0.type = .messageReceived } == ["refused", "lost", "done", "waiting"])
        #expect(try await shelf.find { $0.type = .messageSent } == [])
        #expect(try await shelf.find { $0.outcome = .unknownOutcome } == ["lost"])
        let ids = shelf.names.filter { ["done", "reply"].contains($0.value) }.map(\.key)
        #expect(try await shelf.find { $0.ids = ids } == ["done", "reply"])
        #expect(
            try await shelf.find {
                $0.states = [.failed]
                $0.conversation = shelf.conversation
                $0.destination = .contract("desk")
            } == ["refused"])
    }

    @Test("A reason is found by words of it, in any case, and no sign in them means anything else")
    func reasons() async throws {
        let shelf = try await shelf(.memory)
        #expect(try await shelf.find { $0.reason = "no_such FIELD" } == ["refused"])
        #expect(try await shelf.find { $0.reason = "100% no" } == ["refused"])
        #expect(try await shelf.find { $0.reason = "%" } == ["refused"])
        #expect(try await shelf.find { $0.reason = "no%field" } == [])
        #expect(try await shelf.find { $0.reason = "no_answer" } == [])
        #expect(try await shelf.find { $0.reason = "\\" } == [])
    }

    @Test("A time is that of the end, or for what has none of the beginning; from `since` on, before `until`")
    func times() async throws {
        let shelf = try await shelf(.memory)
        #expect(try await shelf.find { $0.since = Self.time + .seconds(10) } == ["refused", "lost", "reply"])
        #expect(try await shelf.find { $0.until = Self.time + .seconds(10) } == ["done", "waiting"])
        #expect(
            try await shelf.find {
                $0.since = Self.time + .seconds(10)
                $0.until = Self.time + .seconds(20)
            } == ["refused"])
    }

    @Test("Pages from the oldest on end at the delivery that is named", arguments: Backend.allCases)
    func pages(backend: Backend) async throws {
        let fresh = try await backend.make()
        let pages = try await fresh.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            let ids = try (1...6).map { try transaction.enqueue(seed.event($0), at: Self.time) }
            let first = try transaction.deliveries(
                matching: DeliveryQuery(), after: nil, through: ids[4], limit: 3)
            let second = try transaction.deliveries(
                matching: DeliveryQuery(), after: first.last?.delivery.id, through: ids[4], limit: 3)
            return [first, second].map { $0.map(\.delivery.number) }
        }
        #expect(pages == [[1, 2, 3], [4, 5]])
    }

    @Test("Failed deliveries are read by their index, a conversation's by its lanes, and no page is sorted twice")
    func plans() async throws {
        let fresh = try await Backend.memory.make()
        let plan = { @Sendable (change: @Sendable (inout DeliveryQuery) -> Void) in
            var query = DeliveryQuery()
            change(&query)
            let source = query.source
            return try await fresh.store.read { transaction in
                try transaction.rows(
                    "EXPLAIN QUERY PLAN SELECT d.id FROM \(source.sql) ORDER BY d.sequence LIMIT 200", source.values
                ).map { try $0.text(3) }.joined(separator: "; ")
            }
        }
        let failed = try await plan {
            $0.states = [.failed]
            $0.destination = .contract("desk")
            $0.since = Self.time
        }
        #expect(failed.contains("deliveries_failed") && !failed.contains("TEMP B-TREE"), "\(failed)")
        let waiting = try await plan { $0.states = [.pending, .snoozed, .failed] }
        #expect(!waiting.contains("TEMP B-TREE"), "\(waiting)")
        let conversation = try await plan { $0.conversation = ConversationID(at: Self.time) }
        #expect(
            conversation.contains("lanes_conversation") && conversation.contains("deliveries_lane"), "\(conversation)")
    }

    @Test("What a person cancelled does not come back with the part that failed before it", arguments: Backend.allCases)
    func keptBack(backend: Backend) async throws {
        let fresh = try await backend.make()
        let states = try await fresh.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            let message = seed.outbound()
            try transaction.insertMessage(message)
            let parts = try (1...4).map {
                try transaction.enqueue(seed.reply(message.id, part: $0, of: 4), at: Self.time)
            }
            try transaction.cancelDelivery(parts[2], reason: "cancelled by kim", at: Self.time)
            try transaction.cancelReplies(of: message.id, because: .cancelled, after: parts[2], at: Self.time)
            try transaction.updateDelivery(
                DeliveryUpdate(id: parts[0], state: .failed, isFailure: true, progress: 0, endedAt: Self.time))
            try transaction.cancelReplies(of: message.id, because: .failed, at: Self.time)
            if let first = try transaction.delivery(parts[0]) { try transaction.revive(first.delivery, at: Self.time) }
            return try parts.map { try transaction.delivery($0)?.delivery.state }
        }
        #expect(states == [.pending, .pending, .cancelled, .cancelled])
    }
}
