import Connectors
import Model
import Testing
import Transports

@testable import Connectors

@Suite("What an answer means")
struct ClassificationTests {
    private func attempt(
        _ answers: HTTPOutcome..., send: String = "", rest: String = "", jq: String = "{path: \"/\"}", done: Int = 0,
        state: DeliveryState = .pending, side: ConnectorSide = .adapter
    ) async throws -> AttemptResult {
        let harness = try ConnectorHarness(send: send, rest: rest, jq: jq, side: side)
        let connector = try harness.connector(["token": ["t0k/n"]])
        let transport = ScriptedTransport(answers)
        let outcome = await connector.attempt(done: done, state: state, through: transport)
        #expect(transport.requests.count == answers.count)
        return outcome
    }

    @Test(
        "Without a rule the status decides",
        arguments: [
            (200, OutcomeClass.ok), (204, .ok), (299, .ok), (301, .permanent), (400, .permanent), (401, .auth),
            (403, .permanent), (404, .permanent), (408, .transient), (409, .permanent), (410, .permanent),
            (425, .transient), (429, .transient), (500, .transient), (503, .transient), (599, .transient),
        ])
    func defaults(status: Int, expected: OutcomeClass) async throws {
        let outcome = try await attempt(.answer(status, "no"))
        #expect(outcome.outcome == expected)
        #expect(outcome.wait == nil)
        #expect(outcome.reason == (expected == .ok ? nil : "status \(status): no"))
        #expect(outcome.done == (expected == .ok ? 1 : 0))
    }

    @Test("A lost answer is an unknown outcome, unless the other side knows a request that comes again")
    func lost() async throws {
        let idempotent = "  idempotency: {header: K}"
        for kind in [TransportFailure.Kind.timeout, .reset, .tooLarge] {
            #expect(try await attempt(.lost(kind, sent: true)).outcome == .unknownOutcome)
            #expect(try await attempt(.lost(kind, sent: true), send: idempotent).outcome == .transient)
            #expect(try await attempt(.lost(kind, sent: false)).outcome == .transient)
        }
        #expect(try await attempt(.lost(.dns, sent: false)).outcome == .transient)
        #expect(try await attempt(.lost(.refused, sent: false)).outcome == .permanent)
        let reason = try await attempt(.lost(.dns, sent: false)).reason
        #expect(reason == "dns: the test says dns")
    }

    @Test("The key counts only with the methods that the connector names, and what changes nothing may come again")
    func repeatable() async throws {
        let send = "  idempotency: {header: K, methods: [POST]}"
        func lost(_ method: String, _ send: String) async throws -> OutcomeClass {
            let jq = "{method: \"\(method)\", path: \"/\"}"
            return try await attempt(.lost(.timeout, sent: true), send: send, jq: jq).outcome
        }
        #expect(try await lost("POST", send) == .transient)
        #expect(try await lost("PUT", send) == .unknownOutcome)
        #expect(try await lost("GET", "") == .transient)
    }

    @Test("An attempt that samtal's end cut off is made again only when that does no harm")
    func interrupted() async throws {
        let outcome = try await attempt(state: .sending)
        #expect(outcome.outcome == .unknownOutcome)
        #expect(outcome.exchanges.isEmpty)
        let again = try await attempt(.answer(200), send: "  idempotency: {header: K}", state: .sending)
        #expect(again.outcome == .ok)
        #expect(try await attempt(.answer(200), jq: "{method: \"GET\", path: \"/\"}", state: .sending).outcome == .ok)
        #expect(try await attempt(jq: Self.two, done: 2, state: .sending).outcome == .ok)
        let asksFirst = #"{method: "GET", path: "/"}, {path: "/"}"#
        let second = try await attempt(.answer(200), jq: asksFirst, state: .sending)
        #expect(second.outcome == .unknownOutcome, "the attempt may have got further than its first request")
        #expect(second.exchanges.count == 1)
    }

