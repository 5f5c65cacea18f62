// Conversations, their messages, and replies to them.

import Conversations
import HTTPTypes
import Model
import Storage

/// The part of the API that is about conversations.
struct ConversationRoutes: Sendable {
    let live: LiveInstallation
    let store: any Store
    let clock: WallClock

    var routes: [APIRoute] { [list, one, messages, reply] }

    private static let conversation = APIRoute.Parameter(
        "id", .path, "The conversation", schema: ["type": "string", "pattern": "^con_[0-9a-z]{26}$"])
    static let limit = APIRoute.Parameter(
        "limit", .query, "How many at most", schema: ["type": "integer", "minimum": 1, "maximum": 200, "default": 50])
    static let cursor = APIRoute.Parameter(
        "cursor", .query, "`next` of the page before", schema: ["type": "string"])

    private var list: APIRoute {
        APIRoute(
            method: .get, path: "/v1/conversations", summary: "Conversations, the newest first",
            scope: .readConversations,
            parameters: [
                Self.limit, Self.cursor,
                .init("status", .query, "Only these", schema: ["enum": ["open", "closed"]]),
            ], body: nil, success: (.ok, "ConversationPage"), problems: [(.badRequest, ["bad-parameter"])]
        ) { [store] call in
            let (limit, status) = (try call.limit(), try call.choice("status", of: ConversationStatus.self))
            var before: ConversationID?
            if let cursor = call.query["cursor"] {
                before = ConversationID(cursor)
                if before == nil { throw Problem(.badRequest, "bad-parameter", "cursor is none of ours") }
            }
            let cursor = before
            let page = try await store.read { transaction in
                try transaction.conversations(before: cursor, status: status, limit: limit)
            }
            let next = page.count == limit ? page.last?.id.text : nil
            return APIAnswer(.members(["conversations": .array(page.map(\.json)), "next": JSON(next)]))
        }
    }

    private var one: APIRoute {
        APIRoute(
            method: .get, path: "/v1/conversations/{id}",
            summary: "A conversation with its person, legs and tickets", scope: .readConversations,
            parameters: [Self.conversation], body: nil, success: (.ok, "ConversationDetail"),
            problems: [(.notFound, ["not-found"])]
        ) { [store] call in
            let id = try call.id("id", ConversationID.self)
            return APIAnswer(try await store.read { try Self.detail(of: id, in: $0) })
        }
    }

    private static func detail(of id: ConversationID, in transaction: any Transaction) throws -> JSON {
        guard let conversation = try transaction.conversation(id),
            let person = try transaction.person(conversation.person)
        else { throw Problem.notFound }
        var members = conversation.json.object ?? [:]
        members["person"] = person.json
        members["legs"] = .array(
            try transaction.legs(of: id).map { leg in
                [
                    "id": .string(leg.id.text), "channel": .string(leg.channel), "thread": .string(leg.thread),
                    "last_inbound_at": .string(leg.lastInboundAt.rfc3339),
                ]
            })
        members["tickets"] = .array(
            try transaction.tickets(of: id).map { contract, ticket in
                .members([
                    "contract": .string(contract), "id": .string(ticket.externalID), "url": JSON(ticket.url),
                ])
            })
        return .object(members)
    }

    private var messages: APIRoute {
        APIRoute(
            method: .get, path: "/v1/conversations/{id}/messages", summary: "The messages of a conversation, in order",
            scope: .readConversations, parameters: [Self.conversation, Self.limit, Self.cursor], body: nil,
            success: (.ok, "MessagePage"),
            problems: [(.badRequest, ["bad-parameter"]), (.notFound, ["not-found"])]
        ) { [store, live] call in
            let id = try call.id("id", ConversationID.self)
            let (limit, cursor) = (try call.limit(), try call.query["cursor"].map(MessageCursor.init(text:)))
            let wiring = live.current.wiring
            return APIAnswer(
                try await store.read { transaction in
                    guard try transaction.conversation(id) != nil else { throw Problem.notFound }
                    let page = try transaction.messages(of: id, after: cursor?.place, limit: limit)
                    let threads = Dictionary(try transaction.legs(of: id).map { ($0.id, $0.thread) }) { $1 }
                    let shown = try page.map { message in
                        message.json(
                            adapter: wiring.channels[message.channel]?.adapter, thread: threads[message.leg],
                            attachments: try transaction.attachments(of: message.id))
                    }
                    let next = page.count == limit ? page.last.map { MessageCursor($0).text } : nil
                    return .members(["messages": .array(shown), "next": JSON(next)])
                })
        }
    }

    private var reply: APIRoute {
        APIRoute(
            method: .post, path: "/v1/conversations/{id}/replies",
            summary: "Answers the person where they wrote. The same key gives the same answer.", scope: .writeReplies,
            parameters: [
                Self.conversation,
                .init(
                    "Idempotency-Key", .header, "Unique for this reply; 1 to 255 characters",
                    schema: ["type": "string", "minLength": 1, "maxLength": 255], required: true),
            ], body: "Reply", success: (.accepted, "ReplyAccepted"),
            problems: [
                (.badRequest, ["bad-body", "idempotency-key-missing"]),
                (.notFound, ["not-found", "unknown-leg", "unknown-file"]),
                (.conflict, ["idempotency-key-reused"]),
                (
                    .unprocessableContent,
                    [
                        "window-closed", "context-expired", "text-too-long", "visibility", "unknown-channel",
                        "files-refused",
                    ]
                ),
            ]
        ) { [store, live, clock] call in
            let id = try call.id("id", ConversationID.self)
            let order = try ReplyOrder(call)
            let replies = Replies(wiring: live.current.wiring)
            let now = clock.now
            let record = try await store.write { transaction in
                try order.carryOut(on: id, by: replies, at: now, in: transaction)
            }
            return APIAnswer(record.answer, status: .init(code: record.status))
        }
    }
}

/// Where a page of messages ended.
private struct MessageCursor {
    let place: (at: Timestamp, id: MessageID)

    init(_ message: Message) {
        place = (message.at, message.id)
    }

    init(text: String) throws {
        let parts = text.split(separator: ".", maxSplits: 1)
        guard parts.count == 2, let milliseconds = Int64(parts[0]), let id = MessageID(String(parts[1])) else {
            throw Problem(.badRequest, "bad-parameter", "cursor is none of ours")
        }
        place = (Timestamp(milliseconds: milliseconds), id)
    }

    var text: String { "\(place.at.milliseconds).\(place.id)" }
}
