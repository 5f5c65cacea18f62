import Conversations
import Model
import Storage
import TestSupport
import Testing

@Suite("What the network tells of a part whose answer got lost", .timeLimit(.minutes(2)))
struct LostAnswerTests {
    /// A reply on its way.
    private func replied(_ hall: Hall, _ text: String = "Good day") async throws -> MessageID {
        let conversation = try await hall.greeted()
        return try #require(try await hall.order(.reply("c1", text, to: conversation)).made)
    }

    private func state(of id: MessageID, in hall: Hall) async throws -> MessageState? {
        try await hall.store.read { try $0.message(id) }?.state
    }

    private func audits(_ hall: Hall) async throws -> [String] {
        try await hall.store.read { transaction in
            try transaction.rows("SELECT actor, action, details FROM audit ORDER BY id", []).map { row in
                let details = try row.json(2)
                return "\(try row.text(0)) \(try row.text(1)) \(details["outcome"].string ?? "")"
            }
        }
    }

    @Test("An echo of its text, after the answer got lost, makes it sent: once, and nobody has to look")
    func echoAfterwards() async throws {
        let hall = try await Hall()
        let id = try await replied(hall)
        try await hall.lost(id)
        #expect(try await state(of: id, in: hall) == .failed)
        #expect(try await hall.states(of: id) == [.failed])
        #expect(try await hall.receive(.echo("x1", "Good day")) == .applied)
        #expect(try await state(of: id, in: hall) == .sent)
        #expect(try await hall.states(of: id) == [.delivered])
        #expect(try await hall.receive(.echo("x1", "Good day")) == .duplicate)
        #expect(try await hall.told().suffix(2) == ["message.failed", "message.sent"])
        #expect(try await hall.count("messages") == 2)
        #expect(try await audits(hall) == ["channel:shop delivery.settled unknown_outcome"])
        let record = try #require(try await hall.deliveries(to: .channel("shop")).last)
        #expect(try #require(record.reason).hasPrefix("the network shows it as sent, told in env_"))
        #expect(try await hall.message("x1").id == id)
        // Receipts find it by the echo's id from now on.
        try await hall.receive(.receipt("x1", .read))
        #expect(try await state(of: id, in: hall) == .read)
        try await hall.checkAlways()
    }

    @Test("An echo that came before the answer got lost makes it sent")
    func echoBefore() async throws {
        let hall = try await Hall()
        let id = try await replied(hall)
        #expect(try await hall.receive(.echo("x1", "Good day")) == .duplicate)
        try await hall.lost(id)
        #expect(try await state(of: id, in: hall) == .sent)
        #expect(try await hall.states(of: id) == [.delivered])
        #expect(try await hall.told().contains("message.failed") == false)
        try await hall.checkAlways()
    }

    @Test("A receipt of an echo that came before the answer got lost makes it delivered")
    func receiptBefore() async throws {
        let hall = try await Hall()
        let id = try await replied(hall)
        try await hall.receive(.echo("x1", "Good day"))
        try await hall.receive(.receipt("x1", .delivered))
        try await hall.lost(id)
        #expect(try await state(of: id, in: hall) == .delivered)
        #expect(try await hall.states(of: id) == [.delivered])
        try await hall.checkAlways()
    }

    @Test("A receipt that waited for its message applies with the echo that settles it")
    func parkedReceipt() async throws {
        let hall = try await Hall()
        let id = try await replied(hall)
        try await hall.lost(id)
        try await hall.receive(.receipt("x1", .delivered))
        #expect(try await state(of: id, in: hall) == .failed)
        try await hall.receive(.echo("x1", "Good day"))
        #expect(try await state(of: id, in: hall) == .delivered)
        #expect(try await hall.count("parked") == 0)
        try await hall.checkAlways()
    }

