import ArgumentParser
import Connectors
import Gateway
import Model
import Storage

/// `samtal backfill`: the old mails of a mailbox.
struct Backfill: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Take the mails of a mailbox that came in before it was watched.",
        discussion: """
            Mails that are known are recognised, so it may run again after a failure. What comes of it goes to the \
            CRMs behind everything that somebody waits for. Servers know days only: mails of up to two days earlier \
            come too.
            """)

    @OptionGroup var access: StoreOption
    @OptionGroup var output: OutputOption
    @Option(help: "From then on: a time (RFC 3339), or how long ago, like 30d.") var since: Timestamp
    @Option(help: "Only this folder; default all that are watched.") var folder: String?
    @Argument(help: "The mailbox, by its name in samtal.yaml.") var mailbox: String

    func run() async throws {
        let configuration = try loadConfiguration(access.file.config)
        let store = try await access.open()
        let backfiller: Backfiller
        do throws(SettingProblems) {
            backfiller = try Backfiller(configuration, mailbox: mailbox, store: store)
        } catch {
            for problem in error.list { printError("\(problem)") }
            throw ExitCode(78)
        }
        var sums: [JSON] = []
        for folder in folder.map({ [$0] }) ?? backfiller.folders {
            let count = try await backfiller.run(folder, since: since) { done, all in
                ProgressBar(total: all).show(done)
            }
            ProgressBar(total: count).clear()
            sums.append(["folder": .string(folder), "mails": .integer(Int64(count))])
            if !output.json { print("\(folder): \(count) mails") }
        }
        await store.close()
        if output.json { print(JSON.array(sums).prettyText, terminator: "") }
    }
}
