import ArgumentParser
import Connectors
import Conversations
import Gateway
import Model
import Storage

/// `samtal replay`: envelopes of the journal again, through the connectors as they are now.
struct Replay: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Map envelopes of the journal again and apply what is new; status 1 when one cannot be mapped.")

    @OptionGroup var access: StoreOption
    @OptionGroup var output: OutputOption
    @Option(help: "Only those of this channel.") var channel: String?
    @Option(help: "Only those of this contract.") var contract: String?
    @Option(help: "Only those since then: a time (RFC 3339), or how long ago, like 24h.") var since: Timestamp?
    @Option(help: "Only those before then.") var until: Timestamp?
    @Option(help: "applied, duplicate, filtered or quarantined.") var outcome: EnvelopeOutcome?
    @Flag(help: "Change nothing; print what would be.") var dryRun = false
    @Argument(help: "env_…") var ids: [EnvelopeID] = []

    private var filter: JournalFilter {
        let endpoint = channel.map(Endpoint.channel) ?? contract.map(Endpoint.contract)
        return JournalFilter(endpoint: endpoint, outcome: outcome, since: since, until: until)
    }

    func validate() throws {
        if channel != nil, contract != nil { throw ValidationError("give --channel or --contract, not both") }
        if ids.isEmpty == filter.isOpen {
            throw ValidationError("say which: ids, or options like --outcome quarantined")
        }
    }

    func run() async throws {
        let store = try await access.open()
        let configuration = try loadConfiguration(access.file.config)
        let replayer: Replayer
        do throws(SettingProblems) {
            replayer = try Replayer(configuration, store: store, isRehearsal: dryRun)
        } catch {
            for problem in error.list { printError("\(problem)") }
            throw ExitCode(78)
        }
        try await replayer.note(subject, actor: "command line")
        let filter = filter
        let total = ids.isEmpty ? try await store.read { try $0.envelopeCount(filter) } : ids.count
        var report = ReplayReport(total: total, isJSON: output.json)
        if ids.isEmpty { try await replayer.replay(filter) { report.add($0) } }
        for id in ids {
            guard let replayed = try await replayer.replay(id) else {
                printError("there is no envelope \(id)")
                throw ExitCode.failure
            }
            report.add(replayed)
        }
        report.end(isRehearsal: dryRun)
        if report.failing > 0 { throw ExitCode.failure }
    }

    /// What the audit says was wanted.
    private var subject: String {
        if !ids.isEmpty { return ids.map(\.text).joined(separator: " ") }
        let parts = [
            filter.endpoint?.description, outcome?.rawValue, since.map { "since \($0)" }, until.map { "until \($0)" },
        ]
        return parts.compactMap(\.self).joined(separator: " ")
    }
}

/// A line for each envelope as it is done, a bar below it on a terminal, and the sums.
private struct ReplayReport {
    let isJSON: Bool
    private let bar: ProgressBar
    private var done = 0
    private(set) var failing = 0
    private var all: [JSON] = []
    private var sums: [String: Int64] = [:]

    init(total: Int, isJSON: Bool) {
        self.isJSON = isJSON
        bar = ProgressBar(total: total)
    }

    mutating func add(_ replayed: Replayed) {
        if replayed.isFailing { failing += 1 }
        sums.merge(replayed.counts, uniquingKeysWith: +)
        if isJSON {
            all.append(replayed.json)
        } else {
            let outcome =
                replayed.before == replayed.after
                ? replayed.after.rawValue : "\(replayed.before.rawValue) -> \(replayed.after.rawValue)"
            let words = [
                replayed.envelope.text, replayed.endpoint.description, outcome,
                replayed.isFailing ? "failing" : Self.text(replayed.counts), replayed.reason ?? "",
            ]
            bar.clear()
            print(words.filter { !$0.isEmpty }.joined(separator: "  "))
        }
        done += 1
        bar.show(done)
    }

    func end(isRehearsal: Bool) {
        bar.clear()
        if isJSON {
            let sums = JSON.object(self.sums.mapValues { .integer($0) })
            let report: JSON = [
                "dry_run": .bool(isRehearsal), "envelopes": .array(all), "counts": sums,
                "failing": .integer(Int64(failing)),
            ]
            return print(report.prettyText, terminator: "")
        }
        let verb = isRehearsal ? "would be replayed" : "replayed"
        print("\(done) \(verb): \(Self.text(sums)), \(failing) failing")
    }

    /// "1 new, 2 known"; what is not there is left out.
    private static func text(_ counts: [String: Int64]) -> String {
        let words: [(Counter, String)] = [
            (.messages, "new"), (.changes, "changed"), (.duplicates, "known"), (.filtered, "filtered"),
            (.parked, "waiting"), (.refused, "refused"),
        ]
        let parts = words.compactMap { counter, word in counts[counter.rawValue].map { "\($0) \(word)" } }
        return parts.isEmpty ? "nothing in it" : parts.joined(separator: ", ")
    }
}

extension EnvelopeOutcome: ExpressibleByArgument {}
