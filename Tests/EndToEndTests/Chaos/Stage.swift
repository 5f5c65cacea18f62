// A gateway under load, and all that breaks it.

import Foundation
import Glibc
import Model
import Synchronization
import Testing

/// Customers on three channels, agents who answer some of them, a CRM, and the gateway between them, which may be gone.
final class Stage: Sendable {
    static let customers = 24
    /// Messages a second.
    static let rate = 100
    /// Replies a second.
    static let replies = 10

    /// How many descriptors the gateway has where they are scarce.
    static let descriptors = 200

    let dice = Dice()
    let crm: MoodyCRM
    /// Replies as the network of the channel `shop` took them.
    let network = Ledger()
    let house: House
    let levers: Levers?
    let disk: SmallDisk?
    private let contracts: Place
    private let doorway = Doorway()
    private let load: Load
    private let agents: Agents
    private let gateway: Mutex<GatewayProcess>

    /// Builds the stage for a fault and starts everything.
    /// - Throws: ``SmallDisk/NotMounted`` where the fault cannot be made.
    init(for fault: Fault) async throws {
        levers = fault.need == .levers ? try await Levers() : nil
        disk = fault.need == .smallDisk ? try await SmallDisk() : nil
        contracts = try Place()
        try Self.writeContract(in: contracts)
        crm = MoodyCRM(dice)
        crm.become(fault.mood)
        let (crm, network) = (crm, network)
        house = try House(
            logLevel: "notice", storeDirectory: disk?.path, contracts: contracts.path,
            environment: levers?.environment ?? [:], launcher: Self.launcher(fault, disk), crm: { crm.answer($0) },
            network: { request in
                if let text = request.json["text"].string, let parts = Customer.parts(of: text) {
                    let conversation = request.json["thread"].string ?? ""
                    network.take(text, of: parts.name, in: conversation, id: request.webhookID)
                }
                return House.nameReply(request)
            })
        load = Load(
            customers: Self.customers, rate: Self.rate, patience: fault.refusals.union([503]), through: doorway)
        agents = Agents(of: crm, rate: Self.replies, through: doorway)
        let first = try await house.open()
        gateway = Mutex(first)
        doorway.open(first)
        load.start()
        agents.start()
    }

    private static func launcher(_ fault: Fault, _ disk: SmallDisk?) -> [String] {
        fault.need == .fewDescriptors
            ? ["/usr/bin/prlimit", "--nofile=\(descriptors):\(descriptors)"] : disk?.launcher ?? []
    }

    /// The contract `webhook` with a patience that suits a test.
    private static func writeContract(in place: Place) throws {
        try FileManager.default.copyItem(
            atPath: "\(Repository.path)/contracts/webhook", toPath: place.file("webhook"))
        let yaml = try String(contentsOfFile: place.file("webhook/contract.yaml"), encoding: .utf8)
        try place.write(yaml.replacing("\nsend:\n", with: "\nsend:\n  timeout: 1s\n"), to: "webhook/contract.yaml")
    }

    /// Waits until so many more messages are acknowledged.
    @discardableResult
    func acknowledged(more count: Int) async throws -> [String] {
        let mark = load.acknowledged.items.count + count
        return try await load.acknowledged.wait(for: "\(mark) acknowledged messages", within: .seconds(120)) {
            $0.count >= mark
        }
    }

    /// Waits until so many more messages are refused.
    func refused(more count: Int) async throws {
        let mark = load.refused.items.count + count
        try await load.refused.wait(for: "\(mark) refusals", within: .seconds(120)) { $0.count >= mark }
    }

    /// Waits until what is acknowledged now, and something that is sent from now on, is at the CRM.
    /// - Returns: how long it took since `start`.
    func recovered(since start: ContinuousClock.Instant) async throws -> Duration {
        // Each customer has at most one message on the way.
        let texts = try await acknowledged(more: Self.customers + 1)
        try await crm.ledger.wait(for: texts, within: .seconds(120))
        return ContinuousClock.now - start
    }

