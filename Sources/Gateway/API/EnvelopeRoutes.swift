// The journal as operators see it: what came in and what became of it, and mapping it again.

import Conversations
import HTTPTypes
import Model
import Storage

/// The part of the API that is about envelopes.
struct EnvelopeRoutes: Sendable {
    let live: LiveInstallation
    let store: any Store
    let clock: WallClock

    var routes: [APIRoute] { [list, replay] }

    private static let outcomes = JSON.array(EnvelopeOutcome.allCases.map { .string($0.rawValue) })

    private var list: APIRoute {
        APIRoute(
            method: .get, path: "/v1/envelopes", summary: "What came in, without its bytes, the newest first",
            scope: .readEnvelopes,
            parameters: [
                ConversationRoutes.limit, ConversationRoutes.cursor,
                .init("endpoint", .query, "Only of this channel or contract", schema: ["type": "string"]),
                .init("outcome", .query, "Only these", schema: ["enum": Self.outcomes]),
                .init("since", .query, "Only those since then", schema: ["type": "string", "format": "date-time"]),
                .init("until", .query, "Only those before then", schema: ["type": "string", "format": "date-time"]),
            ], body: nil, success: (.ok, "EnvelopePage"), problems: [(.badRequest, ["bad-parameter"])]
        ) { [store] call in
            let (limit, cursor) = (try call.limit(), try call.query["cursor"].map(Self.cursor))
            let filter: JournalFilter
            do throws(ReplayOrder.Mistake) {
                filter = try JournalFilter(call.query.mapValues { .string($0) })
            } catch {
                throw Problem(.badRequest, "bad-parameter", error.description)
            }
            let page = try await store.read { try $0.journal(filter, before: cursor, limit: limit) }
            let next = page.count == limit ? page.last?.id.text : nil
            return APIAnswer(.members(["envelopes": .array(page.map(\.json)), "next": JSON(next)]))
        }
    }

    private static func cursor(_ text: String) throws -> EnvelopeID {
        guard let id = EnvelopeID(text) else {
            throw Problem(.badRequest, "bad-parameter", "cursor is none of ours")
        }
        return id
    }

    private var replay: APIRoute {
        APIRoute(
            method: .post, path: "/v1/envelopes/replay",
            summary:
                "Maps envelopes again by the connectors as they are now, the oldest first, and applies what is new",
            scope: .writeEnvelopes, parameters: [], body: "Replay", success: (.ok, "ReplayReport"),
            problems: [(.badRequest, ["bad-body"]), (.notFound, ["not-found"])]
        ) { [live, store, clock] call in
            let order: ReplayOrder
            do throws(ReplayOrder.Mistake) {
                order = try ReplayOrder(call.body)
            } catch {
                throw Problem(.badRequest, "bad-body", error.description)
            }
            let replayer = Replayer(live.current, store: store, clock: clock, isRehearsal: order.isRehearsal)
            try await replayer.note(order.subject, actor: "api:\(call.token.name)")
            var done: [Replayed] = []
            for id in order.ids {
                guard let replayed = try await replayer.replay(id) else { throw Problem.notFound }
                done.append(replayed)
            }
            if order.ids.isEmpty {
                done = try await replayer.page(order.filter, after: order.after, limit: order.limit)
            }
            let next = order.ids.isEmpty && done.count == order.limit ? done.last?.envelope.text : nil
            return APIAnswer(
                .members([
                    "dry_run": .bool(order.isRehearsal), "envelopes": .array(done.map(\.json)),
                    "failing": .integer(Int64(done.count(where: \.isFailing))), "next": JSON(next),
                ]))
        }
    }
}
