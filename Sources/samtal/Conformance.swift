// `samtal test --live-fake`: progress and a table for people, JSON for machines, the table of the README on demand.

import ArgumentParser
import Connectors
import Foundation
import Gateway
import Model

/// Prints what the conformance kit finds.
struct Conformance {
    let folders: [String]
    let json: Bool
    /// The file whose table is written; `nil`: none.
    let readme: String?

    func run(on machine: JQMachine) async throws {
        var done = 0
        let outcomes = await ConformanceKit(machine: machine).run(folders) { folder, outcome in
            done += 1
            if !json { progress("[\(done)/\(folders.count)]", folder, outcome) }
        }
        let reports = outcomes.compactMap { try? $0.get() }
        if json {
            print(JSON.array(zip(folders, outcomes).map(Self.json)).prettyText, terminator: "")
        } else if !reports.isEmpty {
            print(table(reports))
        }
        if let readme { try ConformanceTable.write(reports, to: readme) }
        guard reports.count == folders.count, !reports.isEmpty, reports.allSatisfy(\.failures.isEmpty) else {
            throw ExitCode.failure
        }
    }

    private static func json(_ folder: String, _ outcome: ConformanceKit.Outcome) -> JSON {
        switch outcome {
        case .success(let report): report.json
        case .failure(let error): ["folder": .string(folder), "problem": .string("\(error)")]
        }
    }

    private func progress(_ count: String, _ folder: String, _ outcome: ConformanceKit.Outcome) {
        switch outcome {
        case .success(let report):
            let trials = report.cells.reduce(0) { $0 + $1.trials }
            print("\(report.failures.isEmpty ? "ok  " : "FAIL")  \(count) \(folder)  \(trials) trials")
            for failure in report.failures { print("      \(failure)") }
        case .failure(let error):
            print("FAIL  \(count) \(folder)")
            for line in "\(error)".split(separator: "\n") { print("      \(line)") }
        }
    }

    private func table(_ reports: [ConformanceReport]) -> String {
        Table(
            [""] + ConformanceFault.allCases.map(\.rawValue),
            reports.map { [$0.folder] + $0.cells.map(\.text) }
        ).text
    }
}
