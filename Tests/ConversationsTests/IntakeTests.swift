import Conversations
import Model
import Storage
import TestSupport
import Testing

@Suite("What comes in", .timeLimit(.minutes(2)))
struct IntakeTests {
    @Test(
        "A first message makes a person, an identity, a conversation, a leg and a message, and tells of them in order")
    func first() async throws {
        let hall = try await Hall()
        let outcome = try await hall.receive(
            .message("m1", "Hello there\nand more", by: "ada", on: "t1", with: ["at": "2026-01-02T03:00:00Z"]))
        #expect(outcome == .applied)
        #expect(try await hall.told() == ["person.created", "conversation.opened", "message.received"])
        #expect(try await hall.told("archive") == ["person.created", "conversation.opened", "message.received"])
        for table in ["people", "identities", "links", "conversations", "legs", "messages", "envelopes"] {
            #expect(try await hall.count(table) == 1, "\(table)")
        }
        let conversation = try #require(try await hall.conversations().first)
        #expect(conversation.subject == "Hello there")
        #expect(conversation.reason == "the first message of this person")
        let message = try await hall.message("m1")
        #expect(message.at == Timestamp(rfc3339: "2026-01-02T03:00:00Z"))
        #expect(message.receivedAt == TestClock.start)
        #expect(message.authorName == "Ada")
        let event = try #require(try await hall.deliveries(to: .contract("desk")).last).delivery
        #expect(event.payload["data"]["message"]["text"] == "Hello there\nand more")
        #expect(event.payload["data"]["message"]["adapter"] == "chat")
        #expect(event.payload["data"]["person"]["name"] == "Ada")
        #expect(event.correlation == message.envelope?.text)
        try await hall.checkAlways()
    }

    @Test("The same message again changes nothing but the count of duplicates")
    func duplicate() async throws {
        let hall = try await Hall()
        #expect(try await hall.receive(.message("m1")) == .applied)
        #expect(try await hall.receive(.message("m1")) == .duplicate)
        #expect(try await hall.balance() == [.received: 2, .messages: 1, .duplicates: 1])
        try await hall.checkAlways()
    }

    @Test("A message's id is one message, whoever it is said to be by and wherever")
    func duplicateOfAnother() async throws {
        let hall = try await Hall()
        try await hall.receive(.message("m1"))
        #expect(try await hall.receive(.message("m1", "other words", by: "bo", on: "t2")) == .duplicate)
        #expect(try await hall.receive(.message("m1", "other words", on: "t3"), .message("m2")) == .applied)
        #expect(try await hall.count("messages") == 2)
        #expect(try await hall.count("people") == 1)
        #expect(try await hall.balance() == [.received: 4, .messages: 2, .duplicates: 2])
        try await hall.checkAlways()
    }

    @Test("Twenty copies of one message at once make one message")
    func copies() async throws {
        let hall = try await Hall()
        let outcomes = try await withThrowingTaskGroup { group in
            for _ in 0..<20 { group.addTask { try await hall.receive(.message("m1")) } }
            return try await group.reduce(into: [EnvelopeOutcome]()) { $0.append($1) }
        }
        #expect(outcomes.count { $0 == .applied } == 1)
        #expect(outcomes.count { $0 == .duplicate } == 19)
        #expect(try await hall.count("messages") == 1)
        #expect(try await hall.count("people") == 1)
        #expect(try await hall.told().count == 3)
        #expect(try await hall.balance() == [.received: 20, .messages: 1, .duplicates: 19])
        #expect(try await hall.count("envelopes") == 20)
        try await hall.checkAlways()
    }

