import ArgumentParser
import Connectors
import Foundation
import Gateway
import Model
import Storage

/// `samtal reconcile`: which of our tickets the CRM has.
struct Reconcile: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask a CRM which of our tickets it has; print what it misses; status 1 when it misses any.",
        discussion: """
            Changes nothing. "missing" is a ticket that the CRM does not know, "undelivered" a conversation whose \
            ticket was never made there, "untold" one that was delivered without the CRM naming a ticket; \
            "waiting" is still to be delivered and not missed.
            """)

    @OptionGroup var access: StoreOption
    @OptionGroup var output: OutputOption
    @Argument(help: "The contract's name in samtal.yaml.") var contract: String
    @Option(help: "Tickets made since then: a time (RFC 3339), or how long ago, like 24h.") var since: Timestamp
    @Option(help: "Tickets made before then; now by default.") var until: Timestamp?
    @Flag(help: "Print the tickets that are there, too.") var all = false

    func run() async throws {
        let store = try await access.open()
        let configuration = try loadConfiguration(access.file.config)
        let found: Reconciliation
        do {
            let reconciler = try Reconciler(contract, configuration, store: store)
            found = try await reconciler.reconcile(since: since, until: until ?? WallClock.system.now) {
                ProgressBar(total: $1).show($0)
            }
        } catch let error as SettingProblems {
            for problem in error.list { printError("\(problem)") }
            throw ExitCode(78)
        } catch let error as ReconcileError {
            ProgressBar(total: 0).clear()
            printError("\(error)")
            throw ExitCode(69)
        }
        ProgressBar(total: 0).clear()
        print(found)
        if !found.missed.isEmpty { throw ExitCode.failure }
    }

    private func print(_ found: Reconciliation) {
        if output.json { return Swift.print(found.json.prettyText, terminator: "") }
        let shown = found.lines.filter { all || $0.standing.isMissed || $0.standing == .waiting }
        let rows = shown.map { line in
            [
                line.conversation.text, line.ticket?.externalID ?? "-", line.standing.name, line.standing.detail ?? "",
            ]
        }
        if !rows.isEmpty { Swift.print(Table(["conversation", "ticket", "there?", "state or reason"], rows).text) }
        let names = ["there", "missing", "undelivered", "untold", "waiting"]
        let counts = names.filter { found.count($0) > 0 }.map { "\(found.count($0)) \($0)" }
        let sums = counts.isEmpty ? "" : ": " + counts.joined(separator: ", ")
        Swift.print("\(found.lines.count) ours\(sums)")
    }
}
