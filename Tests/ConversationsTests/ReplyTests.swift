import Conversations
import Model
import Storage
import TestSupport
import Testing

@Suite("Replies and how they are sent", .timeLimit(.minutes(2)))
struct ReplyTests {
    private func states(_ hall: Hall) async throws -> [DeliveryState] {
        try await hall.deliveries(to: .channel("shop")).map(\.delivery.state)
    }

    @Test("A reply goes out on the leg that the person used, as one delivery to its channel")
    func reply() async throws {
        let hall = try await Hall()
        let conversation = try await hall.greeted()
        let id = try #require(try await hall.command(.reply(to: conversation, replyTo: "m1")).only?.made)
        let message = try #require(try await hall.store.read { try $0.message(id) })
        #expect(message.state == .pending)
        #expect(message.source == CommandSource(endpoint: "contract:desk", id: "c1"))
        #expect(message.authorName == "Kim")
        #expect(message.replyTo == "m1")
        let delivery = try #require(try await hall.deliveries(to: .channel("shop")).first?.delivery)
        #expect(ReplyPart(payload: delivery.payload) == ReplyPart(message: id, number: 1, count: 1))
        #expect(try await hall.told().last == "message.received")
        try await hall.sent(id, as: "x1")
        #expect(try await hall.message("x1").state == .sent)
        #expect(try await hall.told().last == "message.sent")
        try await hall.checkAlways()
    }

    @Test("A long reply goes out in parts, and is sent when the last one is")
    func parts() async throws {
        let hall = try await Hall(textLimit: TextLimit(max: 10, unit: .characters, splits: true))
        let conversation = try await hall.greeted()
        let id = try #require(try await hall.order(.reply("c1", "one two three four", to: conversation)).made)
        let parts = try await hall.store.read { try $0.parts(of: id) }
        #expect(parts.map(\.text) == ["one two", "three four"])
        #expect(try await hall.deliveries(to: .channel("shop")).count == 2)
        try await hall.sent(id, part: 1, of: 2, as: "x1")
        #expect(try await hall.message("x1").state == .pending)
        #expect(try await hall.told().contains("message.sent") == false)
        try await hall.sent(id, part: 2, of: 2, as: "x2")
        #expect(try await hall.message("x2").state == .sent)
        #expect(try await hall.told().filter { $0 == "message.sent" }.count == 1)
        try await hall.receive(.receipt("x1", .read))
        #expect(try await hall.message("x1").state == .sent)
        try await hall.receive(.receipt("x2", .delivered))
        #expect(try await hall.message("x1").state == .delivered)
        try await hall.receive(.receipt("x2", .read))
        #expect(try await hall.message("x1").state == .read)
        try await hall.checkAlways()
    }

    @Test("A network that takes no parts refuses a text that is too long")
    func tooLong() async throws {
        let hall = try await Hall(textLimit: TextLimit(max: 10, unit: .characters, splits: false))
        let conversation = try await hall.greeted()
        let refusal = try await hall.command(.reply("c1", "one two three four", to: conversation)).refusal
        #expect(refusal == .textTooLong)
        #expect(try await states(hall).isEmpty)
        #expect(try await hall.command(.reply("c2", "one two", to: conversation)).only?.made != nil)
    }

    @Test("A part that cannot be sent fails the message and keeps the later parts back")
    func failed() async throws {
        let hall = try await Hall(textLimit: TextLimit(max: 10, unit: .characters, splits: true))
        let conversation = try await hall.greeted()
        let id = try #require(try await hall.order(.reply("c1", "one two three four five", to: conversation)).made)
        let records = try await hall.deliveries(to: .channel("shop"))
        #expect(records.count == 3)
        try await hall.sent(id, part: 1, of: 3, as: "x1")
        try await hall.failed(id, part: 2, of: 3, "blocked us")
        let message = try await hall.message("x1")
        #expect(message.state == .failed)
        #expect(message.stateReason == "blocked us")
        #expect(try await states(hall).last == .cancelled)
        #expect(try await hall.told().last == "message.failed")
        // The parts go out after all.
        try await hall.sent(id, part: 2, of: 3, as: "x2")
        #expect(try await hall.message("x1").state == .failed)
        try await hall.sent(id, part: 3, of: 3, as: "x3")
        #expect(try await hall.message("x1").state == .sent)
        #expect(try await hall.message("x1").stateReason == nil)
        #expect(try await hall.told().last == "message.sent")
        try await hall.checkAlways()
    }

    @Test("A part that a person cancels fails the message and keeps the later parts back, the earlier ones go out")
    func cancelled() async throws {
        let hall = try await Hall(textLimit: TextLimit(max: 10, unit: .characters, splits: true))
        let conversation = try await hall.greeted()
        let id = try #require(try await hall.order(.reply("c1", "one two three four five", to: conversation)).made)
        let part = try #require(try await hall.deliveries(to: .channel("shop")).dropFirst().first?.delivery)
        try await hall.store.write { transaction in
            try transaction.cancelDelivery(part.id, reason: "cancelled by kim", at: TestClock.start)
            try hall.reports.partWasCancelled(
                part, reason: "cancelled by kim", at: TestClock.start, in: transaction)
        }
        #expect(try await states(hall) == [.pending, .cancelled, .cancelled])
        let message = try #require(try await hall.store.read { try $0.message(id) })
        #expect(message.state == .failed)
        #expect(message.stateReason == "cancelled by kim")
        #expect(try await hall.told().last == "message.failed")
        try await hall.checkAlways()
    }

