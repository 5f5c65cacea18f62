import ArgumentParser
import Model
import Storage

/// `samtal account`: what came in and what became of it, and whether the account closes.
struct Account: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print what came in and what became of it; ends with status 1 when something is unaccounted for.")

    @OptionGroup var access: StoreOption
    @OptionGroup var output: OutputOption

    func run() async throws {
        let store = try access.open()
        let (accounts, deliveries) = try await store.read {
            (try EndpointAccount.all(in: $0), try $0.deliveryCounts())
        }
        if output.json {
            let counts = deliveries.map { count -> JSON in
                [
                    "destination": .string(count.destination), "state": .string(count.state),
                    "count": .integer(count.count),
                ]
            }
            let both: JSON = ["endpoints": .array(accounts.map(\.json)), "deliveries": .array(counts)]
            print(both.prettyText, terminator: "")
        } else {
            let head = ["endpoint"] + Counter.allCases.map(\.rawValue) + ["unaccounted"]
            let rows = accounts.map { account in
                [account.endpoint] + Counter.allCases.map { String(account[$0]) } + [String(account.unaccounted)]
            }
            print(Table(head, rows).text + "\n")
            print(
                Table(
                    ["destination", "deliveries", "count"],
                    deliveries.map { [$0.destination, $0.state, String($0.count)] }
                ).text)
        }
        if accounts.contains(where: { $0.unaccounted != 0 }) { throw ExitCode.failure }
    }
}
