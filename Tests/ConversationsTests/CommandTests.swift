import Conversations
import Model
import Storage
import TestSupport
import Testing

@Suite("What a CRM asks", .timeLimit(.minutes(2)))
struct CommandTests {
    @Test("A command twice is carried out once")
    func twice() async throws {
        let hall = try await Hall()
        let conversation = try await hall.greeted()
        let first = try #require(try await hall.command(.reply("c1", to: conversation)).only?.made)
        let again = try await hall.command(.reply("c1", to: conversation))
        #expect(again.only == .known(first))
        #expect(again.outcome == .duplicate)
        #expect(try await hall.deliveries(to: .channel("shop")).count == 1)
        #expect(try await hall.balance(.contract("desk")) == [.received: 2, .changes: 1, .duplicates: 1])
    }

    @Test("Twenty copies of one command at once send one reply")
    func copies() async throws {
        let hall = try await Hall()
        let conversation = try await hall.greeted()
        try await withThrowingTaskGroup { group in
            for _ in 0..<20 { group.addTask { _ = try await hall.command(.reply("c1", to: conversation)) } }
            try await group.waitForAll()
        }
        #expect(try await hall.deliveries(to: .channel("shop")).count == 1)
    }

    @Test("Two origins may use one id for two commands")
    func origins() async throws {
        let hall = try await Hall()
        let conversation = try await hall.greeted()
        #expect(try await hall.command(.reply("c1", to: conversation), from: "desk").only?.made != nil)
        #expect(try await hall.command(.reply("c1", to: conversation), from: "archive").only?.made != nil)
        #expect(try await hall.order(.reply("c1", to: conversation)).made != nil)
        #expect(try await hall.deliveries(to: .channel("shop")).count == 3)
    }

    @Test("A ticket stands for its conversation at its own contract only")
    func tickets() async throws {
        let hall = try await Hall()
        let conversation = try await hall.greeted()
        try await hall.store.write { transaction in
            try transaction.saveTicket(
                Ticket(externalID: "T-1", url: nil, context: nil), contract: "desk", conversation: conversation.id,
                at: TestClock.start)
        }
        let command = { (id: String, ticket: String) in
            Command(kind: .reply, id: id, ticket: ticket, text: "Good day")
        }
        #expect(try await hall.command(command("1", "T-1")).only?.made != nil)
        #expect(try await hall.command(command("2", "T-2")).refusal == .unknownTicket)
        #expect(try await hall.command(command("3", "T-1"), from: "archive").refusal == .unknownTicket)
        let unknown = Command(
            kind: .reply, id: "4", conversation: ConversationID(at: TestClock.start), text: "Good day")
        #expect(try await hall.command(unknown).refusal == .unknownConversation)
        let entry = try await hall.store.read { transaction in
            try transaction.rows("SELECT reason FROM envelopes WHERE reason IS NOT NULL ORDER BY id", [])
                .map { try $0.text(0) }
        }
        #expect(entry.first == "unknown-ticket: ticket T-2 stands for no conversation here")
    }

    @Test("A refused command keeps no other from being carried out")
    func mixed() async throws {
        let hall = try await Hall()
        let conversation = try await hall.greeted()
        let refused = Command(kind: .reply, id: "1", ticket: "none", text: "x")
        let outcome = try await hall.command(refused, .reply("2", to: conversation), .close(conversation, "3"))
        #expect(outcome.outcome == .applied)
        #expect(outcome.results.count == 3)
        #expect(try await hall.conversations().map(\.status) == [.closed])
        #expect(try await hall.balance(.contract("desk")) == [.received: 3, .changes: 2, .refused: 1])
    }

    @Test("What we wrote in a CRM ourselves is not taken for a command when it comes back")
    func ownEcho() async throws {
        let hall = try await Hall()
        let conversation = try await hall.greeted()
        let event = try #require(try await hall.deliveries(to: .contract("desk")).last).delivery.id
        try await hall.store.write { transaction in
            try transaction.updateDelivery(
                DeliveryUpdate(
                    id: event, state: .delivered, progress: 1, endedAt: TestClock.start, externalID: "comment-9"))
        }
        let outcome = try await hall.command(.reply("comment-9", "Hello", to: conversation))
        #expect(outcome.only == .echo)
        #expect(outcome.outcome == .duplicate)
        #expect(try await hall.deliveries(to: .channel("shop")).isEmpty)
        #expect(try await hall.command(.reply("comment-9", to: conversation), from: "archive").only?.made != nil)
    }