    @Test("A receipt that says delivered after read undoes nothing")
    func lateReceipt() async throws {
        let hall = try await Hall()
        let conversation = try await hall.greeted()
        let id = try #require(try await hall.order(.reply(to: conversation)).made)
        try await hall.sent(id, as: "x1")
        try await hall.receive(.receipt("x1", .read))
        for receipt in [Receipt.delivered, .sent, .failed, .read] {
            #expect(try await hall.receive(.receipt("x1", receipt)) == .duplicate)
        }
        #expect(try await hall.message("x1").state == .read)
        #expect(try await hall.told().suffix(2) == ["message.sent", "message.read"])
        try await hall.checkAlways()
    }

    @Test("Receipts that come before the answer to the request wait for it")
    func earlyReceipts() async throws {
        let hall = try await Hall()
        let conversation = try await hall.greeted()
        let id = try #require(try await hall.order(.reply(to: conversation)).made)
        try await hall.receive(.receipt("x1", .delivered), .receipt("x1", .read))
        #expect(try await hall.balance()[.parked] == 2)
        try await hall.sent(id, as: "x1")
        #expect(try await hall.message("x1").state == .read)
        #expect(try await hall.told().suffix(3) == ["message.sent", "message.delivered", "message.read"])
        #expect(try await hall.balance()[.parked] == nil)
        try await hall.checkAlways()
    }

    @Test("A receipt of a whole thread moves what went out until then, and nothing later or elsewhere")
    func threadReceipt() async throws {
        let hall = try await Hall()
        let conversation = try await hall.greeted()
        try await hall.receive(.message("m2", by: "bo", on: "t2"))
        let other = try #require(try await hall.conversations().last)
        for (id, name) in [(conversation, "x1"), (other, "y1")] {
            let made = try #require(try await hall.order(.reply("c-\(name)", to: id)).made)
            try await hall.sent(made, as: name)
        }
        let seenAt = hall.clock.now
        hall.clock.advance(by: .seconds(1))
        let late = try #require(try await hall.order(.reply("c-late", to: conversation)).made)
        try await hall.sent(late, as: "x2")
        let waiting = try #require(try await hall.order(.reply("c-waiting", to: conversation)).made)
        #expect(try await hall.receive(.receipt("r1", .read, of: "t1", upTo: seenAt)) == .applied)
        #expect(try await hall.message("x1").state == .read)
        #expect(try await hall.message("x2").state == .sent)
        #expect(try await hall.message("y1").state == .sent)
        #expect(try await hall.receive(.receipt("r1", .read, of: "t1", upTo: seenAt)) == .duplicate)
        #expect(try await hall.receive(.receipt("r2", .delivered, of: "t1", upTo: hall.clock.now)) == .applied)
        #expect(try await hall.message("x1").state == .read)
        #expect(try await hall.message("x2").state == .delivered)
        #expect(try await hall.store.read { try $0.message(waiting)?.state } == .pending)
        #expect(try await hall.told().filter { $0 == "message.read" }.count == 1)
        try await hall.checkAlways()
    }

    @Test("A context that is good for one reply is gone after it, and after its end nobody is refused")
    func contextOnce() async throws {
        let hall = try await Hall()
        let once: [String: JSON] = [
            "context": ["token": "a"], "context_once": true, "at": .string(hall.clock.now.rfc3339),
            "context_expires": .string((hall.clock.now + .seconds(50)).rfc3339),
        ]
        let conversation = try await hall.greeted(once)
        #expect(try await hall.context(of: conversation) == ["token": "a"])
        hall.clock.advance(by: .seconds(51))
        #expect(try await hall.context(of: conversation) == nil)
        #expect(try await hall.order(.reply("c1", to: conversation)).made != nil)
        // Another message brings another; the reply that uses it spends it.
        let more: [String: JSON] = [
            "context": ["token": "b"], "context_once": true, "at": .string(hall.clock.now.rfc3339),
        ]
        try await hall.receive(.message("m2", with: more))
        #expect(try await hall.context(of: conversation) == ["token": "b"])
        let id = try #require(try await hall.order(.reply("c2", to: conversation)).made)
        try await hall.sent(id, as: "x2")
        #expect(try await hall.context(of: conversation) == nil)
    }

    @Test("A context without an end of its own is not spent by a reply")
    func contextStays() async throws {
        let hall = try await Hall()
        let conversation = try await hall.greeted(["context": ["token": "a"]])
        let id = try #require(try await hall.order(.reply(to: conversation)).made)
        try await hall.sent(id, as: "x1")
        #expect(try await hall.context(of: conversation) == ["token": "a"])
    }

