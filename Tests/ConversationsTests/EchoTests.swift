import Conversations
import Model
import Storage
import TestSupport
import Testing

@Suite("What the network shows us of our own words", .timeLimit(.minutes(2)))
struct EchoTests {
    @Test("An echo of what we sent is known by its id")
    func byID() async throws {
        let hall = try await Hall()
        let conversation = try await hall.greeted()
        let id = try #require(try await hall.order(.reply(to: conversation)).made)
        try await hall.sent(id, as: "x1")
        #expect(try await hall.receive(.echo("x1", "Good day")) == .duplicate)
        #expect(try await hall.count("messages") == 2)
        try await hall.checkAlways()
    }

    @Test("An echo that is quicker than the answer is known by its text")
    func byText() async throws {
        let hall = try await Hall()
        let conversation = try await hall.greeted()
        let id = try #require(try await hall.order(.reply(to: conversation)).made)
        #expect(try await hall.receive(.echo("x1", "Good day")) == .duplicate)
        #expect(try await hall.count("messages") == 2)
        // The network speaks of it by the echo's id before it answers the request.
        try await hall.receive(.receipt("x1", .delivered))
        try await hall.sent(id, as: "x1")
        #expect(try await hall.message("x1").id == id)
        #expect(try await hall.message("x1").state == .delivered)
        try await hall.checkAlways()
    }

    @Test("A receipt that came before the echo is not left waiting when the answer is lost")
    func receiptThenEcho() async throws {
        let hall = try await Hall()
        let conversation = try await hall.greeted()
        let id = try #require(try await hall.order(.reply(to: conversation)).made)
        try await hall.receive(.receipt("x1", .delivered))
        try await hall.receive(.echo("x1", "Good day"))
        #expect(try await hall.count("parked") == 0)
        #expect(try await hall.store.read { try $0.message(id) }?.state == .delivered)
        #expect(try await hall.balance()[.parked] == nil)
        try await hall.checkAlways()
    }

    @Test("What was written there by other means becomes a message of ours")
    func unknown() async throws {
        let hall = try await Hall()
        let conversation = try await hall.greeted()
        #expect(try await hall.receive(.echo("x1", "I am on it")) == .applied)
        #expect(try await hall.receive(.echo("x1", "I am on it")) == .duplicate)
        let message = try await hall.message("x1")
        #expect(message.conversation == conversation.id)
        #expect(message.direction == .outbound)
        #expect(message.state == .sent)
        #expect(message.source == CommandSource(endpoint: "channel:shop", id: "x1"))
        #expect(try await hall.told().last == "message.sent")
        #expect(try await hall.deliveries(to: .channel("shop")).isEmpty)
        try await hall.receive(.receipt("x1", .read))
        #expect(try await hall.message("x1").state == .read)
        try await hall.checkAlways()
    }

    @Test("Files that were sent there by other means are files of that message")
    func unknownFiles() async throws {
        let hall = try await Hall()
        _ = try await hall.greeted()
        try await hall.receive(.echo("x1", nil, files: [["reference": "f1", "name": "bill.pdf"]]))
        let message = try await hall.message("x1")
        let files = try await hall.store.read { try $0.attachments(of: message.id) }
        #expect(files.map(\.file.reference) == ["f1"])
        #expect(files.map(\.origin) == ["channel:shop"])
        let told = try #require(try await hall.deliveries(to: .contract("desk")).last).delivery.payload
        #expect(told["data"]["message"]["attachments"][0]["name"] == "bill.pdf")
        try await hall.checkAlways()
    }

    @Test("An echo of a file that is quicker than the answer is known by being one")
    func fileBeforeAnswer() async throws {
        let hall = try await Hall(files: FileLimits(bytesMax: 1000))
        let conversation = try await hall.greeted()
        let bill = FileReference(reference: "a1", name: "a.pdf")
        try await hall.command(.reply("c1", " ", to: conversation, files: [bill]))
        let before = try await hall.count("messages")
        let file: JSON = ["reference": "f1"]
        #expect(try await hall.receive(.echo("x2", nil, files: [file])) == .duplicate)
        #expect(try await hall.count("messages") == before)
        // A second file is none of ours.
        #expect(try await hall.receive(.echo("x3", nil, files: [file])) == .applied)
        try await hall.checkAlways()
    }

    @Test("A receipt that came before an unknown echo applies to it")
    func receiptOfUnknown() async throws {
        let hall = try await Hall()
        _ = try await hall.greeted()
        try await hall.receive(.receipt("x1", .read))
        try await hall.receive(.echo("x1", "I am on it"))
        #expect(try await hall.message("x1").state == .read)
        #expect(try await hall.count("parked") == 0)
        try await hall.checkAlways()
    }

    @Test("An echo on a thread that we know nothing of is counted and left")
    func elsewhere() async throws {
        let hall = try await Hall()
        _ = try await hall.greeted()
        #expect(try await hall.receive(.echo("x1", "hi", on: "another thread")) == .filtered)
        #expect(try await hall.count("messages") == 1)
        try await hall.checkAlways()
    }
}