    /// How things stand, for a test that fails.
    var condition: String {
        let refused = Dictionary(grouping: load.refused.items) { $0 }.mapValues(\.count)
        let gateway = gateway.withLock(\.self)
        let log = gateway.log.items.suffix(40).joined(separator: "\n  ")
        return """
            \(load.acknowledged.items.count) acknowledged, refused \(refused), the gateway \
            \(gateway.isRunning ? "runs" : "ended"), its log:
              \(log)
            """
    }

    /// Ends everything in good order.
    func finish() async throws -> Outcome {
        let complaints = try await load.finish() + agents.finish()
        let (messages, replies) = (load.acknowledged.items, agents.acknowledged.items)
        try? await crm.ledger.wait(for: messages, within: .seconds(120))
        try? await network.wait(for: replies, within: .seconds(120))
        #expect(try await gateway.withLock(\.self).stop() == 0)
        try disk?.copyStore(to: house.place)
        return Outcome(complaints: complaints, messages: messages, replies: replies)
    }

    /// What was acknowledged to whom.
    struct Outcome: Sendable {
        let complaints: [String]
        let messages: [String]
        let replies: [String]
    }
}

extension Stage {
    /// Kills the gateway and starts it again; one start in three is cut off as well.
    /// - Returns: when it was killed.
    func kill() async throws -> ContinuousClock.Instant {
        try await gateway.withLock(\.self).kill()
        if dice.roll(3) == 0 { try await house.openAndKill(after: .milliseconds(Int64(dice.roll(400)))) }
        let start = ContinuousClock.now
        try await open()
        return start
    }

    /// Tells the gateway to stop, and starts another when it has.
    /// - Returns: when it had stopped.
    func stop() async throws -> ContinuousClock.Instant {
        let status = try await gateway.withLock(\.self).stop(within: .seconds(15))
        #expect(status == 0)
        let start = ContinuousClock.now
        try await open()
        return start
    }

    private func open() async throws {
        let next = try await house.open()
        gateway.withLock { $0 = next }
        doorway.open(next)
    }

    /// - Returns: when the gateway was told.
    func reload() async throws -> ContinuousClock.Instant {
        let gateway = gateway.withLock(\.self)
        let count = gateway.log.items.count
        let start = ContinuousClock.now
        gateway.signal(SIGHUP)
        try await gateway.logged("notice reloaded", after: count)
        return start
    }

    /// The CRM is in a mood for a while, and then well again.
    /// - Returns: since when it is well.
    func moody(_ mood: Mood) async throws -> ContinuousClock.Instant {
        crm.become(mood)
        try await acknowledged(more: 150)
        crm.become(.well)
        return .now
    }

    /// Takes every descriptor from the running gateway, and gives it room again. libdispatch may end it meanwhile; then
    /// it is started again.
    /// - Returns: when there was room.
    func takeDescriptors() async throws -> ContinuousClock.Instant {
        let gateway = gateway.withLock(\.self)
        let names = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(gateway.id)/fd")
        let used = Set(names.compactMap { Int($0) })
        let free = (0...used.count).first { !used.contains($0) } ?? used.count
        let limited = try await Program.run(
            "/usr/bin/prlimit", ["--pid", "\(gateway.id)", "--nofile=\(free):"], in: "/")
        #expect(limited.status == 0, "\(limited.errors)")
        if let status = try? await gateway.exit(within: .seconds(3)) {
            #expect(status == 128 + SIGILL)
            let start = ContinuousClock.now
            try await open()
            return start
        }
        _ = try await Program.run("/usr/bin/prlimit", ["--pid", "\(gateway.id)", "--nofile=1024:"], in: "/")
        return .now
    }

    /// More visitors than there are descriptors come and say nothing; then they leave.
    /// - Returns: when they had left.
    func flood() async throws -> ContinuousClock.Instant {
        let gateway = gateway.withLock(\.self)
        // Not so many that the kernel's queue (256) keeps them out.
        let visitors = try (0..<(Self.descriptors + 50)).map { _ in
            Visitor(connection: try WebConnection(port: gateway.port))
        }
        try await acknowledged(more: 200)
        withExtendedLifetime(visitors) {}
        return .now
    }

    private struct Visitor {
        let connection: WebConnection
    }
}
