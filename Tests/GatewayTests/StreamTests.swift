import Connectors
import FoundationEssentials
import Logging
import Model
import Storage
import Synchronization
import TestSupport
import Testing
import Transports

@testable import Gateway

@Suite("Streams, from what comes in to messages", .timeLimit(.minutes(1)))
struct StreamTests {
    @Test("A stream that ends is taken up again where it stood; nothing is lost or doubled, also by the next process")
    func resumed() async throws {
        let fresh = try await Backend.chosenDurable.make()
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
        func event(_ id: Int) -> String { "id: e\(id)\ndata: {\"id\":\"\(id)\",\"text\":\"x\"}\n\n" }
        let transport = ScriptedTransport([
            .answer(200, event(1) + event(2)), .answer(503), .answer(200, event(2) + event(3)),
            .answer(200, event(3) + event(4)),
        ])
        let yaml = Project.yaml([
            1: "connectors: {adapters: \"\(project.directory.path("adapters"))\", "
                + "contracts: \(Repository.root.path)/contracts}",
            5: "    adapter: listener", 6: String?.none, 7: String?.none, 8: String?.none,
        ])
        func run(over store: any Store, naps: Int) async throws -> [Duration] {
            let foundations = Foundations(
                store: store, transport: transport, machine: Desk.machine, clock: fresh.clock.wall)
            let installation = try Installation(try project.load(yaml), on: foundations)
            let slept = Mutex<[Duration]>([])
            let pace = Pace { nap in
                let count = slept.withLock { slept in
                    slept.append(nap)
                    return slept.count
                }
                if count >= naps { throw CancellationError() }
            } spread: {
                0
            }
            let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            for var errand in installation.errands(clock: fresh.clock.wall, pace: pace, logger: logger) {
                await errand.run(under: nil)
            }
            return slept.withLock { $0 }
        }
        #expect(try await run(over: fresh.store, naps: 3) == [.seconds(1), .seconds(5), .seconds(1)])
        let again = try await fresh.reopened()
        #expect(try await run(over: again.store, naps: 1) == [.seconds(1)])
        let ids = try await again.store.read { transaction in
            try transaction.rows("SELECT external_id FROM messages ORDER BY id", []).map { try $0.text(0) }
        }
        #expect(ids == ["1", "2", "3", "4"])
        let resumed = transport.requests.map { request in request.headers.first { $0.name == "last-event-id" }?.value }
        #expect(resumed == [nil, "e2", "e2", "e3"])
    }
}