    @Test("A network's own failure fails the message with its reason")
    func failedReceipt() async throws {
        let hall = try await Hall()
        let conversation = try await hall.greeted()
        let id = try #require(try await hall.order(.reply(to: conversation)).made)
        try await hall.sent(id, as: "x1")
        try await hall.receive(.receipt("x1", .failed, reason: "131026: undeliverable"))
        let message = try await hall.message("x1")
        #expect(message.state == .failed)
        #expect(message.stateReason == "131026: undeliverable")
        #expect(try await hall.told().last == "message.failed")
        try await hall.checkAlways()
    }

    @Test("A public reply has limits of its own where the network says so")
    func publicLimits() async throws {
        let hall = try await Hall(
            textLimit: TextLimit(max: 5, unit: .characters, splits: false), window: .seconds(60),
            publicLimits: ReplyLimits(text: TextLimit(max: 10, unit: .characters, splits: false)))
        let open = try await hall.greeted(["visibility": "public"])
        hall.clock.advance(by: .seconds(61))
        #expect(try await hall.command(.reply("c1", "123456789", to: open)).only?.made != nil)
        try await hall.receive(.message("m2", with: ["visibility": "private"]))
        #expect(try await hall.command(.reply("c2", "123456789", to: open)).refusal == .textTooLong)
        hall.clock.advance(by: .seconds(61))
        #expect(try await hall.command(.reply("c3", "1234", to: open)).refusal == .windowClosed)
    }

    @Test("After the network's window a reply is refused, and within it not")
    func window() async throws {
        let hall = try await Hall(window: .seconds(86_400))
        let conversation = try await hall.greeted(["at": .string(TestClock.start.rfc3339)])
        hall.clock.advance(by: .seconds(86_400))
        #expect(try await hall.command(.reply("c1", to: conversation)).only?.made != nil)
        hall.clock.advance(by: .milliseconds(1))
        #expect(try await hall.command(.reply("c2", to: conversation)).refusal == .windowClosed)
        try await hall.receive(.message("m2"))
        #expect(try await hall.command(.reply("c3", to: conversation)).only?.made != nil)
        let counts = try await hall.balance(.contract("desk"))
        #expect(counts == [.received: 3, .changes: 2, .refused: 1])
    }

    @Test("When the place to answer at expired, a reply is refused")
    func expiredContext() async throws {
        let hall = try await Hall()
        let expiry = TestClock.start + .seconds(60)
        let conversation = try await hall.greeted(["context": ["token": 1], "context_expires": .string(expiry.rfc3339)])
        hall.clock.set(expiry)
        #expect(try await hall.command(.reply("c1", to: conversation)).only?.made != nil)
        hall.clock.advance(by: .milliseconds(1))
        #expect(try await hall.command(.reply("c2", to: conversation)).refusal == .contextExpired)
    }

    @Test("An answer is as visible as the person's last words, and nothing else is given when something else is asked")
    func visibility() async throws {
        let hall = try await Hall()
        let conversation = try await hall.greeted(["visibility": "public"])
        #expect(try await hall.command(.reply("c1", to: conversation, visibility: .private)).refusal == .visibility)
        let id = try #require(try await hall.command(.reply("c2", to: conversation)).only?.made)
        #expect(try await hall.store.read { try $0.message(id) }?.visibility == .public)
        hall.clock.advance(by: .seconds(1))
        try await hall.receive(.message("m2", with: ["visibility": "private"]))
        #expect(try await hall.command(.reply("c3", to: conversation, visibility: .public)).refusal == .visibility)
        let second = try #require(try await hall.command(.reply("c4", to: conversation)).only?.made)
        #expect(try await hall.store.read { try $0.message(second) }?.visibility == .private)
    }

    @Test("A leg of another conversation is none to answer on")
    func foreignLeg() async throws {
        let hall = try await Hall()
        try await hall.receive(.message("m1", by: "ada", on: "t1"), .message("m2", by: "bo", on: "t2"))
        let conversations = try await hall.conversations()
        let legs = try await hall.store.read { transaction in
            try conversations.map { try transaction.legs(of: $0.id)[0].id }
        }
        #expect(try await hall.command(.reply("c1", to: conversations[0], leg: legs[1])).refusal == .unknownLeg)
        #expect(try await hall.command(.reply("c2", to: conversations[0], leg: legs[0])).only?.made != nil)
    }

    @Test("A channel that is no longer configured takes no reply")
    func goneChannel() async throws {
        let hall = try await Hall()
        try await hall.receive(.message("m1"), on: "gone")
        let conversation = try #require(try await hall.conversations().first)
        #expect(try await hall.command(.reply(to: conversation)).refusal == .unknownChannel)
    }

    @Test("A reply to a closed conversation goes out and leaves it closed")
    func closed() async throws {
        let hall = try await Hall()
        let conversation = try await hall.greeted()
        _ = try await hall.order(.close(conversation))
        #expect(try await hall.order(.reply("c2", to: conversation)).made != nil)
        #expect(try await hall.conversations().map(\.status) == [.closed])
        try await hall.checkAlways()
    }
}
