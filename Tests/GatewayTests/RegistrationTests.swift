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

@Suite("Registrations, as a gateway makes them", .timeLimit(.minutes(1)))
struct RegistrationTests {
    private static let adapter = """
        adapter: 1
        id: caller
        title: Caller
        receive:
          verify: [{scheme: none}]
        send:
          base_url: https://api.example.com
        register:
          - {id: hook, request: '{path: "/hook", form: {url: {"$url": true}}}', renew: 12h}
        """

    private static func installation(
        _ more: String, _ fresh: FreshStore, through transport: ScriptedTransport, in project: Project
    ) throws -> Installation {
        try project.directory.write(adapter, to: "adapters/caller/adapter.yaml")
        try project.directory.write("empty", to: "adapters/caller/receive.jq")
        try project.directory.write("empty", to: "adapters/caller/send.jq")
        let yaml = Project.yaml([
            1: "connectors: {adapters: \"\(project.directory.path("adapters"))\", "
                + "contracts: \(Repository.root.path)/contracts}",
            5: "    adapter: caller\(more)", 6: String?.none, 7: String?.none, 8: String?.none,
        ])
        let foundations = Foundations(
            store: fresh.store, transport: transport, machine: Desk.machine, clock: fresh.clock.wall)
        return try Installation(try project.load(yaml), on: foundations)
    }

    /// Runs the errands one after the other for some naps; the clock moves by what they sleep.
    private static func run(_ installation: Installation, _ clock: TestClock, naps: Int) async -> [Duration] {
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
        for var errand in installation.errands(clock: clock.wall, pace: pace, logger: logger) {
            await errand.run(under: nil)
        }
        return slept.withLock { $0 }
    }

    @Test("It is made when samtal.yaml asks for it, tried again after a failure, and renewed when it runs out")
    func renewed() async throws {
        let fresh = try await Backend.chosen.make()
        let (project, transport) = (try Project(), ScriptedTransport([.answer(503), .answer(200), .answer(200)]))
        let installation = try Self.installation("\n    register: true", fresh, through: transport, in: project)
        let naps = await Self.run(installation, fresh.clock, naps: 14)
        // 5 s after the failure; then the twelve hours in steps of one.
        #expect(naps.first == .seconds(5))
        #expect(naps.dropFirst().allSatisfy { $0 == .seconds(3600) })
        #expect(transport.requests.count == 3)
        #expect(transport.requests.map(\.url).allSatisfy { $0 == "https://api.example.com/hook" })
        // A new process knows what stands.
        let again = try Self.installation("\n    register: true", fresh, through: transport, in: project)
        _ = await Self.run(again, fresh.clock, naps: 1)
        #expect(transport.requests.count == 3)
    }

    @Test("Nobody is told anything unasked")
    func unasked() async throws {
        let fresh = try await Backend.chosen.make()
        let (project, transport) = (try Project(), ScriptedTransport([]))
        let installation = try Self.installation("", fresh, through: transport, in: project)
        #expect(await Self.run(installation, fresh.clock, naps: 1).isEmpty)
        #expect(transport.requests.isEmpty)
    }
}
