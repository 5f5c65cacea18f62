// The outbox as operators see it: what waits, what failed and why, and trying again.

import Deliveries
import HTTPTypes
import Model
import Storage

/// The part of the API that is about deliveries.
struct DeliveryRoutes: Sendable {
    let store: any Store
    let deadLetters: DeadLetters

    var routes: [APIRoute] { [list, one, retry] }

    private static let delivery = APIRoute.Parameter(
        "id", .path, "The delivery", schema: ["type": "string", "pattern": "^dlv_[0-9a-z]{26}$"])

    private var list: APIRoute {
        APIRoute(
            method: .get, path: "/v1/deliveries", summary: "Deliveries, the newest first", scope: .readDeliveries,
            parameters: [
                ConversationRoutes.limit, ConversationRoutes.cursor,
                .init(
                    "state", .query, "Only these",
                    schema: ["enum": .array(DeliveryState.allCases.map { .string($0.rawValue) })]),
                .init("destination", .query, "Only to this channel or contract", schema: ["type": "string"]),
            ], body: nil, success: (.ok, "DeliveryPage"), problems: [(.badRequest, ["bad-parameter"])]
        ) { [store] call in
            let (limit, state) = (try call.limit(), try call.choice("state", of: DeliveryState.self))
            let destination = try call.query["destination"].map { text in
                guard let endpoint = Endpoint(text) else {
                    throw Problem(.badRequest, "bad-parameter", "destination is like contract:NAME or channel:NAME")
                }
                return endpoint
            }
            let cursor = try call.query["cursor"].map { text in
                guard let id = DeliveryID(text) else {
                    throw Problem(.badRequest, "bad-parameter", "cursor is none of ours")
                }
                return id
            }
            let page = try await store.read { transaction in
                try transaction.deliveries(state: state, destination: destination, before: cursor, limit: limit)
            }
            let next = page.count == limit ? page.last?.delivery.id.text : nil
            return APIAnswer(.members(["deliveries": .array(page.map(\.json)), "next": JSON(next)]))
        }
    }

    private var one: APIRoute {
        APIRoute(
            method: .get, path: "/v1/deliveries/{id}", summary: "A delivery with its payload and every attempt",
            scope: .readDeliveries, parameters: [Self.delivery], body: nil, success: (.ok, "DeliveryDetail"),
            problems: [(.notFound, ["not-found"])]
        ) { [store] call in
            let id = try call.id("id", DeliveryID.self)
            return APIAnswer(
                try await store.read { transaction in
                    guard let record = try transaction.delivery(id) else { throw Problem.notFound }
                    var members = record.json.object ?? [:]
                    members["payload"] = record.delivery.payload
                    members["attempt_log"] = .array(try transaction.attempts(of: id).map(\.json))
                    return .object(members)
                })
        }
    }

    private var retry: APIRoute {
        APIRoute(
            method: .post, path: "/v1/deliveries/{id}/retry", summary: "Tries a failed delivery again",
            scope: .writeDeliveries, parameters: [Self.delivery], body: nil, success: (.accepted, "RetryAccepted"),
            problems: [(.notFound, ["not-found"]), (.conflict, ["not-failed"])]
        ) { [deadLetters] call in
            let id = try call.id("id", DeliveryID.self)
            do {
                try await deadLetters.retry(id, actor: "api:\(call.token.name)")
            } catch DeadLetterError.unknown {
                throw Problem.notFound
            } catch let error as DeadLetterError {
                throw Problem(.conflict, "not-failed", "\(error)")
            }
            return APIAnswer(["delivery": .string(id.text), "state": "pending"], status: .accepted)
        }
    }
}