    @Test("A contract that gets some channels only knows of no other conversation")
    func foreignConversation() async throws {
        let hall = try await Hall(archive: ["forum"])
        let conversation = try await hall.greeted()
        #expect(try await hall.command(.reply(to: conversation), from: "archive").refusal == .unknownConversation)
        #expect(try await hall.command(.close(conversation, "c2"), from: "archive").refusal == .unknownConversation)
        #expect(try await hall.command(.reply(to: conversation), from: "desk").only?.made != nil)
        #expect(try await hall.deliveries(to: .channel("shop")).count == 1)
    }

    @Test("A contract is not told that it closed a conversation; the others are")
    func close() async throws {
        let hall = try await Hall()
        let conversation = try await hall.greeted()
        #expect(try await hall.command(.close(conversation, "c1"), from: "desk").only == .done)
        #expect(try await hall.told("desk").last == "message.received")
        #expect(try await hall.told("archive").last == "conversation.closed")
        let event = try #require(try await hall.deliveries(to: .contract("archive")).last).delivery.payload["data"]
        #expect(event["cause"]["endpoint"] == "contract:desk")
        #expect(event["conversation"]["status"] == "closed")
        #expect(try await hall.command(.reopen(conversation, "c2"), from: "archive").only == .done)
        #expect(try await hall.told("desk").last == "conversation.reopened")
        #expect(try await hall.told("archive").last == "conversation.closed")
        try await hall.checkAlways()
    }

    @Test("An override sets the priority once; the contract that did it is not told, the others are")
    func override() async throws {
        let hall = try await Hall()
        let conversation = try await hall.greeted()
        let command = Command(kind: .override, id: "c1", conversation: conversation.id, priority: .urgent)
        #expect(try await hall.command(command, from: "desk").only == .done)
        #expect(try await hall.command(command, from: "desk").only == .known(nil))
        #expect(try await hall.told("desk").last == "message.received")
        #expect(try await hall.told("archive").last == "conversation.updated")
        let event = try #require(try await hall.deliveries(to: .contract("archive")).last).delivery.payload["data"]
        #expect(event["conversation"]["priority"] == "urgent")
        #expect(event["cause"]["endpoint"] == "contract:desk")
        try await hall.checkAlways()
    }

    @Test("Closing what is closed changes nothing and tells nobody")
    func closeAgain() async throws {
        let hall = try await Hall()
        let conversation = try await hall.greeted()
        _ = try await hall.order(.close(conversation, "c1"))
        let told = try await hall.told()
        hall.clock.advance(by: .seconds(5))
        _ = try await hall.order(.close(conversation, "c2"))
        #expect(try await hall.told() == told)
        #expect(try await hall.conversations().first?.closedAt == TestClock.start)
    }

    @Test("A close that comes twice does not close what the person opened again in between")
    func closeTwice() async throws {
        let hall = try await Hall()
        let conversation = try await hall.greeted()
        try await hall.command(.close(conversation, "c1"))
        hall.clock.advance(by: .seconds(5))
        try await hall.receive(.message("m2", "one more thing"))
        #expect(try await hall.command(.close(conversation, "c1")).only == .known(nil))
        #expect(try await hall.conversations().map(\.status) == [.open])
        #expect(try await hall.balance(.contract("desk")) == [.received: 2, .changes: 1, .duplicates: 1])
    }

