import Conversations
import Logging
import Model
import Storage
import TestSupport
import Testing

@testable import Gateway

@Suite("How long the journal keeps what came in", .timeLimit(.minutes(2)))
struct RetentionTests {
    private func keeper(_ desk: Desk) -> JournalKeeper {
        JournalKeeper(
            keep: desk.live.current.configuration.journalKeep, store: desk.store, clock: desk.clock.wall,
            pace: Pace(sleep: { _ in }, spread: { 0 }), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func take(_ desk: Desk, _ content: Arrival.Content) async throws -> EnvelopeID {
        let envelope = Envelope.sample(at: desk.clock.now, body: "words of a customer")
        _ = try await Intake(store: desk.store, wiring: desk.live.current.wiring).commit(
            Arrival(envelope: envelope, verifiedBy: "hmac", content: content))
        return envelope.id
    }

    @Test("An old envelope is emptied, its line and its message stay, and no counter moves")
    func old() async throws {
        let desk = try await Desk()
        let old = try await take(desk, .events([try .message("m1")]))
        let filtered = try await take(desk, .events([try .typing()]))
        let poison = try await take(desk, .quarantined("receive.jq:3: no"))
        desk.clock.advance(by: .seconds(89 * 86_400))
        let young = try await take(desk, .events([try .message("m2")]))
        #expect(try await keeper(desk).turn() == 0)
        desk.clock.advance(by: .seconds(2 * 86_400))
        let balances = Set(try await desk.store.read { try $0.balances() })
        #expect(try await keeper(desk).turn() == 2)
        #expect(try await keeper(desk).turn() == 0)
        for id in [old, filtered] {
            let entry = try #require(try await desk.store.read { try $0.envelope(id) })
            #expect((entry.envelope.body.isEmpty, entry.envelope.headers.isEmpty) == (true, true))
            #expect((entry.envelope.target, entry.emptiedAt) == ("", desk.clock.now))
        }
        for id in [poison, young] {
            let entry = try #require(try await desk.store.read { try $0.envelope(id) })
            #expect(entry.envelope.body == Array("words of a customer".utf8))
        }
        let message = try #require(
            try await desk.store.read { try $0.message(channel: "shop", externalID: "m1") })
        #expect(message.envelope == old)
        #expect(try await desk.store.read { try Explanation(of: message.id, in: $0) } != nil)
        #expect(Set(try await desk.store.read { try $0.balances() }) == balances)
        #expect(try await desk.openLines().isEmpty)
    }

    @Test("An envelope that was emptied cannot be replayed, and stays as it was")
    func emptied() async throws {
        let desk = try await Desk()
        let id = try await take(desk, .events([try .message("m1")]))
        desk.clock.advance(by: .seconds(91 * 86_400))
        #expect(try await keeper(desk).turn() == 1)
        let before = try await desk.snapshot()
        let replayer = Replayer(desk.live.current, store: desk.store, clock: desk.clock.wall, isRehearsal: false)
        let replayed = try #require(try await replayer.replay(id))
        #expect((replayed.isFailing, replayed.after) == (true, .applied))
        #expect(replayed.reason?.hasPrefix("what came in was taken out of the journal") == true)
        #expect(try await desk.snapshot() == before)
    }

    @Test("More envelopes than one batch are all emptied")
    func many() async throws {
        let desk = try await Desk()
        for _ in 0..<(JournalKeeper.batchMax * 2 + 5) { _ = try await take(desk, .events([try .typing()])) }
        desk.clock.advance(by: .seconds(91 * 86_400))
        #expect(try await keeper(desk).turn() == JournalKeeper.batchMax * 2 + 5)
    }

    @Test(
        "keep is a duration or none",
        arguments: [
            ("", Duration.seconds(90 * 86_400)), ("journal: {keep: 30d}", .seconds(30 * 86_400)),
            ("journal: {keep: none}", nil),
        ] as [(String, Duration?)])
    func configured(line: String, keep: Duration?) throws {
        let configuration = try Project().load(Project.yaml() + "\n" + line)
        #expect(configuration.journalKeep == keep)
    }

    @Test("keep that is too short or no duration is a mistake", arguments: ["5m", "soon", "0d"])
    func mistakes(text: String) throws {
        let found = try Project().mistakes(in: Project.yaml() + "\njournal: {keep: \(text)}")
        #expect(found.contains { $0.contains("expected none or a duration like 90d, at least 1h") })
    }
}