    @Test("Two first messages of a new customer at once make one conversation")
    func together() async throws {
        let hall = try await Hall()
        try await withThrowingTaskGroup { group in
            for number in 0..<2 { group.addTask { try await hall.receive(.message("m\(number)")) } }
            try await group.waitForAll()
        }
        #expect(try await hall.count("people") == 1)
        #expect(try await hall.count("conversations") == 1)
        #expect(try await hall.count("messages") == 2)
        #expect(
            try await hall.told()
                == ["person.created", "conversation.opened", "message.received", "message.received"])
        try await hall.checkAlways()
    }

    @Test("A person's second thread opens another conversation of the same person")
    func secondThread() async throws {
        let hall = try await Hall()
        try await hall.receive(.message("m1", on: "t1"), .message("m2", on: "t2"))
        let conversations = try await hall.conversations()
        #expect(conversations.count == 2)
        #expect(Set(conversations.map(\.person)).count == 1)
        #expect(Set(conversations.map(\.reason)).contains("the first message on this thread"))
        #expect(conversations.allSatisfy { $0.former == nil })
        #expect(try await hall.told().filter { $0 == "person.created" }.count == 1)
        try await hall.checkAlways()
    }

    @Test("A stranger on the same thread never joins the conversation")
    func stranger() async throws {
        let hall = try await Hall()
        try await hall.receive(.message("m1", "my card number is …", by: "ada", on: "t1"))
        try await hall.receive(.message("m2", "and mine?", by: "mallory", on: "t1"))
        try await hall.receive(.message("m3", "hm", by: "ada", on: "t1"))
        let messages = try await hall.messages()
        #expect(try await hall.conversations().count == 2)
        let byConversation = Dictionary(grouping: messages, by: \.conversation).values.map { $0.map(\.externalID) }
        #expect(Set(byConversation) == [["m1", "m3"], ["m2"]])
        try await hall.checkAlways()
    }

    @Test("One address on two channels is two people until somebody links them")
    func scopes() async throws {
        let hall = try await Hall()
        try await hall.receive(.message("m1", by: "ada"), on: "shop")
        try await hall.receive(.message("m1", by: "ada"), on: "forum")
        #expect(try await hall.count("people") == 2)
        #expect(try await hall.count("messages") == 2)
        try await hall.checkAlways()
    }

    @Test("Messages of one envelope with one time keep their order")
    func batch() async throws {
        let hall = try await Hall()
        let ids = (0..<40).map { "m\($0)" }
        let events = try ids.map { try InboundEvent.message($0, "text \($0)", with: ["at": 1_767_323_000]) }
        _ = try await hall.intake.commit(
            Arrival(envelope: .sample(), verifiedBy: "none", content: .events(events)))
        #expect(try await hall.messages().map(\.externalID) == ids)
    }

    @Test("A late message finds its place by the network's time")
    func late() async throws {
        let hall = try await Hall()
        try await hall.receive(.message("m2", with: ["at": 1_767_323_020]))
        try await hall.receive(.message("m1", with: ["at": 1_767_323_010]))
        #expect(try await hall.messages().map(\.externalID) == ["m1", "m2"])
        let legs = try await hall.store.read { transaction in
            try transaction.legs(of: try transaction.conversations(before: nil, status: nil, limit: 1)[0].id)
        }
        #expect(legs.first?.lastInboundAt == Timestamp(milliseconds: 1_767_323_020_000))
    }

    @Test("What is learned of a person later is kept, and what is known stays")
    func facts() async throws {
        let hall = try await Hall()
        try await hall.receive(.message("m1", with: ["author": ["id": "ada"]]))
        try await hall.receive(.message("m2", with: ["author": ["id": "ada", "name": "Ada", "email": "ada@x"]]))
        try await hall.receive(.message("m3", with: ["author": ["id": "ada", "name": "Eve"]]))
        let conversation = try #require(try await hall.conversations().first)
        let person = try await hall.store.read { try $0.person(conversation.person) }
        #expect(person?.name == "Ada")
        #expect(person?.email == "ada@x")
        #expect(try await hall.count("people") == 1)
    }

    @Test("Files come with their message, and their reference stays inside")
    func files() async throws {
        let hall = try await Hall()
        try await hall.receive(
            .message(
                "m1",
                with: [
                    "text": nil,
                    "files": [["reference": "secret-1", "name": "a.png", "size": 3], ["reference": "secret-2"]],
                ]))
        let message = try await hall.message("m1")
        let attachments = try await hall.store.read { try $0.attachments(of: message.id) }
        #expect(attachments.map(\.file.reference) == ["secret-1", "secret-2"])
        let event = try #require(try await hall.deliveries(to: .contract("desk")).last).delivery
        #expect(event.payload["data"]["message"]["attachments"].array?.count == 2)
        #expect(!event.payload.text.contains("secret-"))
        #expect(try await hall.conversations().first?.subject == nil)
        try await hall.checkAlways()
    }

    @Test("Typing and the like are counted and change nothing", arguments: ["typing", "contact", "notice"])
    func filtered(kind: String) async throws {
        let hall = try await Hall()
        let event = try InboundEvent(mapping: ["kind": .string(kind), "id": "1", "thread": "t1"])
        #expect(try await hall.receive(event) == .filtered)
        #expect(try await hall.balance() == [.received: 1, .filtered: 1])
        #expect(try await hall.count("people") == 0)
        try await hall.checkAlways()
    }

    @Test("An envelope without events is kept and called filtered")
    func empty() async throws {
        let hall = try await Hall()
        #expect(try await hall.receive() == .filtered)
        let reason = try await hall.store.read { try $0.row("SELECT reason FROM envelopes", [])?.text(0) }
        #expect(reason == "no events")
        #expect(try await hall.balance() == [:])
    }

    @Test("What could not be mapped is kept in quarantine with the reason")
    func quarantine() async throws {
        let hall = try await Hall()
        let envelope = Envelope.sample(body: "not ours")
        let outcome = try await hall.intake.commit(
            Arrival(envelope: envelope, verifiedBy: "hmac", content: .quarantined("receive.jq:3: no")))
        #expect(outcome == .quarantined)
        let entry = try await hall.store.read { try $0.envelope(envelope.id) }
        #expect(entry?.reason == "receive.jq:3: no")
        #expect(entry?.envelope.body == Array("not ours".utf8))
        #expect(try await hall.balance() == [.received: 1, .quarantined: 1])
        try await hall.checkAlways()
    }

    @Test("A contract hears only of the channels that it wants")
    func channels() async throws {
        let hall = try await Hall(archive: ["forum"])
        try await hall.receive(.message("m1"), on: "shop")
        try await hall.receive(.message("m2"), on: "forum")
        #expect(try await hall.told("desk").count == 6)
        let told = try await hall.deliveries(to: .contract("archive")).map {
            $0.delivery.payload["data"]["message"]["channel"]
        }
        #expect(told == [nil, "forum", "forum"])
    }

    @Test(
        "A subject is the first line, cut at a word within 80 characters",
        arguments: [
            ("Hello", "Hello"), ("  \n Hello \nmore", "Hello "), ("   ", nil), ("", nil),
            (String(repeating: "x", count: 80), String(repeating: "x", count: 80)),
            (String(repeating: "word ", count: 20), String(repeating: "word ", count: 14) + "word…"),
            (String(repeating: "å", count: 79), String(repeating: "å", count: 79)),
            (String(repeating: "å", count: 90), String(repeating: "å", count: 79) + "…"),
        ] as [(String, String?)])
    func subjects(text: String, subject: String?) async throws {
        let hall = try await Hall()
        try await hall.receive(.message("m1", text))
        let found = try await hall.conversations().first?.subject
        #expect(found == subject)
        #expect(found.map { $0.unicodeScalars.count <= 80 } ?? true)
    }
}
