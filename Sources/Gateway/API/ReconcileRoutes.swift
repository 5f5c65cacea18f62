// Comparing our tickets with a CRM's, for who calls the API.

import Connectors
import HTTPTypes
import Model
import Storage

/// The part of the API that is about reconciling.
struct ReconcileRoutes: Sendable {
    /// How many tickets one call may compare: the caller waits for all of them.
    static let ticketsMax = 1000

    let live: LiveInstallation
    let store: any Store
    let clock: WallClock

    var routes: [APIRoute] {
        [
            APIRoute(
                method: .post, path: "/v1/contracts/{name}/reconcile",
                summary: "Asks a CRM which of our tickets of a time it has, and lists what it misses; changes nothing",
                scope: .readDeliveries,
                parameters: [.init("name", .path, "The contract", schema: ["type": "string"])],
                body: "ReconcileOrder", success: (.ok, "Reconciliation"),
                problems: [
                    (.badRequest, ["bad-body"]), (.notFound, ["not-found"]),
                    (.unprocessableContent, ["not-comparable"]), (.badGateway, ["crm-failed"]),
                ]
            ) { [live, store, clock] call in
                let order = try ReconcileOrder(call.body, now: clock.now)
                do {
                    let reconciler = try Reconciler(
                        call.path["name"] ?? "", of: live.current, store: store, clock: clock, isPatient: false)
                    return APIAnswer(
                        try await reconciler.reconcile(
                            since: order.since, until: order.until, ticketsMax: Self.ticketsMax
                        ).json)
                } catch let error as ReconcileError {
                    throw Problem(error)
                }
            }
        ]
    }
}

/// The body of such a call.
private struct ReconcileOrder {
    let since: Timestamp
    let until: Timestamp

    /// - Throws: 400 `bad-body`.
    init(_ body: [UInt8], now: Timestamp) throws {
        let json: JSON
        do {
            json = try JSON(parsing: body)
        } catch {
            throw Problem(.badRequest, "bad-body", "\(error)")
        }
        if let unknown = (json.object ?? [:]).keys.filter({ !["since", "until"].contains($0) }).min() {
            throw Problem(.badRequest, "bad-body", ".\(unknown): no such member")
        }
        func time(_ name: String) throws -> Timestamp? {
            guard let given = json[name].unlessNull else { return nil }
            guard let time = given.string.flatMap(Timestamp.init(rfc3339:)) else {
                throw Problem(.badRequest, "bad-body", ".\(name): a time like 2026-01-02T03:04:05Z")
            }
            return time
        }
        guard let since = try time("since") else { throw Problem(.badRequest, "bad-body", ".since: is missing") }
        self.since = since
        until = try time("until") ?? now
    }
}

extension Problem {
    fileprivate init(_ error: ReconcileError) {
        switch error {
        case .unknown: self = .notFound
        case .notDeclared, .tooMany: self.init(.unprocessableContent, "not-comparable", error.description)
        case .failed(_, let failure):
            // What the CRM said is for the operator; `samtal reconcile` prints it.
            self.init(.badGateway, "crm-failed", "its answer is of class \(failure.outcome.rawValue)")
        }
    }
}
