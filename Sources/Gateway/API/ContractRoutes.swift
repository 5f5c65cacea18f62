// The events of one contract: asking for them in place of being called, and having them sent again.

import Contracts
import Deliveries
import HTTPTypes
import Model
import ServiceLifecycle
import Storage

/// The part of the API that is about the events of a contract.
struct ContractRoutes: Sendable {
    /// How long a call may wait for events, seconds; well below what proxies and a shutdown leave it.
    static let waitMax = 30

    let live: LiveInstallation
    let store: any Store
    let clock: WallClock

    var routes: [APIRoute] { [events, replay] }

    private static let name = APIRoute.Parameter("name", .path, "The contract", schema: ["type": "string"])

    /// The contract that a call is about.
    /// - Throws: 403 when the token is another one's, 404 when there is none of this name.
    private static func contract(of call: APICall, _ live: LiveInstallation) throws -> String {
        let name = call.path["name"] ?? ""
        if let own = call.token.contract, own != name {
            throw Problem(.forbidden, "other-contract", "this token is for the contract \(own)")
        }
        guard live.current.contracts[name] != nil else { throw Problem.notFound }
        return name
    }

    private var events: APIRoute {
        APIRoute(
            method: .get, path: "/v1/contracts/{name}/events",
            summary:
                "Events for a contract that is not called, the oldest first; `after` acknowledges what came before",
            scope: .readEvents,
            parameters: [
                Self.name, ConversationRoutes.limit,
                .init(
                    "after", .query, "`next` of a page that was dealt with: everything up to it is acknowledged",
                    schema: ["type": "string"]),
                .init(
                    "wait", .query, "How many seconds to wait for an event when there is none",
                    schema: ["type": "integer", "minimum": 0, "maximum": .integer(Int64(Self.waitMax)), "default": 0]),
            ], body: nil, success: (.ok, "EventPage"),
            problems: [
                (.badRequest, ["bad-parameter"]), (.forbidden, ["scope-missing", "other-contract"]),
                (.notFound, ["not-found"]), (.conflict, ["not-pulled"]),
            ]
        ) { [live] call in
            let name = try Self.contract(of: call, live)
            let (limit, wait) = (try call.limit(), try Self.wait(of: call))
            guard let feed = live.current.feeds[name] else {
                throw Problem(.conflict, "not-pulled", "events are sent to this contract: it has no deliver: pull")
            }
            let foreign = Problem(.badRequest, "bad-parameter", "after is none of ours")
            let cursor = try call.query["after"].map { text in
                guard let cursor = FeedCursor(text, of: feed.endpoint) else { throw foreign }
                return cursor
            }
            func page() async throws -> EventPage {
                let page = try await feed.events(after: cursor, limit: limit, actor: "api:\(call.token.name)")
                guard let page else { throw foreign }
                return page
            }
            var found = try await page()
            if found.events.isEmpty, wait > 0 {
                let next = found.next
                try await cancelWhenGracefulShutdown { try await feed.wait(after: next, atMost: .seconds(wait)) }
                found = try await page()
            }
            return APIAnswer(["events": .array(found.events), "next": .string(found.next.text)])
        }
    }

    private static func wait(of call: APICall) throws -> Int {
        guard let text = call.query["wait"] else { return 0 }
        guard let wait = Int(text), (0...waitMax).contains(wait) else {
            throw Problem(.badRequest, "bad-parameter", "wait is a number of seconds from 0 to \(waitMax)")
        }
        return wait
    }

    private var replay: APIRoute {
        APIRoute(
            method: .post, path: "/v1/contracts/{name}/replay",
            summary: "Sends the events of a span of time again, under the same ids, behind what waits",
            scope: .replayEvents, parameters: [Self.name], body: "EventReplay", success: (.ok, "EventReplayReport"),
            problems: [
                (.badRequest, ["bad-body"]), (.forbidden, ["scope-missing", "other-contract"]),
                (.notFound, ["not-found"]), (.conflict, ["not-repeatable"]),
            ]
        ) { [live, store, clock] call in
            let name = try Self.contract(of: call, live)
            let order = try EventReplayOrder(call.body, of: .contract(name), at: clock.now)
            guard live.current.takesRepeats(contract: name) else {
                throw Problem(
                    .conflict, "not-repeatable",
                    "this contract does not know an event that comes again: it would act twice")
            }
            let replay = EventReplay(store: store, clock: clock)
            let report =
                order.isDryRun
                ? try await replay.count(order.span)
                : try await replay.carryOut(order.span, actor: "api:\(call.token.name)")
            return APIAnswer(report.json)
        }
    }
}

/// The body of a call that has events sent again.
struct EventReplayOrder {
    let span: EventSpan
    /// Only count.
    let isDryRun: Bool

    /// - Throws: ``Problem``: a member that is none of these, or no `since`.
    init(_ body: [UInt8], of contract: Endpoint, at now: Timestamp) throws {
        func bad(_ detail: String) -> Problem { Problem(.badRequest, "bad-body", detail) }
        let json: JSON
        do {
            json = try JSON(parsing: body)
        } catch {
            throw bad("\(error)")
        }
        guard let members = json.object else { throw bad("the body is no object") }
        func value<Value>(_ name: String, _ form: String, _ read: (String) -> Value?) throws -> Value? {
            guard let given = members[name] else { return nil }
            guard let value = given.string.flatMap(read) else { throw bad(".\(name): \(form)") }
            return value
        }
        let known = ["since", "until", "types", "conversation", "dry_run"]
        if let unknown = members.keys.filter({ !known.contains($0) }).min() {
            throw bad(".\(unknown): no such member")
        }
        let time = "a time of RFC 3339"
        guard let since = try value("since", time, { Timestamp(rfc3339: $0) }) else { throw bad(".since: \(time)") }
        let types = try (members["types"] ?? []).array?.map { type -> ContractEventType in
            guard let type = type.string.flatMap(ContractEventType.init(rawValue:)) else {
                throw bad(".types: types of events, like samtal.message.received")
            }
            return type
        }
        guard let types else { throw bad(".types: a list of types of events") }
        switch members["dry_run"] {
        case nil: isDryRun = false
        case .bool(let flag): isDryRun = flag
        default: throw bad(".dry_run: true or false")
        }
        span = EventSpan(
            of: contract, since: since,
            // What is made from now on is sent anyway.
            until: try value("until", time) { Timestamp(rfc3339: $0) } ?? now + .milliseconds(1), types: types,
            conversation: try value("conversation", "an id like con_…") { ConversationID($0) })
    }
}
