import Connectors
import Foundation
import Gateway
import TestSupport
import Testing

/// The kit with machines of its own, shared by the tests.
enum Kit {
    static let machine = JQMachine(threads: 2)
    static let kit = ConformanceKit(machine: machine)

    /// The folders of this repository, as the table has them.
    static let folders = ConnectorSide.allCases.flatMap { side in
        Repository.names(in: side.folderName).map { "\(side.folderName)/\($0)" }
    }.filter { folder in
        ConnectorSide.allCases.contains { side in
            FileManager.default.fileExists(
                atPath: Repository.root.appendingPathComponent("\(folder)/\(side.fileName)").path)
        }
    }
}

@Suite("Connectors and a provider that misbehaves", .timeLimit(.minutes(5)))
struct ConformanceTests {
    @Test("Every connector keeps its word, and the table in adapters/README.md says so")
    func allFolders() async throws {
        let outcomes = await Kit.kit.run(Kit.folders.map { Repository.root.appendingPathComponent($0).path })
        var reports: [ConformanceReport] = []
        for (folder, outcome) in zip(Kit.folders, outcomes) {
            do {
                let report = try outcome.get()
                reports.append(report)
                for failure in report.failures { Issue.record("\(folder): \(failure)") }
            } catch {
                Issue.record("\(folder): \(error)")
            }
        }
        let table = ConformanceTable.table(in: try Repository.text("adapters/README.md"))
        #expect(
            table == ConformanceReport.markdown(reports),
            "the table is stale: `samtal test --live-fake --write` writes it")
    }

    @Test("A cell that cannot happen tells why")
    func reasons() async throws {
        let report = try await Kit.kit.run(Repository.root.appendingPathComponent("adapters/rss").path)
        let reasons = report.cells.compactMap { cell -> String? in
            guard case .notApplicable(let reason) = cell.verdict else { return nil }
            return "\(cell.fault.rawValue): \(reason)"
        }
        #expect(
            reasons == [
                "out of order: a poll asks for its order itself", "expired token: no auth fetches a token",
                "revoked token: there is no credential",
            ])
    }
}
