// The outbox as operators see it: what waits, what failed and why, and trying again.

import Deliveries
import HTTPTypes
import Model
import Storage

/// The part of the API that is about deliveries.
struct DeliveryRoutes: Sendable {
    let store: any Store
    let deadLetters: DeadLetters

    var routes: [APIRoute] { [list, one, retry, many(.retry), many(.cancel)] }

    private static let delivery = APIRoute.Parameter(
        "id", .path, "The delivery", schema: ["type": "string", "pattern": "^dlv_[0-9a-z]{26}$"])

    private var list: APIRoute {
        APIRoute(
            method: .get, path: "/v1/deliveries", summary: "Deliveries, the newest first", scope: .readDeliveries,
            parameters: [ConversationRoutes.limit, ConversationRoutes.cursor] + DeliveryFilter.parameters, body: nil,
            success: (.ok, "DeliveryPage"), problems: [(.badRequest, ["bad-parameter"])]
        ) { [store] call in
            let limit = try call.limit()
            let query = try DeliveryFilter.query(call.query, orThrow: "bad-parameter")
            let cursor = try call.query["cursor"].map { text in
                guard let id = DeliveryID(text) else {
                    throw Problem(.badRequest, "bad-parameter", "cursor is none of ours")
                }
                return id
            }
            let page = try await store.read { transaction in
                try transaction.deliveries(matching: query, before: cursor, limit: limit)
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

    private func many(_ act: DeadLetterAct) -> APIRoute {
        let summary =
            switch act {
            case .retry: "Tries the failed deliveries again that a query means"
            case .cancel: "Cancels the deliveries that a query means, as far as they wait or failed"
            }
        return APIRoute(
            method: .post, path: "/v1/deliveries/\(act.rawValue)", summary: summary, scope: .writeDeliveries,
            parameters: [], body: "DeliveryOrder", success: (.ok, "DeliveryReport"),
            problems: [(.badRequest, ["bad-body"])]
        ) { [deadLetters] call in
            let order = try DeliveryOrder(call.body)
            do {
                let report =
                    order.isDryRun
                    ? try await deadLetters.count(act, on: order.query)
                    : try await deadLetters.carryOut(act, on: order.query, actor: "api:\(call.token.name)")
                return APIAnswer(report.json)
            } catch let error as DeadLetterError {
                throw Problem(.badRequest, "bad-body", "\(error)")
            }
        }
    }
}