    @Test("A close from before the person opened the conversation again is dropped, and said to be")
    func outdated() async throws {
        let hall = try await Hall()
        let conversation = try await hall.greeted()
        hall.clock.advance(by: .seconds(60))
        let closedAt = hall.clock.now
        try await hall.command(.close(conversation, "c1", at: closedAt))
        hall.clock.advance(by: .seconds(60))
        try await hall.receive(.message("m2", "one more thing"))
        let outcome = try await hall.command(.close(conversation, "c2", at: closedAt))
        #expect(outcome.only == .outdated)
        #expect(outcome.outcome == .duplicate)
        #expect(try await hall.conversations().map(\.status) == [.open])
        #expect(try await hall.balance(.contract("desk")) == [.received: 2, .changes: 1, .duplicates: 1])
        let reasons = try await hall.store.read { transaction in
            try transaction.rows("SELECT reason FROM envelopes WHERE reason IS NOT NULL", []).map { try $0.text(0) }
        }
        #expect(reasons == ["the status was set later than this"])
        #expect(try await hall.command(.close(conversation, "c3", at: hall.clock.now)).only == .done)
        #expect(try await hall.conversations().map(\.status) == [.closed])
        try await hall.checkAlways()
    }

    @Test("Commands that come late are compared by the times that they tell, not by when they came")
    func outOfOrder() async throws {
        let hall = try await Hall()
        let conversation = try await hall.greeted()
        let start = hall.clock.now
        hall.clock.advance(by: .seconds(600))
        try await hall.command(.close(conversation, "c1", at: start + .seconds(60)))
        try await hall.command(.reopen(conversation, "c2", at: start + .seconds(120)))
        #expect(try await hall.conversations().map(\.status) == [.open])
        try await hall.command(.reopen(conversation, "c3", at: start + .seconds(240)))
        #expect(try await hall.command(.close(conversation, "c4", at: start + .seconds(180))).only == .outdated)
        #expect(try await hall.conversations().map(\.status) == [.open])
    }

    @Test("A time of whole seconds may be any within its second, one ahead of ours counts as now, none as today")
    func roughTimes() async throws {
        let hall = try await Hall()
        let conversation = try await hall.greeted()
        hall.clock.advance(by: .milliseconds(10_000 - hall.clock.now.milliseconds % 1000))
        let start = hall.clock.now
        hall.clock.advance(by: .milliseconds(700))
        try await hall.command(.close(conversation, "c1", at: start + .milliseconds(500)))
        #expect(try await hall.command(.reopen(conversation, "c2", at: start)).only == .done)
        try await hall.command(.close(conversation, "c3", at: start + .seconds(86_400)))
        hall.clock.advance(by: .seconds(1))
        try await hall.command(.reopen(conversation, "c4"))
        #expect(try await hall.conversations().map(\.status) == [.open])
    }

    @Test("A note is kept in the timeline and goes nowhere")
    func note() async throws {
        let hall = try await Hall(window: .seconds(1))
        let conversation = try await hall.greeted()
        hall.clock.advance(by: .seconds(3600))
        let note = Command(
            kind: .note, id: "n1", conversation: conversation.id, text: "a difficult one", agent: Author(id: "1"))
        let id = try #require(try await hall.command(note).only?.made)
        let message = try #require(try await hall.store.read { try $0.message(id) })
        #expect(message.visibility == .internal)
        #expect(message.state == .sent)
        #expect(try await hall.deliveries(to: .channel("shop")).isEmpty)
        #expect(try await hall.told("archive").last == "message.sent")
        try await hall.checkAlways()
    }

    @Test("A callback that could not be mapped is kept in quarantine")
    func quarantine() async throws {
        let hall = try await Hall()
        let envelope = Envelope.sample(.contract("desk"))
        try await hall.callbacks.quarantine(envelope, verifiedBy: "hmac", reason: "receive.jq:1: no")
        #expect(try await hall.store.read { try $0.envelope(envelope.id) }?.outcome == .quarantined)
        #expect(try await hall.balance(.contract("desk")) == [.received: 1, .quarantined: 1])
    }

    @Test("A message's way can be told from the envelope to every attempt")
    func explanation() async throws {
        let hall = try await Hall()
        _ = try await hall.greeted()
        let message = try await hall.message("m1")
        let explanation = try #require(try await hall.store.read { try Explanation(of: message.id, in: $0) })
        #expect(explanation.entry?.verifiedBy == "none")
        #expect(explanation.deliveries.count == 4)
        #expect(explanation.text.contains("because: the first message of this person"))
        #expect(explanation.json["decision"] == "the first message of this person")
        #expect(try await hall.store.read { try Explanation(of: MessageID(at: TestClock.start), in: $0) == nil })
    }
}
