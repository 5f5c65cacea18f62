import Model
import Testing

@Suite("How far a message has come")
struct MessageStateTests {
    /// Row by row, in the order of `allCases`: pending, sent, delivered, read, failed.
    private static let table: [MessageState: [Bool]] = [
        .pending: [false, true, true, true, true],
        .sent: [false, false, true, true, true],
        .delivered: [false, false, false, true, false],
        .read: [false, false, false, false, false],
        .failed: [false, true, true, true, false],
    ]

    @Test("A message moves forward and never back", arguments: MessageState.allCases, MessageState.allCases)
    func moves(state: MessageState, next: MessageState) throws {
        let column = try #require(MessageState.allCases.firstIndex(of: next))
        #expect(state.mayBecome(next) == Self.table[state]?[column])
    }

    @Test("Whatever a network reports, and in whatever order, a message that was read stays read")
    func readIsFinal() {
        #expect(MessageState.allCases.allSatisfy { !MessageState.read.mayBecome($0) })
    }

    @Test("Every receipt is a state of a message")
    func receipts() {
        #expect(Receipt.allCases.allSatisfy { MessageState(rawValue: $0.rawValue) != nil })
    }

    @Test("The text of a deleted message is shown to nobody")
    func deleted() {
        let time = Timestamp(milliseconds: 0)
        var message = Message(
            id: MessageID(at: time), conversation: ConversationID(at: time), leg: LegID(at: time), channel: "shop",
            externalID: "m1", direction: .inbound, author: .person, visibility: .private, format: .plain,
            text: "my number is 12", at: time, receivedAt: time)
        #expect(message.json(adapter: nil, thread: nil, attachments: [])["text"] == "my number is 12")
        message.deletedAt = time
        let shown = message.json(adapter: nil, thread: nil, attachments: [])
        #expect(shown.object?["text"] == nil)
        #expect(shown["deleted_at"] == "1970-01-01T00:00:00.000Z")
    }

    @Test("A file's reference, which may be a secret address, is shown to nobody")
    func attachment() {
        let time = Timestamp(milliseconds: 0)
        let file = FileReference(reference: "https://files.example/secret", name: "a.png", type: "image/png", size: 3)
        let shown = Attachment(
            id: AttachmentID(at: time), message: MessageID(at: time), file: file, origin: "channel:shop"
        ).json
        #expect(shown["name"] == "a.png")
        #expect(!shown.text.contains("secret"))
    }
}
