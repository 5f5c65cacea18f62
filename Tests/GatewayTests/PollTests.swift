import Connectors
import Model
import Storage
import TestSupport
import Testing
import Transports

@testable import Gateway

@Suite("Polls, from what is fetched to messages", .timeLimit(.minutes(2)))
struct PollTests {
    /// A taker whose store fails where a test says so.
    private struct Fragile: PollTaker {
        let inner: any PollTaker
        let failure: @Sendable (PollBatch) -> StoreError?
        var endpoint: Endpoint { inner.endpoint }
        var connector: Connector { inner.connector }

        func state(of poll: String, item: String?) async throws -> PollState {
            try await inner.state(of: poll, item: item)
        }

        func take(
            _ batch: PollBatch, of poll: String, item: String?, under claim: LeaseClaim?
        ) async throws -> Int {
            if let error = failure(batch) { throw error }
            return try await inner.take(batch, of: poll, item: item, under: claim)
        }
    }

    @Test("Items become messages once; a poison one is kept alone; a new process goes on where the old one stood")
    func whole() async throws {
        let desk = try await PollDesk(
            .chosenDurable,
            answers: [
                PollDesk.page([("3", "c"), ("2", nil), ("1", "a")]), PollDesk.page([("3", "c"), ("2", nil)]),
                PollDesk.page([("4", "d"), ("3", "c")]),
            ])
        #expect(await desk.run(try desk.taker(), turns: 2) == [.seconds(60), .seconds(60)])
        #expect(try await desk.messages() == ["1", "3"])
        let quarantined = try await desk.quarantined()
        #expect(quarantined.map { $0.body["id"] } == ["2"])
        #expect(quarantined.first?.reason.contains("receive.jq") == true)

        let again = try await desk.fresh.reopened()
        await desk.run(try desk.taker(over: again.store))
        #expect(try await desk.messages(in: again.store) == ["1", "3", "4"])
        #expect(try await desk.quarantined(in: again.store).count == 1)
        #expect(
            desk.transport.requests.map(\.url) == [
                "https://api.example.com/n?q=a", "https://api.example.com/n?c=3&q=a",
                "https://api.example.com/n?c=3&q=a",
            ])
        await again.store.close()
    }

    @Test("Each text has a cursor of its own in the store")
    func each() async throws {
        let desk = try await PollDesk(
            terms: "a,b",
            answers: [
                PollDesk.page([("1", "x")]), PollDesk.page([("7", "y")]), PollDesk.page([]), PollDesk.page([]),
            ])
        await desk.run(try desk.taker(), turns: 2)
        #expect(try await desk.messages() == ["1", "7"])
        #expect(
            desk.transport.requests.map(\.url).suffix(2) == [
                "https://api.example.com/n?c=1&q=a", "https://api.example.com/n?c=7&q=b",
            ])
    }

    @Test("A throttled run holds up all texts for as long as the other side asks")
    func throttled() async throws {
        let desk = try await PollDesk(
            terms: "a,b",
            answers: [
                .answer(420, #"{"wait":300}"#), PollDesk.page([("1", "x")]), PollDesk.page([("7", "y")]),
            ])
        let naps = await desk.run(try desk.taker(), turns: 2)
        #expect(naps.first == .seconds(300))
        #expect(
            desk.transport.requests.map(\.url) == [
                "https://api.example.com/n?q=a", "https://api.example.com/n?q=a", "https://api.example.com/n?q=b",
            ])
        #expect(try await desk.messages() == ["1", "7"])
    }

    @Test("What the store refuses is kept in quarantine alone, and the poll goes on behind it")
    func conflict() async throws {
        let desk = try await PollDesk(answers: [
            PollDesk.page([("4", "d"), ("3", nil), ("2", "b"), ("1", "a")]), PollDesk.page([("5", "e"), ("4", "d")]),
        ])
        try await desk.fresh.store.refuseMessages(where: "NEW.external_id = '2'")
        let taker = try desk.taker()
        #expect(await desk.run(taker) == [.seconds(60)])
        #expect(try await desk.messages() == ["1", "4"])
        let quarantined = try await desk.quarantined()
        #expect(Set(quarantined.compactMap { $0.body["id"].string }) == ["2", "3"])
        #expect(quarantined.contains { $0.body["id"] == "2" && $0.reason.contains("store conflict") })
        let state = try await taker.state(of: "news", item: "a")
        #expect(state.value == "4")
        #expect(state.keys == ["1", "2", "3", "4"])
        #expect(await desk.run(taker) == [.seconds(60)])
        #expect(try await desk.messages() == ["1", "4", "5"])
        #expect(try await desk.quarantined().count == 2)
    }

    @Test("The last item of a batch, refused, moves the cursor too")
    func lastConflict() async throws {
        let desk = try await PollDesk(answers: [PollDesk.page([("2", "b"), ("1", "a")])])
        try await desk.fresh.store.refuseMessages(where: "NEW.external_id = '2'")
        let taker = try desk.taker()
        await desk.run(taker)
        #expect(try await desk.messages() == ["1"])
        #expect(try await taker.state(of: "news", item: "a").value == "2")
        #expect(try await taker.state(of: "news", item: "a").started)
    }

    @Test("A store that goes away in the middle of a batch taken apart: what was taken stays, the rest comes later")
    func interrupted() async throws {
        let page = PollDesk.page([("3", "c"), ("2", "b"), ("1", "a")])
        let desk = try await PollDesk(answers: [page, page])
        try await desk.fresh.store.refuseMessages(where: "NEW.external_id = '1'")
        let taker = try desk.taker()
        let failing = Fragile(inner: taker) { batch in
            batch.items.map(\.key) == ["3"] ? StoreError(.unavailable, "the disk is full") : nil
        }
        #expect(await desk.run(failing) == [Backoff.first])
        let state = try await taker.state(of: "news", item: "a")
        #expect(state.value == nil)
        #expect(state.keys == ["1", "2"])
        await desk.run(taker)
        #expect(try await desk.messages() == ["2", "3"])
        #expect(try await desk.quarantined().map { $0.body["id"] } == ["1"])
        #expect(try await taker.state(of: "news", item: "a").value == "3")
    }

    @Test("A store that is away puts nothing into quarantine: the run is made again")
    func away() async throws {
        let desk = try await PollDesk(answers: [
            PollDesk.page([("2", "b"), ("1", "a")]), PollDesk.page([("2", "b"), ("1", "a")]),
        ])
        let taker = try desk.taker()
        let away = Fragile(inner: taker) { _ in StoreError(.unavailable, "the disk is full") }
        #expect(await desk.run(away) == [Backoff.first])
        #expect(try await taker.state(of: "news", item: "a") == PollState())
        await desk.run(taker)
        #expect(try await desk.messages() == ["1", "2"])
        #expect(try await desk.quarantined().isEmpty)
    }
}
