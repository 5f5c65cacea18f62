import Conversations
import Model
import Storage
import TestSupport
import Testing

@Suite("How a conversation goes on", .timeLimit(.minutes(2)))
struct ContinuityTests {
    @Test("A closed conversation reopens when its person writes within the time for it")
    func reopens() async throws {
        let hall = try await Hall(reopenWithin: .seconds(3600))
        let conversation = try await hall.greeted()
        _ = try await hall.order(.close(conversation))
        hall.clock.advance(by: .seconds(3600))
        try await hall.receive(.message("m2", "one more thing"))
        let conversations = try await hall.conversations()
        #expect(conversations.map(\.id) == [conversation.id])
        #expect(conversations.first?.status == .open)
        #expect(conversations.first?.closedAt == nil)
        #expect(
            try await hall.told().suffix(3) == ["conversation.closed", "conversation.reopened", "message.received"])
        try await hall.checkAlways()
    }

    @Test("After that time a new conversation begins, which points to the former")
    func begins() async throws {
        let hall = try await Hall(reopenWithin: .seconds(3600))
        let former = try await hall.greeted()
        _ = try await hall.order(.close(former))
        hall.clock.advance(by: .seconds(3600) + .milliseconds(1))
        try await hall.receive(.message("m2", "something else"))
        try await hall.receive(.message("m3", "and this"))
        let conversations = try await hall.conversations()
        #expect(conversations.count == 2)
        #expect(conversations.map(\.status) == [.closed, .open])
        #expect(conversations.last?.former == former.id)
        #expect(conversations.last?.person == former.person)
        let messages = try await hall.messages()
        #expect(messages.map(\.conversation) == [former.id] + Array(repeating: conversations[1].id, count: 2))
        #expect(try await hall.told().suffix(3) == ["conversation.opened", "message.received", "message.received"])
        #expect(try await hall.told().filter { $0 == "person.created" }.count == 1)
        try await hall.checkAlways()
    }

    @Test("A duplicate of an old message does not reopen anything")
    func duplicate() async throws {
        let hall = try await Hall()
        let conversation = try await hall.greeted()
        _ = try await hall.order(.close(conversation))
        #expect(try await hall.receive(.message("m1")) == .duplicate)
        #expect(try await hall.conversations().map(\.status) == [.closed])
    }

    @Test("An edit of an old message does not reopen anything")
    func edit() async throws {
        let hall = try await Hall()
        let conversation = try await hall.greeted()
        _ = try await hall.order(.close(conversation))
        try await hall.receive(.edit("m1", "Hello!"))
        #expect(try await hall.conversations().map(\.status) == [.closed])
        try await hall.checkAlways()
    }
}
