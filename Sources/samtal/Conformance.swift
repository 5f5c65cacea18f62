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
        let kit = ConformanceKit(machine: machine)
        var reports: [ConformanceReport] = []
        var broken: [String] = []
        for (index, folder) in folders.enumerated() {
            do {
                let report = try await kit.run(folder)
                reports.append(report)
                if !json { progress(index, report) }
            } catch {
                broken.append("\(folder): \(error)")
                if !json { print("FAIL  \(folder)\n      \(error)") }
            }
        }
        if json {
            print(JSON.array(reports.map(\.json)).prettyText, terminator: "")
            for problem in broken { printError(problem) }
        } else if !reports.isEmpty {
            print(table(reports))
        }
        if let readme { try ConformanceTable.write(reports, to: readme) }
        guard broken.isEmpty, !reports.isEmpty, reports.allSatisfy(\.failures.isEmpty) else { throw ExitCode.failure }
    }

    private func progress(_ index: Int, _ report: ConformanceReport) {
        let trials = report.cells.reduce(0) { $0 + $1.trials }
        let word = report.failures.isEmpty ? "ok  " : "FAIL"
        print("\(word)  [\(index + 1)/\(folders.count)] \(report.folder)  \(trials) trials")
        for failure in report.failures { print("      \(failure)") }
    }

    private func table(_ reports: [ConformanceReport]) -> String {
        Table(
            [""] + ConformanceFault.allCases.map(\.rawValue),
            reports.map { [$0.folder] + $0.cells.map(\.text) }
        ).text
    }
}
