import ArgumentParser
import Model
import Storage

/// `samtal account`: what came in, what went out, and whether every line closes.
struct Account: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print what came in and went out and what became of it; status 1 when a line does not close.")

    @OptionGroup var access: StoreOption
    @OptionGroup var output: OutputOption

    func run() async throws {
        let store = try await access.open()
        let (endpoints, destinations) = try await store.read {
            (try EndpointAccount.all(in: $0), try DestinationAccount.all(in: $0))
        }
        if output.json {
            let both: JSON = [
                "endpoints": .array(endpoints.map(\.json)), "destinations": .array(destinations.map(\.json)),
            ]
            print(both.prettyText, terminator: "")
        } else {
            let tables = [Self.incoming(endpoints), Self.reasons(endpoints), Self.outgoing(destinations)]
            print(tables.map(\.text).joined(separator: "\n\n"))
        }
        let open =
            endpoints.filter { $0.unaccounted != 0 }.map { ("what \($0.endpoint) received", $0.unaccounted) }
            + destinations.filter { $0.unaccounted != 0 }.map { ("what goes to \($0.destination)", $0.unaccounted) }
        for (line, count) in open { printError("\(line) does not close: \(count) unaccounted for") }
        if !open.isEmpty { throw ExitCode.failure }
    }

    private static func incoming(_ accounts: [EndpointAccount]) -> Table {
        Table(
            ["endpoint"] + EndpointAccount.incoming.map(\.rawValue) + ["unaccounted"],
            accounts.map { account in
                [account.endpoint] + EndpointAccount.incoming.map { String(account[$0]) }
                    + [String(account.unaccounted)]
            })
    }

    private static func reasons(_ accounts: [EndpointAccount]) -> Table {
        Table(
            ["endpoint", "what", "count", "why"],
            accounts.flatMap { account in
                [Counter.filtered, .refused].flatMap { counter in
                    account.reasons(counter).map { [account.endpoint, counter.rawValue, String($0.count), $0.reason] }
                }
            })
    }

    private static func outgoing(_ accounts: [DestinationAccount]) -> Table {
        Table(
            ["destination", "enqueued", "delivered", "waiting", "dead", "cancelled", "unaccounted"],
            accounts.map { account in
                let counts = [
                    account.enqueued, account.delivered, account.waiting, account.dead, account.cancelled,
                    account.unaccounted,
                ]
                return [account.destination] + counts.map { String($0) }
            })
    }
}