    @Test("A receipt of an id that an earlier request was told settles it", arguments: [true, false])
    func byToldID(isEcho: Bool) async throws {
        let hall = try await Hall()
        let id = try await replied(hall)
        try await hall.lost(id, told: "x1")
        #expect(try await state(of: id, in: hall) == .failed, "the id alone proves nothing")
        try await hall.receive(isEcho ? .echo("x1", "Good day!") : .receipt("x1", .delivered))
        #expect(try await state(of: id, in: hall) == (isEcho ? .sent : .delivered))
        #expect(try await hall.states(of: id) == [.delivered])
        try await hall.checkAlways()
    }

    @Test("The parts that were kept back because of it go out")
    func laterParts() async throws {
        let hall = try await Hall(textLimit: TextLimit(max: 10, unit: .characters, splits: true))
        let id = try await replied(hall, "one two three four")
        #expect(try await hall.states(of: id) == [.pending, .pending])
        try await hall.lost(id, part: 1, of: 2)
        #expect(try await hall.states(of: id) == [.failed, .cancelled])
        let text = try await hall.store.read { try $0.parts(of: id) }[0].text
        try await hall.receive(.echo("x1", text))
        #expect(try await hall.states(of: id) == [.delivered, .pending])
        #expect(try await state(of: id, in: hall) == .failed, "until the last part is sent")
        try await hall.sent(id, part: 2, of: 2, as: "x2")
        #expect(try await state(of: id, in: hall) == .sent)
        try await hall.checkAlways()
    }

    @Test("What failed for a reason that is known is not taken for sent because somebody wrote the same words")
    func refused() async throws {
        let hall = try await Hall()
        let id = try await replied(hall)
        try await hall.failed(id)
        #expect(try await hall.receive(.echo("x1", "Good day")) == .applied)
        #expect(try await state(of: id, in: hall) == .failed)
        #expect(try await hall.states(of: id) == [.failed])
        #expect(try await hall.count("messages") == 3)
        try await hall.checkAlways()
    }

    @Test("One that is on its way is shown before one that was lost")
    func onItsWayFirst() async throws {
        let hall = try await Hall()
        let conversation = try await hall.greeted()
        let lost = try #require(try await hall.order(.reply("c1", to: conversation)).made)
        try await hall.lost(lost)
        let second = try #require(try await hall.order(.reply("c2", to: conversation)).made)
        try await hall.receive(.echo("x2", "Good day"))
        try await hall.sent(second, as: "x2")
        #expect(try await state(of: lost, in: hall) == .failed)
        try await hall.receive(.echo("x1", "Good day"))
        #expect(try await state(of: lost, in: hall) == .sent)
        #expect(try await hall.message("x2").id == second)
        try await hall.checkAlways()
    }

    @Test("A person who retries it first, and whose retry waits, sends it once: the echo ends the retry")
    func retried() async throws {
        let hall = try await Hall()
        let id = try await replied(hall)
        try await hall.lost(id)
        let now = hall.clock.now
        try await hall.store.write { transaction in
            let message = try #require(try transaction.message(id))
            try transaction.revive(#require(try transaction.carrier(of: 1, of: message)).delivery, at: now)
        }
        try await hall.receive(.echo("x1", "Good day"))
        #expect(try await hall.states(of: id) == [.delivered])
        #expect(try await state(of: id, in: hall) == .sent)
        let claimed = try await hall.store.write { transaction in
            try transaction.claimLanes(
                of: .channel("shop"), owner: "courier", limit: 9, lease: .seconds(60), now: now)
        }
        #expect(claimed.isEmpty)
        try await hall.checkAlways()
    }

    @Test("An echo in other words that is quicker than the answer does not keep the answer from being recorded")
    func otherWords() async throws {
        let hall = try await Hall()
        let id = try await replied(hall)
        #expect(try await hall.receive(.echo("x1", "Good day.")) == .applied)
        try await hall.sent(id, as: "x1")
        #expect(try await hall.message("x1").id == id)
        #expect(try await state(of: id, in: hall) == .sent)
        #expect(try await hall.receive(.echo("x1", "Good day.")) == .duplicate)
        try await hall.receive(.receipt("x1", .read))
        #expect(try await state(of: id, in: hall) == .read)
        try await hall.checkAlways()
    }
}
