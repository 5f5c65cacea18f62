import Model
import Storage
import TestSupport
import Testing

@Suite("Messages in the store", .timeLimit(.minutes(2)))
struct MessageTests {
    private static let time = TestClock.start

    @Test("A message is read as it was written", arguments: Backend.allCases)
    func whole(backend: Backend) async throws {
        let fresh = try await backend.make()
        let read = try await fresh.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            let message = Message(
                id: MessageID(at: Self.time), conversation: seed.conversation.id, leg: seed.leg.id,
                identity: seed.identity.id, envelope: seed.envelope.id, channel: "shop", externalID: "m'1",
                direction: .inbound, author: .person, authorName: "Åsa", visibility: .public, format: .markdown,
                text: "😀, 'quotes' and ?", replyTo: "m0", at: Self.time,
                receivedAt: Self.time + .seconds(1), permalink: "https://x/1", language: "sv",
                fields: ["id": 9_007_199_254_740_993, "list": [1, nil]])
            try transaction.insertMessage(message)
            return (message, try transaction.message(message.id))
        }
        #expect(read.0 == read.1)
    }

    @Test("A zero byte in a text is kept, or shown as the sign for what can not be shown", arguments: Backend.allCases)
    func zeroByte(backend: Backend) async throws {
        let fresh = try await backend.make()
        let name = try await fresh.store.write { transaction in
            let person = Person(id: PersonID(at: Self.time), name: "a\u{0}b", handle: nil, phone: nil, email: nil)
            try transaction.insertPerson(person, at: Self.time)
            return try transaction.person(person.id)?.name
        }
        #expect(name == (backend.isPostgreSQL ? "a\u{FFFD}b" : "a\u{0}b"))
    }

    @Test("A channel has one message of an id in each direction", arguments: Backend.allCases)
    func unique(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seed = try await fresh.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            try transaction.insertMessage(seed.inbound("m1"))
            return seed
        }
        let error = await #expect(throws: StoreError.self) {
            try await fresh.store.write { try $0.insertMessage(seed.inbound("m1", "other words")) }
        }
        #expect(error?.code == .conflict)
        let other = try await fresh.store.write { transaction in
            try transaction.insertMessage(seed.outbound("m1"))
            let other = try Seed.plant("bo", channel: "other", in: transaction)
            try transaction.insertMessage(other.inbound("m1"))
            return other
        }
        let found = try await fresh.store.read { try $0.message(channel: "other", externalID: "m1") }
        #expect(found?.conversation == other.conversation.id)
    }

    @Test("Outbound messages that have no id yet do not stand in each other's way", arguments: Backend.allCases)
    func nameless(backend: Backend) async throws {
        let fresh = try await backend.make()
        let count = try await fresh.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            for _ in 0..<3 { try transaction.insertMessage(seed.outbound()) }
            return try transaction.messages(of: seed.conversation.id, after: nil, limit: 9).count
        }
        #expect(count == 3)
    }

    @Test("A source makes one message of an id", arguments: Backend.allCases)
    func sources(backend: Backend) async throws {
        let fresh = try await backend.make()
        let source = CommandSource(endpoint: "contract:desk", id: "9")
        let (seed, first) = try await fresh.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            let first = seed.outbound(source: source)
            try transaction.insertMessage(first)
            return (seed, first)
        }
        #expect(try await fresh.store.read { try $0.message(source: source) } == first)
        let error = await #expect(throws: StoreError.self) {
            try await fresh.store.write { try $0.insertMessage(seed.outbound(source: source)) }
        }
        #expect(error?.code == .conflict)
        try await fresh.store.write { transaction in
            try transaction.insertMessage(seed.outbound(source: CommandSource(endpoint: "api:crm", id: "9")))
        }
    }

    @Test("A timeline is in the order of the network's time, page by page", arguments: Backend.allCases)
    func timeline(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seed = try await fresh.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            for (number, seconds) in [5, 3, 3, 1, 4, 3, 2].enumerated() {
                try transaction.insertMessage(seed.inbound("m\(number)", at: Self.time + .seconds(seconds)))
            }
            return seed
        }
        var seen: [Message] = []
        var cursor: (at: Timestamp, id: MessageID)?
        repeat {
            let place = cursor
            let page = try await fresh.store.read {
                try $0.messages(of: seed.conversation.id, after: place, limit: 2)
            }
            seen += page
            cursor = page.last.map { ($0.at, $0.id) }
        } while cursor != nil
        #expect(seen.map(\.externalID) == ["m3", "m6", "m1", "m2", "m5", "m4", "m0"])
    }

    @Test("A part is found by the id that the network gave it, and so is its message", arguments: Backend.allCases)
    func parts(backend: Backend) async throws {
        let fresh = try await backend.make()
        let (message, parts) = try await fresh.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            let message = seed.outbound()
            try transaction.insertMessage(message)
            for number in 1...3 {
                try transaction.insertPart(number, of: message.id, channel: "shop", text: "part \(number)")
            }
            try transaction.setPart(2, of: message.id, externalID: "x2")
            try transaction.setPart(2, of: message.id, state: .sent)
            // The network's id is one part's only; a second part is not given it.
            try transaction.setPart(3, of: message.id, externalID: "x2")
            return (message, try transaction.parts(of: message.id))
        }
        #expect(parts.map(\.number) == [1, 2, 3])
        #expect(parts.map(\.externalID) == [nil, "x2", nil])
        #expect(parts.map(\.state) == [.pending, .sent, .pending])
        #expect(try await fresh.store.read { try $0.message(channel: "shop", externalID: "x2") } == message)
        #expect(try await fresh.store.read { try $0.message(channel: "other", externalID: "x2") } == nil)
        let unnamed = try await fresh.store.read { try $0.unnamedPart(on: message.leg, text: "part 3") }
        #expect(unnamed?.number == 3)
        #expect(try await fresh.store.read { try $0.unnamedPart(on: message.leg, text: "part 2") }?.number == nil)
    }

    @Test("A reaction counts as news once, and an older one does not undo a newer", arguments: Backend.allCases)
    func reactions(backend: Backend) async throws {
        let fresh = try await backend.make()
        let news = try await fresh.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            let message = seed.inbound("m1")
            try transaction.insertMessage(message)
            let react = { (reaction: String?, author: String, seconds: Int) in
                try transaction.setReaction(
                    reaction, of: author, to: message.id, at: Self.time + .seconds(seconds))
            }
            return [
                try react("👍", "ada", 1), try react("👍", "ada", 2), try react("❤️", "ada", 3), try react("👎", "ada", 2),
                try react(nil, "ada", 4), try react(nil, "ada", 5), try react("👍", "bo", 1),
                try react(nil, "cy", 2), try react("👍", "cy", 1),
            ]
        }
        #expect(news == [true, false, true, false, true, false, true, false, false])
    }

    @Test("An edited message keeps what it said before", arguments: Backend.allCases)
    func edits(backend: Backend) async throws {
        let fresh = try await backend.make()
        let (edited, former) = try await fresh.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            let message = seed.inbound("m1", "first")
            try transaction.insertMessage(message)
            // Two edits of one second: both former texts are kept.
            try transaction.editMessage(message, text: "between", at: Self.time + .seconds(1), envelope: nil)
            let between = try transaction.message(message.id) ?? message
            try transaction.editMessage(between, text: "second", at: Self.time + .seconds(1), envelope: nil)
            let former = try transaction.rows(
                "SELECT text FROM edits WHERE message_id = ? ORDER BY id", [.id(message.id)])
            return (try transaction.message(message.id), try former.map { try $0.text(0) })
        }
        #expect(edited?.text == "second")
        #expect(edited?.editedAt == Self.time + .seconds(1))
        #expect(former == ["first", "between"])
    }

    @Test("Attachments come back in their order", arguments: Backend.allCases)
    func attachments(backend: Backend) async throws {
        let fresh = try await backend.make()
        let (written, read) = try await fresh.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            let message = seed.inbound("m1")
            try transaction.insertMessage(message)
            let written = (0..<5).reversed().map { number in
                Attachment(
                    id: AttachmentID(at: Self.time), message: message.id,
                    file: FileReference(reference: "f\(number)", name: nil, type: "image/png", size: 7),
                    origin: "channel:shop")
            }
            for (position, attachment) in written.enumerated() {
                try transaction.insertAttachment(attachment, position: position)
            }
            return (written, try transaction.attachments(of: message.id))
        }
        #expect(written == read)
    }

    @Test(
        "Events wait for their message and are taken once, in the order in which they came", arguments: Backend.allCases
    )
    func parked(backend: Backend) async throws {
        let fresh = try await backend.make()
        let seed = try await fresh.store.write { transaction in
            let seed = try Seed.plant(in: transaction)
            for text in ["one", "two", "three"] {
                try transaction.park(
                    .edit("m1", text), channel: "shop", envelope: seed.envelope.id, at: Self.time)
            }
            try transaction.park(.edit("m2", "four"), channel: "shop", envelope: seed.envelope.id, at: Self.time)
            return seed
        }
        let take = { @Sendable (channel: String) in
            try await fresh.store.write { try $0.unpark(channel: channel, externalID: "m1").map(\.event) }
        }
        let query = CorrespondentQuery(
            network: "chat", scope: "shop", address: "ada", channel: "shop", thread: seed.leg.thread, externalID: "m1")
        #expect(try await fresh.store.read { try $0.correspondent(query) }?.hasParked == true)
        #expect(try await take("other").isEmpty)
        #expect(try await take("shop").map { $0["text"].string } == ["one", "two", "three"])
        #expect(try await take("shop").isEmpty)
        #expect(try await fresh.store.read { try $0.correspondent(query) }?.hasParked == false)
    }
}
