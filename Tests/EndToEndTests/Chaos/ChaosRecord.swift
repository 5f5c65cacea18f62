// What came of a fault: one row of the table in docs/delivery.md.

import Foundation
import Model

/// The account of one fault, seen from outside only.
struct ChaosRecord: Sendable {
    let fault: String
    /// How often it was done.
    let times: Int
    /// Messages and replies that the gateway acknowledged.
    let acknowledged: Int
    /// Of these, how many the other side never saw.
    let lost: Int
    /// How many took effect twice, under two ids.
    let doubled: Int
    /// How many took effect after a later one of their conversation.
    let disordered: Int
    /// How many requests the other side got again and knew by their id.
    let repeats: Int
    /// After each time, until what had been acknowledged before and something new was at the CRM.
    let recoveries: [Duration]

    /// Counts what two ledgers took.
    init(_ fault: String, _ traffic: Traffic, _ outcome: Traffic.Outcome, _ recoveries: [Duration]) {
        self.fault = fault
        self.recoveries = recoveries
        times = recoveries.count
        acknowledged = outcome.messages.count + outcome.replies.count
        let (crm, network) = (traffic.crm.ledger, traffic.network)
        lost = crm.missing(of: outcome.messages).count + network.missing(of: outcome.replies).count
        let lines = Array(crm.texts.values) + Array(network.texts.values)
        doubled = lines.map { $0.count - Set($0).count }.reduce(0, +)
        disordered = lines.map(Self.late).reduce(0, +)
        repeats = crm.repeats + network.repeats
    }

    /// How many come after one with a higher number.
    private static func late(_ texts: [String]) -> Int {
        var highest = -1
        return texts.compactMap { Customer.parts(of: $0)?.message }.count { number in
            defer { highest = max(highest, number) }
            return number < highest
        }
    }

    private var sorted: [Double] { recoveries.map { Double($0.wholeMilliseconds) / 1000 }.sorted() }
    private var middle: Double { sorted.isEmpty ? 0 : sorted[sorted.count / 2] }

    static let heads = [
        "fault", "times", "acknowledged", "lost", "doubled", "out of order", "known repeats",
        "recovery in seconds, middle", "longest",
    ]

    /// The row of a Markdown table.
    var row: String {
        let cells =
            [fault] + [times, acknowledged, lost, doubled, disordered, repeats].map { String($0) }
            + [middle, sorted.last ?? 0].map(Self.seconds)
        return "| \(cells.joined(separator: " | ")) |"
    }

    private static func seconds(_ value: Double) -> String { String(format: "%.1f", value) }

    var json: JSON {
        [
            "fault": .string(fault), "times": .integer(Int64(times)), "acknowledged": .integer(Int64(acknowledged)),
            "lost": .integer(Int64(lost)), "doubled": .integer(Int64(doubled)),
            "out_of_order": .integer(Int64(disordered)), "repeats": .integer(Int64(repeats)),
            "recovery_ms": .array(recoveries.map { .integer($0.wholeMilliseconds) }),
        ]
    }
}

/// All rows of a run, as a table for each way to run samtal and for programs.
enum ChaosReport: String {
    /// One gateway and its file.
    case alone = "chaos"
    /// Several nodes on one PostgreSQL.
    case cluster = "chaos-postgresql"

    private static let records = Recording<(report: ChaosReport, record: ChaosRecord)>()

    /// Adds a row; with SAMTAL_CHAOS_REPORT also to a `.md` and a `.json` in the directory that it names.
    func add(_ record: ChaosRecord) throws {
        Self.records.add((self, record))
        print("chaos: \(record.row)")
        guard let directory = ProcessInfo.processInfo.environment["SAMTAL_CHAOS_REPORT"] else { return }
        let all = Self.records.items.filter { $0.report == self }.map(\.record)
        let rule = "|---|" + String(repeating: "--:|", count: ChaosRecord.heads.count - 1)
        let lines = ["| \(ChaosRecord.heads.joined(separator: " | ")) |", rule] + all.map(\.row)
        try (lines.joined(separator: "\n") + "\n").write(
            toFile: "\(directory)/\(rawValue).md", atomically: true, encoding: .utf8)
        try JSON.array(all.map(\.json)).prettyText.write(
            toFile: "\(directory)/\(rawValue).json", atomically: true, encoding: .utf8)
    }
}