    @Test(
        "A wait until a time of the day counts in its own zone, over a change of clocks too",
        arguments: [
            // 14 November 2023, 22:13:20 UTC is 14:13:20 in Los Angeles.
            ("2023-11-14T22:13:20Z", "00:00", "America/Los_Angeles", "2023-11-15T08:00:00Z"),
            ("2023-11-14T22:13:20Z", "14:13", "America/Los_Angeles", "2023-11-15T22:13:00Z"),
            ("2023-11-14T22:13:20Z", "14:14", "America/Los_Angeles", "2023-11-14T22:14:00Z"),
            ("2023-11-15T08:00:00Z", "00:00", "America/Los_Angeles", "2023-11-16T08:00:00Z"),
            ("2023-11-05T06:00:00Z", "00:00", "America/Los_Angeles", "2023-11-05T07:00:00Z"),
            ("2023-11-05T07:30:00Z", "00:00", "America/Los_Angeles", "2023-11-06T08:00:00Z"),
            ("2024-03-10T09:00:00Z", "00:00", "America/Los_Angeles", "2024-03-11T07:00:00Z"),
            ("2023-11-14T22:13:20Z", "05:30", "Asia/Kolkata", "2023-11-15T00:00:00Z"),
        ])
    func untilTime(now: String, time: String, zone: String, end: String) async throws {
        let rule =
            "errors: [{when: .status == 403, class: throttled, wait: {until: {time: \"\(time)\", zone: \(zone)}}}]"
        let harness = try ConnectorHarness(send: "", rest: rule, jq: "empty")
        let connector = try harness.connector(["token": ["t"]])
        let moment = try #require(Timestamp(rfc3339: now))
        let verdict = await connector.judge(HTTPOutcomeView(.answer(403)), of: "POST", now: moment)
        #expect(verdict.wait.map { moment + $0 } == Timestamp(rfc3339: end))
    }

    @Test("A wait that the answer tells goes before the time of the day")
    func untilTold() async throws {
        let rest = """
            errors:
              - {when: .status == 403, class: throttled, wait: {seconds: .body, until: {time: "00:00", zone: UTC}}}
            """
        #expect(try await attempt(.answer(403, "7"), rest: rest).wait == .seconds(7))
    }

    @Test(
        "A time of the day or a zone that is none is a mistake",
        arguments: [("24:00", "UTC", "a time like 07:30"), ("00:00", "Mars/Olympus", "a time zone like Europe/Berlin")])
    func badTime(time: String, zone: String, expected: String) throws {
        let rest = "errors: [{when: .x, class: throttled, wait: {until: {time: \"\(time)\", zone: \(zone)}}}]"
        let mistakes = try ConnectorHarness(send: "", rest: rest, jq: "empty").mistakes()
        #expect(mistakes.count == 1)
        #expect(mistakes.first?.contains(expected) == true)
    }

