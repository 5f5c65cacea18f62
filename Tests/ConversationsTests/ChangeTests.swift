import Conversations
import Model
import Storage
import TestSupport
import Testing

@Suite("Edits, deletions, reactions and receipts", .timeLimit(.minutes(2)))
struct ChangeTests {
    @Test("An edit gives a message its new text, once")
    func edit() async throws {
        let hall = try await Hall()
        _ = try await hall.greeted()
        #expect(try await hall.receive(.edit("m1", "Hello!")) == .applied)
        #expect(try await hall.receive(.edit("m1", "Hello!")) == .duplicate)
        #expect(try await hall.message("m1").text == "Hello!")
        #expect(try await hall.told().last == "message.edited")
        #expect(try await hall.told().count == 4)
        #expect(try await hall.balance() == [.received: 3, .messages: 1, .changes: 1, .duplicates: 1])
        try await hall.checkAlways()
    }

    @Test("Only its writer edits a message; what others send in its place is kept and changes nothing")
    func foreignEdit() async throws {
        let hall = try await Hall()
        _ = try await hall.greeted()
        #expect(try await hall.receive(.edit("m1", "You may pay mallory", by: "mallory")) == .filtered)
        #expect(try await hall.receive(.edit("m1", "Hello!", by: "ada")) == .applied)
        #expect(try await hall.message("m1").text == "Hello!")
        #expect(try await hall.balance() == [.received: 3, .messages: 1, .changes: 1, .filtered: 1])
        try await hall.checkAlways()
    }

    @Test("An edit by another that came before its message is ignored once the message is there")
    func parkedForeignEdit() async throws {
        let hall = try await Hall()
        try await hall.receive(.edit("m1", "You may pay mallory", by: "mallory"))
        try await hall.receive(.message("m1", "Hello"))
        #expect(try await hall.message("m1").text == "Hello")
        #expect(try await hall.balance() == [.received: 2, .messages: 1, .filtered: 1])
        try await hall.checkAlways()
    }

    @Test("An older edit that comes late does not undo a newer one")
    func lateEdit() async throws {
        let hall = try await Hall()
        _ = try await hall.greeted()
        try await hall.receive(.edit("m1", "second", at: TestClock.start + .seconds(20)))
        #expect(try await hall.receive(.edit("m1", "first", at: TestClock.start + .seconds(10))) == .duplicate)
        #expect(try await hall.message("m1").text == "second")
    }

    @Test("A deleted message keeps its text in the store and shows it to nobody")
    func deletion() async throws {
        let hall = try await Hall()
        _ = try await hall.greeted()
        #expect(try await hall.receive(.deletion("m1")) == .applied)
        #expect(try await hall.receive(.deletion("m1")) == .duplicate)
        #expect(try await hall.receive(.edit("m1", "back?")) == .duplicate)
        let message = try await hall.message("m1")
        #expect(message.deletedAt == TestClock.start)
        #expect(message.text == "Hello")
        let event = try #require(try await hall.deliveries(to: .contract("desk")).last).delivery.payload
        #expect(event["type"] == "samtal.message.deleted")
        #expect(event["data"]["message"].object?["text"] == nil)
        try await hall.checkAlways()
    }

    @Test("A reaction is told when it is set, changed and removed")
    func reactions() async throws {
        let hall = try await Hall()
        _ = try await hall.greeted()
        for reaction in ["👍", "👍", "❤️", nil, nil] {
            try await hall.receive(.reaction("m1", reaction))
            hall.clock.advance(by: .seconds(1))
        }
        let told = try await hall.deliveries(to: .contract("desk")).map(\.delivery.payload)
            .filter { $0["type"] == "samtal.message.reacted" }
        #expect(told.map { $0["data"]["message"]["reaction"] } == ["👍", "❤️", nil])
        #expect(try await hall.balance()[.duplicates] == 2)
        try await hall.checkAlways()
    }

    @Test("Changes that come before their message wait for it and are made in order")
    func parked() async throws {
        let hall = try await Hall()
        #expect(try await hall.receive(.edit("m1", "second")) == .applied)
        hall.clock.advance(by: .seconds(1))
        try await hall.receive(.edit("m1", "third"))
        try await hall.receive(.reaction("m1", "👍"))
        #expect(try await hall.balance() == [.received: 3, .parked: 3])
        try await hall.checkAlways()
        #expect(try await hall.told().isEmpty)
        try await hall.receive(.message("m1", "first"))
        #expect(try await hall.message("m1").text == "third")
        #expect(
            try await hall.told() == [
                "person.created", "conversation.opened", "message.received", "message.edited", "message.edited",
                "message.reacted",
            ])
        #expect(try await hall.balance() == [.received: 4, .messages: 1, .changes: 3])
        #expect(try await hall.count("parked") == 0)
        try await hall.checkAlways()
    }

    @Test("A deletion that comes before its message withdraws it when it comes")
    func parkedDeletion() async throws {
        let hall = try await Hall()
        try await hall.receive(.deletion("m1"))
        try await hall.receive(.message("m1", "never mind"))
        #expect(try await hall.message("m1").deletedAt != nil)
        #expect(try await hall.told().last == "message.deleted")
        try await hall.checkAlways()
    }

    @Test("A message and its changes in one envelope are taken in the order in which they stand there")
    func oneEnvelope() async throws {
        let hall = try await Hall()
        let outcome = try await hall.receive(
            .edit("m1", "second"), .message("m1", "first"), .edit("m1", "third"), .typing())
        #expect(outcome == .applied)
        #expect(try await hall.message("m1").text == "third")
        #expect(try await hall.balance() == [.received: 4, .messages: 1, .changes: 2, .filtered: 1])
        try await hall.checkAlways()
    }

    @Test("Another channel's message of the same id is not changed")
    func otherChannel() async throws {
        let hall = try await Hall()
        try await hall.receive(.message("m1", "here"), on: "shop")
        try await hall.receive(.edit("m1", "there"), on: "forum")
        #expect(try await hall.message("m1").text == "here")
        #expect(try await hall.balance(.channel("forum")) == [.received: 1, .parked: 1])
        try await hall.checkAlways()
    }

    @Test("A receipt for a person's own message says nothing")
    func receiptOfInbound() async throws {
        let hall = try await Hall()
        _ = try await hall.greeted()
        #expect(try await hall.receive(.receipt("m1", .read)) == .duplicate)
        #expect(try await hall.message("m1").state == nil)
        try await hall.checkAlways()
    }

    @Test("Every event type has a schema, and every schema is of an event type")
    func schemas() {
        let types = ContractEventType.allCases.map { "\($0.rawValue).json" }
        #expect(Repository.names(in: "contracts/schema") == (types + ["definitions.json"]).sorted())
    }

    @Test("A schema refuses what is not its event", arguments: ContractEventType.allCases)
    func schemaRefuses(type: ContractEventType) throws {
        let schema = try JSON(parsing: Repository.text("contracts/schema/\(type.rawValue).json"))
        let definitions = try JSON(parsing: Repository.text("contracts/schema/definitions.json"))
        let check = SchemaCheck(schema, others: ["definitions.json": definitions])
        #expect(!check.mistakes(in: [:]).isEmpty)
        #expect(check.mistakes(in: ["type": "samtal.other.thing"]).contains { $0.hasPrefix("$.type") })
    }
}
