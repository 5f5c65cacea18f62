import HTTPTypes
import Logging
import Model
import Storage
import Synchronization
import TestSupport
import Testing
import Transports

@testable import Deliveries
@testable import Gateway

@Suite("Leave to send", .timeLimit(.minutes(1)))
struct LeaveTests {
    private static let sender =
        "    settings: {secret: \"file:desk.secret\", url: https://desk.example/events, sender: gw.example}"

    /// Runs the loop that asks for leave for some naps; the clock moves by what it sleeps.
    private func ask(_ desk: Desk, naps: Int) async -> [Duration] {
        let clock = desk.clock
        let slept = Mutex<[Duration]>([])
        let pace = Pace { nap in
            clock.advance(by: nap)
            let count = slept.withLock { slept in
                slept.append(nap)
                return slept.count
            }
            if count >= naps { throw CancellationError() }
        } spread: {
            0
        }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        for var errand in desk.live.current.errands(clock: clock.wall, pace: pace, logger: logger) {
            await errand.run(under: nil)
        }
        return slept.withLock { $0 }
    }

    private func answer(_ origin: String?, _ rate: String? = nil, status: Int = 200) -> HTTPOutcome {
        let headers = [("webhook-allowed-origin", origin), ("webhook-allowed-rate", rate)]
        return HTTPOutcome.answer(
            status, "", headers.compactMap { name, value in value.map { HeaderField(name, $0) } })
    }

    private func condition(_ desk: Desk) async throws -> JSON {
        try await desk.call(.get, "/v1/destinations").json["destinations"][1]
    }

    @Test(
        "Leave is asked for by OPTIONS under our name, and once it is given the destination is open",
        arguments: ["gw.example", "*", "GW.Example"])
    func given(origin: String) async throws {
        let desk = try await Desk([13: Self.sender])
        #expect(try await condition(desk)["state"] == "no_leave")
        desk.transport.answer(answer(origin, "60"))
        let seen = desk.store.signals.count(of: .deliveries)
        _ = await ask(desk, naps: 1)
        let request = try #require(desk.transport.requests.first)
        #expect(request.method == "OPTIONS")
        #expect(request.url == "https://desk.example/events")
        #expect(request.headers.contains(HeaderField("webhook-request-origin", "gw.example")))
        #expect(try await condition(desk)["state"] == "open")
        #expect(desk.store.signals.count(of: .deliveries) != seen)
        // Sixty a minute are one a second.
        let budget = try #require(desk.live.current.destinations.first { $0.endpoint == .contract("desk") }).budget
        let now = desk.clock.now
        #expect(try await desk.store.write { try budget.take([:], at: now, in: $0) } == nil)
        #expect(try await desk.store.write { try budget.take([:], at: now, in: $0) } == now + .seconds(1))
    }

    @Test(
        "Without the header, for another, or with a rate that is none, all waits and the reason is told",
        arguments: [
            (nil, nil, "it has no WebHook-Allowed-Origin"), ("other.example", nil, "is another's"),
            ("gw.example", "0", "no number of requests"), ("*", "many", "no number of requests"),
        ] as [(String?, String?, String)])
    func refused(origin: String?, rate: String?, reason: String) async throws {
        let desk = try await Desk([13: Self.sender])
        try await desk.receive(.message("m1"))
        desk.transport.answer(answer(origin, rate))
        _ = await ask(desk, naps: 1)
        let told = try await condition(desk)
        #expect(told["state"] == "no_leave")
        #expect(told["reason"].string?.contains(reason) == true)
        #expect(told["next_attempt"].string == (TestClock.start + .seconds(900)).rfc3339)
        // The courier finds nothing to carry to it.
        let account = try await desk.store.read { try DestinationAccount.all(in: $0) }
        #expect(account.map(\.waiting) == account.map(\.enqueued))
        #expect(await desk.courier.claim().claimed.isEmpty)
    }

    @Test("It is asked for again after a day; a refusal takes it away, no answer does not")
    func again() async throws {
        let desk = try await Desk([13: Self.sender])
        for outcome in [
            answer("*"), HTTPOutcome.lost(.timeout, sent: true), answer("*"), answer(nil, status: 405),
        ] { desk.transport.answer(outcome) }
        // A day in naps of an hour, then 5 s after no answer: still open.
        let naps = await ask(desk, naps: 26)
        #expect(naps.prefix(24).allSatisfy { $0 == .seconds(3600) })
        #expect(naps[24].wholeMilliseconds == 5000)
        #expect(desk.transport.requests.count == 3)
        #expect(try await condition(desk)["state"] == "open")
        _ = await ask(desk, naps: 1)
        #expect(try await condition(desk)["state"] == "no_leave")
    }

    @Test("Who is not to be asked is sent to at once")
    func unasked() async throws {
        let desk = try await Desk()
        #expect(try await condition(desk)["state"] == "open")
        #expect(await ask(desk, naps: 1).isEmpty)
        #expect(desk.transport.requests.isEmpty)
    }
}
