import ArgumentParser
import Deliveries
import Model
import Storage

/// `samtal deliveries`: what waits, what failed and why, and trying again.
struct Deliveries: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List, show and retry deliveries.", subcommands: [List.self, Show.self, Retry.self],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List deliveries, the newest first.")

        @OptionGroup var access: StoreOption
        @OptionGroup var output: OutputOption
        @Option(help: "pending, sending, delivered, snoozed, failed or cancelled; default all.")
        var state: DeliveryState?
        @Option(help: "contract:NAME or channel:NAME.")
        var to: Endpoint?
        @Option(help: "How many at most.")
        var limit = 50

        func run() async throws {
            let store = try access.open()
            let (state, to, limit) = (state, to, limit)
            let records = try await store.read { transaction in
                try transaction.deliveries(state: state, destination: to, before: nil, limit: limit)
            }
            if output.json { return print(JSON.array(records.map(\.json)).prettyText, terminator: "") }
            let rows = records.map { record in
                let delivery = record.delivery
                return [
                    delivery.id.text, delivery.destination.description,
                    delivery.payload["type"].string ?? delivery.kind.rawValue, delivery.state.rawValue,
                    String(delivery.attempts), record.dueAt.rfc3339, record.reason ?? "",
                ]
            }
            print(Table(["delivery", "to", "what", "state", "attempts", "due", "reason"], rows).text)
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show a delivery with its payload and every attempt.")

        @OptionGroup var access: StoreOption
        @Argument(help: "dlv_…") var id: DeliveryID

        func run() async throws {
            let store = try access.open()
            let id = id
            let shown = try await store.read { transaction -> JSON? in
                guard let record = try transaction.delivery(id) else { return nil }
                var members = record.json.object ?? [:]
                members["payload"] = record.delivery.payload
                members["attempt_log"] = .array(try transaction.attempts(of: id).map(\.json))
                return .object(members)
            }
            guard let shown else {
                printError("there is no delivery \(id)")
                throw ExitCode.failure
            }
            print(shown.prettyText, terminator: "")
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Try failed deliveries again.")

        @OptionGroup var access: StoreOption
        @Argument(help: "dlv_…") var ids: [DeliveryID]

        func run() async throws {
            let deadLetters = DeadLetters(store: try access.open(), clock: .system)
            for id in ids {
                do {
                    try await deadLetters.retry(id, actor: "command line")
                    print("\(id) is tried again")
                } catch let error as DeadLetterError {
                    printError("\(error)")
                    throw ExitCode.failure
                }
            }
        }
    }
}

extension DeliveryState: ExpressibleByArgument {}

extension Endpoint: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}

extension Identifier: ExpressibleByArgument {
    package init?(argument: String) { self.init(argument) }
}
