import ArgumentParser
import Model
import Storage

/// `samtal leases`: which node does what only one may do.
struct Leases: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the nodes and which of them runs which poll, stream or registration.",
        discussion:
            "A lease that has run out is shown until another node takes it; one that was given back is nobody's.")

    @OptionGroup var access: StoreOption
    @OptionGroup var output: OutputOption

    func run() async throws {
        let store = try await access.open()
        let (leases, now) = try await store.read { transaction in
            (try transaction.leases(), try transaction.serverTime() ?? WallClock.system.now)
        }
        if output.json {
            let json = JSON.members(["now": JSON(now), "leases": .array(leases.map(\.json))])
            return print(json.prettyText, terminator: "")
        }
        let table = Table(
            ["lease", "holder", "token", "ends"],
            leases.map { [$0.name, $0.holder ?? "nobody", String($0.token), Self.end(of: $0, at: now)] })
        print(table.text)
    }

    private static func end(of lease: Lease, at now: Timestamp) -> String {
        guard lease.holder != nil else { return "-" }
        guard let end = lease.expiresAt else { return "when it is given back" }
        let seconds = (end - now).components.seconds
        return lease.isFree(at: now) ? "ended \(-seconds) s ago" : "in \(seconds) s"
    }
}
