import Conversations
import Foundation
import Model
import Storage
import TestSupport
import Testing

/// A channel whose threads do not tell where a message belongs: its `fields` name a message that it follows.
private struct Following: Placing {
    func place(
        _ event: InboundEvent, on channel: String, network: String, in transaction: any Transaction
    ) throws -> Placement {
        var event = event
        guard let earlier = event.fields?["follows"].string,
            let conversation = try transaction.message(channel: channel, externalID: earlier)?.conversation
        else { return Placement(event) }
        let address = event.author?.id ?? ""
        let isInvited = event.fields?["invited"] == true
        let thread = try transaction.participation(
            of: address, network: network, channel: channel, in: conversation)
        guard thread != nil || isInvited else {
            return Placement(event, related: conversation, reason: "the writer takes no part in what it follows")
        }
        event.thread = thread ?? event.thread
        return Placement(event, conversation: conversation)
    }
}

@Suite("a channel that says where its messages belong")
struct PlacingTests {
    private let hall: Hall

    init() async throws {
        hall = try await Hall(placing: Following())
    }

    private func message(
        _ id: String, from author: String, follows: String? = nil, invited: Bool = false
    ) throws -> InboundEvent {
        try .message(
            id, by: author, on: id,
            with: ["fields": .members(["follows": JSON(follows), "invited": .bool(invited)])])
    }

    private func conversation(of id: String) async throws -> Conversation? {
        try await hall.store.read { transaction in
            try transaction.message(channel: "shop", externalID: id).flatMap {
                try transaction.conversation($0.conversation)
            }
        }
    }

    @Test("what follows a message of the same writer goes on in its conversation and on its leg")
    func goesOn() async throws {
        try await hall.receive(try message("m1", from: "ada"))
        try await hall.receive(try message("m2", from: "ada", follows: "m1"))
        let conversation = try #require(try await conversation(of: "m1"))
        #expect(try await self.conversation(of: "m2")?.id == conversation.id)
        let legs = try await hall.store.read { try $0.legs(of: conversation.id) }
        #expect(legs.map(\.thread) == ["m1"])
    }

    @Test("an invited writer joins on a leg of their own")
    func joins() async throws {
        try await hall.receive(try message("m1", from: "ada"))
        try await hall.receive(try message("m2", from: "bob", follows: "m1", invited: true))
        let conversation = try #require(try await conversation(of: "m1"))
        #expect(try await self.conversation(of: "m2")?.id == conversation.id)
        let legs = try await hall.store.read { try $0.legs(of: conversation.id) }
        #expect(Set(legs.map(\.thread)) == ["m1", "m2"])
    }

    @Test("a stranger opens a conversation that points to the one it speaks of")
    func points() async throws {
        try await hall.receive(try message("m1", from: "ada"))
        try await hall.receive(try message("m2", from: "eve", follows: "m1"))
        let first = try #require(try await conversation(of: "m1"))
        let second = try #require(try await conversation(of: "m2"))
        #expect(second.id != first.id && second.former == first.id)
        #expect(second.reason == "the writer takes no part in what it follows")
    }

    @Test("joining a closed conversation opens it again, and one that is over is followed by another")
    func closed() async throws {
        try await hall.receive(try message("m1", from: "ada"))
        let first = try #require(try await conversation(of: "m1"))
        try await hall.store.write { [now = hall.clock.now] in
            try $0.setConversation(first.id, status: .closed, at: now, said: now)
        }
        try await hall.receive(try message("m2", from: "bob", follows: "m1", invited: true))
        #expect(try await conversation(of: "m2")?.id == first.id)
        #expect(try await conversation(of: "m1")?.status == .open)
        try await hall.store.write { [now = hall.clock.now] in
            try $0.setConversation(first.id, status: .closed, at: now, said: now)
        }
        hall.clock.advance(by: .seconds(7200))
        try await hall.receive(try message("m3", from: "cid", follows: "m1", invited: true))
        let third = try #require(try await conversation(of: "m3"))
        #expect(third.id != first.id && third.former == first.id)
    }
}
