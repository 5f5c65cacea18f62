import Channels
import Connectors
import Contracts
import Conversations
import FoundationEssentials
import Logging
import Model
import Signing
import Storage
import TestSupport
import Testing
import Transports

@testable import Gateway

@Suite("A poison envelope never blocks its channel", .timeLimit(.minutes(2)))
struct PoisonTests {
    private func signed(_ body: [UInt8], to path: String, key: String) throws -> ReceivedRequest {
        let headers = try WebhookSigner(keys: [key]).headers(id: "e", at: TestClock.start, body: body)
        return ReceivedRequest(
            method: "POST", path: path, headers: headers, body: body, receivedAt: TestClock.start)
    }

    private static let deep =
        String(repeating: #"{"a":"#, count: 100_000) + "1" + String(repeating: "}", count: 100_000)
    private static let brokenText =
        Array(#"{"id":"p","author":"ada","text":""#.utf8) + [0xFF, 0xFE] + Array(#""}"#.utf8)

    @Test("What posts it is answered well, what cannot be taken is kept alone, and the messages after it flow")
    func webhook() async throws {
        let desk = try await Desk()
        let shop = try #require(desk.live.current.channels["shop"])
        try await desk.store.refuseMessages(where: "NEW.external_id = 'refused'")
        let poison: [(String, [UInt8])] = [
            ("a mapping that fails", Array(#"{"id":"p","text":"no author"}"#.utf8)),
            ("a wrong type", Array(#"{"id":["p"],"author":7,"text":{}}"#.utf8)),
            ("deep JSON", Array(Self.deep.utf8)),
            ("invalid UTF-8", Self.brokenText),
            ("a unit that always throws", Array(#"{"id":"refused","author":"ada","text":"x"}"#.utf8)),
            (
                "a unit that throws after it has written",
                Array(#"[{"id":"w","author":"ada","text":"x"},{"id":"refused","author":"ada","text":"x"}]"#.utf8)
            ),
        ]
        for (index, (name, body)) in poison.enumerated() {
            for _ in 0..<2 {
                let receipt = try await shop.receive(
                    signed(body, to: "/channels/shop", key: Project.channelKey))
                guard case .stored(let answer, let envelope, .quarantined) = receipt else {
                    Issue.record("\(name): \(receipt)")
                    continue
                }
                #expect(answer.status == 200)
                #expect(try await desk.store.read { try $0.envelope(envelope) }?.envelope.body == body)
            }
            let good = Array(#"{"id":"m\#(index)","author":"ada","text":"x"}"#.utf8)
            let receipt = try await shop.receive(signed(good, to: "/channels/shop", key: Project.channelKey))
            guard case .stored(_, _, .applied) = receipt else {
                Issue.record("after \(name): \(receipt)")
                continue
            }
        }
        let ids = try await desk.store.read { transaction in
            try transaction.rows("SELECT external_id FROM messages ORDER BY id", []).map { try $0.text(0) }
        }
        #expect(ids == poison.indices.map { "m\($0)" })
        #expect(try await desk.openLines() == [])
        let account = try #require(try await desk.accounts().first { $0.endpoint == "channel:shop" })
        #expect(account[.quarantined] == Int64(2 * poison.count))
        #expect(account[.messages] == Int64(poison.count))
    }

    @Test("A callback whose commands the store refuses is kept, and the CRM's next one is carried out")
    func callback() async throws {
        let desk = try await Desk()
        let crm = try #require(desk.live.current.contracts["desk"])
        try await desk.receive(try .message("m1"))
        let conversation = try await desk.store.read { transaction in
            try #require(try transaction.conversations(before: nil, status: nil, limit: 1).first).id.text
        }
        try await desk.store.refuseMessages(where: "NEW.source_id = 'refused'")
        for id in ["refused", "c2"] {
            let reply: JSON = [
                "kind": "reply", "id": .string(id), "conversation": .string(conversation), "text": "hi",
                "agent": ["id": 1, "name": "Kim"],
            ]
            let receipt = try await crm.receive(
                signed(reply.bytes, to: "/contracts/desk", key: Project.contractKey))
            switch (id, receipt) {
            case ("refused", .quarantined(let answer, _)): #expect(answer.status == 200)
            case ("c2", .stored(_, _, let outcome)): #expect(outcome.outcome == .applied)
            default: Issue.record("\(id): \(receipt)")
            }
        }
        #expect(try await desk.openLines() == [])
    }

    @Test("A poll goes on behind an item that cannot be mapped, that the store refuses, or that is no text at all")
    func poll() async throws {
        let broken = Array(#"{"data":[{"id":"6","text":"b"},{"id":"5","text":""#.utf8) + [0xFF] + Array(#""}]}"#.utf8)
        let desk = try await PollDesk(answers: [
            PollDesk.page([("4", "d"), ("3", nil), ("2", "b"), ("1", "a")]),
            .response(HTTPResponse(status: 200, headers: [], body: broken)), PollDesk.page([("7", "g"), ("6", "b")]),
        ])
        try await desk.fresh.store.refuseMessages(where: "NEW.external_id = '2'")
        let taker = try desk.taker()
        for _ in 0..<3 { #expect(await desk.run(taker) == [.seconds(60)]) }
        #expect(try await desk.messages() == ["1", "4", "5", "6", "7"])
        #expect(Set(try await desk.quarantined().compactMap { $0.body["id"].string }) == ["2", "3"])
        let open = try await desk.fresh.store.read { transaction in
            try EndpointAccount.all(in: transaction).filter { $0.unaccounted != 0 }.count
        }
        #expect(open == 0)
    }

    @Test("A stream goes on behind an event that cannot be mapped, that the store refuses, or that is no JSON")
    func stream() async throws {
        let fresh = try await Backend.chosen.make()
        let project = try Project()
        try project.directory.write(
            """
            adapter: 1
            id: listener
            title: Listener
            send:
              base_url: https://api.example.com
            stream:
              - {id: news, format: sse, request: '{path: "/s"}', key: .id}
            """, to: "adapters/listener/adapter.yaml")
        try project.directory.write(
            #"{kind: "message", id: .id, thread: "t", author: {id: "ada"}, text: .text}"#,
            to: "adapters/listener/receive.jq")
        try project.directory.write("empty", to: "adapters/listener/send.jq")
        try await fresh.store.refuseMessages(where: "NEW.external_id = 'refused'")
        func event(_ id: Int, _ data: String) -> [UInt8] { Array("id: e\(id)\ndata: \(data)\n\n".utf8) }
        func good(_ id: String) -> String { #"{"id":"\#(id)","text":"x"}"# }
        var body = event(1, good("1")) + event(2, #"{"id":"no text"}"#) + event(3, good("3"))
        body += event(4, good("refused")) + event(5, good("5")) + event(6, Self.deep) + event(7, good("7"))
        body += Array("id: e8\ndata: {\"id\":\"8\",\"text\":\"".utf8) + [0xFF] + Array("\"}\n\n".utf8)
        body += event(9, "no JSON") + event(10, good("10"))
        let transport = ScriptedTransport([
            .response(HTTPResponse(status: 200, headers: [], body: body)), .answer(200, ""),
        ])
        let foundations = Foundations(
            store: fresh.store, transport: transport, machine: Desk.machine, clock: fresh.clock.wall)
        let yaml = Project.yaml([
            1: "connectors: {adapters: \"\(project.directory.path("adapters"))\", "
                + "contracts: \(Repository.root.path)/contracts}",
            5: "    adapter: listener", 6: String?.none, 7: String?.none, 8: String?.none,
        ])
        let installation = try Installation(try project.load(yaml), on: foundations)
        let pace = Pace { _ in
            throw CancellationError()
        } spread: {
            0
        }
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        for var errand in installation.errands(clock: fresh.clock.wall, pace: pace, logger: logger) {
            await errand.run(under: nil)
        }
        let (ids, reasons, open) = try await fresh.store.read { transaction in
            (
                try transaction.rows("SELECT external_id FROM messages ORDER BY id", []).map { try $0.text(0) },
                try transaction.quarantined(limit: 20).map { $0.reason ?? "" },
                try EndpointAccount.all(in: transaction).filter { $0.unaccounted != 0 }.count
            )
        }
        #expect(ids.filter { $0 != "8" } == ["1", "3", "5", "7", "10"])
        #expect(reasons.contains { $0.contains("store conflict") })
        #expect(reasons.count >= 2)
        #expect(open == 0)
    }
}
