import ArgumentParser
import Deliveries
import Gateway
import Model
import Storage

/// `samtal deliveries`: what waits, what failed and why, trying again, and cancelling.
struct Deliveries: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List, show, retry and cancel deliveries.",
        subcommands: [List.self, Show.self, Retry.self, Cancel.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List deliveries, the newest first.")

        @OptionGroup var access: StoreOption
        @OptionGroup var output: OutputOption
        @OptionGroup var filters: DeliveryFilters
        @Option(help: "dlv_…: only what is older, for the next page.")
        var before: DeliveryID?
        @Option(help: "How many at most.")
        var limit = 50

        func run() async throws {
            let store = try await access.open()
            let (query, before, limit) = (filters.query, before, limit)
            let records = try await store.read { transaction in
                try transaction.deliveries(matching: query, before: before, limit: limit)
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
        static let configuration = CommandConfiguration(
            abstract: "Show a delivery: what it carries, every attempt, and the connector that made it.")

        @OptionGroup var access: StoreOption
        @OptionGroup var output: OutputOption
        @Argument(help: "dlv_…") var id: DeliveryID

        func run() async throws {
            let store = try await access.open()
            let id = id
            let found = try await store.read { transaction -> (DeliveryRecord, [AttemptRecord])? in
                guard let record = try transaction.delivery(id) else { return nil }
                return (record, try transaction.attempts(of: id))
            }
            guard let (record, attempts) = found else {
                printError("there is no delivery \(id)")
                throw ExitCode.failure
            }
            let story = DeliveryStory(
                record: record, attempts: attempts, connector: access.connector(of: record.delivery.destination))
            print(output.json ? story.json.prettyText : story.text, terminator: output.json ? "" : "\n")
        }
    }

    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Try failed deliveries again, in the order of their lanes.",
            discussion: "Which: by id, by one or more filters, or --all. Nothing is deleted; attempts stay on record.")

        @OptionGroup var selection: Selection

        func run() async throws {
            let store = try await selection.access.open()
            try await selection.carryOut(
                .retry, DeadLetters(store: store, clock: .system) { _, _, _, _ in })
        }
    }

    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Cancel deliveries that wait or failed: they are not sent any more.",
            discussion: "Which: by id, by one or more filters, or --all. What is on the way now is left alone.")

        @OptionGroup var selection: Selection

        func run() async throws {
            let store = try await selection.access.open()
            let wiring = try selection.access.wiring(on: store)
            try await selection.carryOut(.cancel, DeadLetters(store: store, clock: .system) { wiring })
        }
    }

    /// The deliveries that `retry` and `cancel` mean, and how they tell what became of them.
    struct Selection: ParsableArguments {
        @OptionGroup var access: StoreOption
        @OptionGroup var output: OutputOption
        @OptionGroup var filters: DeliveryFilters
        @Flag(help: "Every delivery that this can be done to.")
        var all = false
        @Flag(help: "Only count.")
        var dryRun = false
        @Argument(help: "dlv_…") var ids: [DeliveryID] = []

        func validate() throws {
            guard all || !query.isEmpty else { throw ValidationError("give ids, a filter, or --all") }
            guard ids.count <= DeliveryQuery.idsMax else {
                throw ValidationError("at most \(DeliveryQuery.idsMax) ids at a time")
            }
        }

        private var query: DeliveryQuery {
            var query = filters.query
            query.ids = ids
            return query
        }

        func carryOut(_ act: DeadLetterAct, _ letters: DeadLetters) async throws {
            do {
                let counted = try await letters.count(act, on: query)
                guard !dryRun else {
                    return tell(counted, "\(counted.matched) match; without --dry-run they would be \(act.done)")
                }
                let bar = ProgressBar(total: counted.matched)
                let report = try await letters.carryOut(act, on: query, actor: "command line") { report in
                    bar.show(report.changed + report.busy)
                }
                bar.clear()
                let busy = report.busy == 0 ? "" : ", \(report.busy) are on the way now and were left alone"
                let passed = report.passed == 0 ? "" : ", \(report.passed) can not be \(act.done) (any more)"
                tell(report, "\(report.changed) of \(report.matched) \(act.done)\(busy)\(passed)")
                if !report.unknown.isEmpty || (!ids.isEmpty && report.changed == 0) { throw ExitCode.failure }
            } catch let error as DeadLetterError {
                printError("\(error)")
                throw ExitCode.failure
            }
        }

        private func tell(_ report: DeadLetterReport, _ text: String) {
            guard !output.json else { return print(report.json.prettyText, terminator: "") }
            for id in report.unknown { printError("\(DeadLetterError.unknown(id))") }
            print(text)
        }
    }
}