    @Test(
        "A gauge above its bound asks for a pause, whatever the answer means",
        arguments: [
            (200, #"{"used":91}"#, Duration.seconds(300)), (200, #"{"used":90}"#, nil), (200, "{}", nil),
            (200, #"{"used":"much"}"#, nil), (400, #"{"used":95.5}"#, .seconds(300)),
            (200, #"{"all":99}"#, .seconds(600)),
        ] as [(Int, String, Duration?)])
    func gauges(status: Int, body: String, pause: Duration?) async throws {
        let rest = """
            limits:
              gauge:
                - {percent: .body.used, wait: 5m}
                - {percent: '.body.all | if . > 98 then . else error("no") end', above: 50, wait: 10m}
            """
        let result = try await attempt(.answer(status, body), rest: rest)
        #expect(result.outcome == (status == 200 ? .ok : .permanent))
        #expect(result.pause == pause)
    }

    @Test("A last rule that always holds does not speak of requests without an answer")
    func catchAll() async throws {
        let rest = "errors: [{when: 'true', class: permanent}]"
        #expect(try await attempt(.answer(503), rest: rest).outcome == .permanent)
        #expect(try await attempt(.lost(.dns, sent: false), rest: rest).outcome == .transient)
        #expect(try await attempt(.lost(.timeout, sent: true), rest: rest).outcome == .unknownOutcome)
        let about = "errors: [{when: '.transport == \"timeout\" and .sent', class: transient}]"
        #expect(try await attempt(.lost(.timeout, sent: true), rest: about).outcome == .transient)
        #expect(try await attempt(.lost(.reset, sent: true), rest: about).outcome == .unknownOutcome)
    }

    @Test("The first rule that holds gives the class, and one that raises does not hold")
    func firstRule() async throws {
        let rest = """
            errors:
              - {when: '.body.error.code > error("x")', class: ok}
              - {when: .body | keys | length > 9, class: auth}
              - {when: empty, class: auth}
              - {when: .body.code == 7 # the odd one, class: window_closed}
              - {when: .status == 400, class: recipient_unreachable}
            """.replacing(" # the odd one", with: "")
        #expect(try await attempt(.answer(400, "{\"code\":7}"), rest: rest).outcome == .windowClosed)
        #expect(try await attempt(.answer(400, "{\"code\":8}"), rest: rest).outcome == .recipientUnreachable)
        #expect(try await attempt(.answer(400, "not JSON"), rest: rest).outcome == .recipientUnreachable)
        #expect(try await attempt(.answer(403, "not JSON"), rest: rest).outcome == .permanent)
    }

    @Test("An answer is done when the connector's own rule says so")
    func ok() async throws {
        let send = "  result: {ok: .status == 200 and .body.ok, id: .body.id, context: '{c: .body.id}'}"
        let done = try await attempt(.answer(200, #"{"ok":true,"id":9007199254740993}"#), send: send)
        #expect(done.outcome == .ok)
        #expect(done.id == "9007199254740993")
        #expect(done.context == ["c": "9007199254740993"])
        let failed = try await attempt(.answer(200, #"{"ok":false,"id":1}"#), send: send)
        #expect(failed.outcome == .permanent)
        #expect(failed.id == nil)
        #expect(try await attempt(.answer(200, "<html>"), send: send).outcome == .permanent)
    }

    @Test("A duplicate counts as done")
    func duplicate() async throws {
        let rest = "errors: [{when: .status == 409, class: duplicate}]"
        let outcome = try await attempt(.answer(409, #"{"id":"5"}"#), send: "  result: {id: .body.id}", rest: rest)
        #expect(outcome.outcome == .duplicate)
        #expect(outcome.done == 1)
        #expect(outcome.id == "5")
        #expect(outcome.reason == nil)
    }

    @Test("The ticket of a contract is read from the answer")
    func ticket() async throws {
        let send = """
              events: ['*']
              result: {ticket: .body.id, ticket_url: .body.url, ticket_context: '{v: .body.v}'}
            """
        let outcome = try await attempt(
            .answer(201, #"{"id":17,"url":"https://x","v":1}"#), send: send, side: .contract)
        #expect(outcome.ticket == Ticket(externalID: "17", url: "https://x", context: ["v": 1]))
    }

    // MARK: - waits

    private static let throttled = """
        errors:
          - {when: .status == 429, class: throttled, wait: {seconds: .body.after, default: 5s}}
        """

    @Test("A wait is read from the rule, else from Retry-After, else it is the default")
    func waits() async throws {
        let after = HeaderField("retry-after", "30")
        func wait(_ body: String, _ headers: [HeaderField] = []) async throws -> Duration? {
            let outcome = try await attempt(.answer(429, body, headers), rest: Self.throttled)
            #expect(outcome.outcome == .throttled)
            return outcome.wait
        }
        #expect(try await wait(#"{"after":1.25}"#, [after]) == .milliseconds(1250))
        #expect(try await wait(#"{"after":"7"}"#) == .seconds(7))
        #expect(try await wait("{}", [after]) == .seconds(30))
        #expect(try await wait("not JSON", [after]) == .seconds(30))
        #expect(try await wait("{}") == .seconds(5))
        #expect(try await wait(#"{"after":-3}"#) == .zero)
        #expect(try await wait(#"{"after":1e300}"#) == .seconds(7 * 86_400))
        #expect(try await wait("{}", [HeaderField("retry-after", "soon")]) == .seconds(5))
    }

    @Test("Retry-After may be a date")
    func date() async throws {
        func wait(_ date: String) async throws -> Duration? {
            try await attempt(.answer(503, "", [HeaderField("retry-after", date)])).wait
        }
        #expect(try await wait("Tue, 14 Nov 2023 22:13:50 GMT") == .seconds(30))
        #expect(try await wait("Tue, 14 Nov 2023 22:13:00 GMT") == .zero)
        #expect(try await wait("Tue, 14 Nov 2023 22:13:50 CET") == nil)
        #expect(try await wait("12") == .seconds(12))
    }

    @Test("Only what is tried again has a wait")
    func noWait() async throws {
        let outcome = try await attempt(.answer(400, "", [HeaderField("retry-after", "30")]))
        #expect(outcome.outcome == .permanent)
        #expect(outcome.wait == nil)
    }

    // MARK: - several requests

    private static let two = #"{path: "/a"}, {path: "/b"}"#

    @Test("After a failure the next attempt begins at the request that failed")
    func resume() async throws {
        let send = "  result: {id: .body.id}"
        let first = try await attempt(.answer(200, #"{"id":"1"}"#), .answer(500), send: send, jq: Self.two)
        #expect(first.outcome == .transient)
        #expect(first.done == 1)
        #expect(first.id == "1")
        #expect(
            first.exchanges.map(\.request) == [
                "POST https://api.example.com/v1/a", "POST https://api.example.com/v1/b",
            ])
        let second = try await attempt(.answer(200, #"{"id":"2"}"#), send: send, jq: Self.two, done: 1)
        #expect(second.outcome == .ok)
        #expect(second.done == 2)
        #expect(second.id == "2")
        #expect(second.exchanges.map(\.request) == ["POST https://api.example.com/v1/b"])
    }

    @Test("What is done already is not made again")
    func allDone() async throws {
        let outcome = try await attempt(jq: Self.two, done: 2)
        #expect(outcome.outcome == .ok)
        #expect(outcome.done == 2)
        #expect(outcome.exchanges.isEmpty)
    }

    @Test("A failure keeps the requests behind it from being made")
    func stops() async throws {
        let outcome = try await attempt(.answer(400), jq: Self.two)
        #expect(outcome.outcome == .permanent)
        #expect(outcome.done == 0)
        #expect(outcome.exchanges.count == 1)
    }

    // MARK: - what is kept

    @Test("An exchange keeps digests and a short excerpt, without secrets")
    func exchange() async throws {
        let body =
            #"{"error":"bad token t0k/n","json":"t0k\/n","query":"t0k%2Fn","#
            + "\"long\":\"\(String(repeating: "a", count: 600))\"}"
        let outcome = try await attempt(
            .answer(400, body), rest: "auth: {p: {scheme: param, in: query, name: t, value: '{settings.token}'}}",
            jq: #"{path: "/", auth: "p"}"#)
        let exchange = try #require(outcome.exchanges.first)
        #expect(exchange.request == "POST https://api.example.com/v1/?t=‹token›")
        #expect(exchange.status == 400)
        #expect(exchange.requestDigest.count == 64)
        #expect(exchange.responseDigest?.count == 64)
        #expect(exchange.excerpt?.count == 500)
        for text in [exchange.excerpt, outcome.reason] {
            let text = try #require(text)
            #expect(text.contains(#"bad token ‹token›","json":"‹token›","query":"‹token›""#))
            #expect(!text.contains("t0k"))
        }
    }

    @Test("An exchange that went well keeps no words of the answer")
    func noExcerpt() async throws {
        let exchange = try #require(try await attempt(.answer(200, "{\"secret\":1}")).exchanges.first)
        #expect(exchange.excerpt == nil)
        #expect(exchange.responseDigest != nil)
    }

    @Test("Rules that do not compile leave the judgement to the status, and say so")
    func brokenRules() async throws {
        let rest = "errors: [{when: nosuch, class: permanent}]"
        let outcome = try await attempt(.answer(503), rest: rest)
        #expect(outcome.outcome == .transient)
        #expect(outcome.reason?.contains("the rules failed: ") == true)
        #expect(try await self.attempt(.answer(200), rest: rest).outcome == .ok)
    }
}
