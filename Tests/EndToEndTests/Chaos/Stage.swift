// A gateway under load, and all that breaks it.

import Foundation
import Glibc
import Model
import Synchronization
import TestSupport
import Testing

/// A gateway with its traffic. It may be gone.
final class Stage: Sendable {
    /// How many descriptors the gateway has where they are scarce.
    static let descriptors = 200

    let traffic: Traffic
    let house: House
    let levers: Levers?
    let disk: SmallDisk?
    private let contracts: Place
    private let doorway = Doorway()
    private let gateway: Mutex<GatewayProcess>

    /// Builds the stage for a fault and starts everything.
    /// - Throws: ``SmallDisk/NotMounted`` where the fault cannot be made.
    init(for fault: Fault) async throws {
        levers = fault.need == .levers ? try await Levers() : nil
        disk = fault.need == .smallDisk ? try await SmallDisk() : nil
        contracts = try Place()
        try Self.writeContract(in: contracts)
        let traffic = Traffic(fault.mood, refusals: fault.refusals.union([503]), through: [doorway])
        self.traffic = traffic
        house = try await House(
            on: .file, logLevel: "notice", storeDirectory: disk?.path, contracts: contracts.path,
            environment: levers?.environment ?? [:], launcher: Self.launcher(fault, disk),
            crm: { traffic.crm.answer($0) }, network: { traffic.reply($0) })
        let first = try await house.open()
        gateway = Mutex(first)
        doorway.open(first)
        traffic.start()
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

    /// How things stand, for a test that fails.
    var condition: String {
        let gateway = gateway.withLock(\.self)
        let log = gateway.log.items.suffix(40).joined(separator: "\n  ")
        return """
            \(traffic.condition), the gateway \
            \(gateway.isRunning ? "runs" : "ended"), its log:
              \(log)
            """
    }

    /// Ends everything in good order.
    func finish() async throws -> Traffic.Outcome {
        let outcome = try await traffic.finish()
        #expect(try await gateway.withLock(\.self).stop() == 0)
        try disk?.copyStore(to: house.place)
        return outcome
    }
}

extension Stage {
    /// Kills the gateway and starts it again; one start in three is cut off as well.
    /// - Returns: when it was killed.
    func kill() async throws -> ContinuousClock.Instant {
        try await gateway.withLock(\.self).kill()
        if traffic.dice.roll(3) == 0 {
            try await house.openAndKill(after: .milliseconds(Int64(traffic.dice.roll(400))))
        }
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
        traffic.crm.become(mood)
        try await traffic.acknowledged(more: 150)
        traffic.crm.become(.well)
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
        try await traffic.acknowledged(more: 200)
        withExtendedLifetime(visitors) {}
        return .now
    }

    private struct Visitor {
        let connection: WebConnection
    }
}
