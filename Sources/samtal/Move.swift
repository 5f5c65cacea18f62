import ArgumentParser
import Foundation
import Gateway
import Model
import Storage

/// `samtal move`: a store goes to another engine.
struct Move: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Copy a store into an empty one of either engine, and check it; status 1 when that can not be.")

    @Option(help: "sqlite:PATH or postgresql://…") var from: String
    @Option(help: "The same; it must be empty, or not be there yet.") var to: String
    @Flag(help: "Let U+0000 in texts become U+FFFD: PostgreSQL can not hold it.") var replaceNul = false
    @OptionGroup var output: OutputOption

    func validate() throws {
        if StoreAddress(from) == StoreAddress(to) { throw ValidationError("--from and --to are the same store") }
    }

    func run() async throws {
        umask(0o077)
        if case .sqlite(let path) = StoreAddress(from), !FileManager.default.fileExists(atPath: path) {
            printError("there is no store at \(path)")
            throw ExitCode.failure
        }
        let mover = StoreMover(from: StoreAddress(from), to: StoreAddress(to), replacesNUL: replaceNul)
        do {
            let report = try await mover.run { ProgressBar(total: Int($1)).show(Int($0)) }
            ProgressBar(total: 1).clear()
            show(report)
        } catch let refusal as MoveRefusal {
            ProgressBar(total: 1).clear()
            printError("\(refusal)")
            throw ExitCode.failure
        } catch let error as StoreError {
            ProgressBar(total: 1).clear()
            printError("\(error)")
            throw ExitCode(74)
        }
    }

    private func show(_ report: MoveReport) {
        func digest(_ table: MovedTable) -> String {
            table.digest.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        }
        if output.json {
            let tables = report.tables.map { table -> JSON in
                ["table": .string(table.name), "rows": .integer(table.rows), "digest": .string(digest(table))]
            }
            let all: JSON = [
                "tables": .array(tables), "replaced": .object(report.replaced.mapValues { .integer($0) }),
            ]
            return print(all.prettyText, terminator: "")
        }
        let rows = report.tables.map { [$0.name, String($0.rows), String(digest($0).prefix(16)), "same"] }
        print(Table(["table", "rows", "digest", "on both sides"], rows).text)
        for (place, count) in report.replaced.sorted(by: { $0.key < $1.key }) {
            print("\(place): U+0000 became U+FFFD in \(count)")
        }
        print("Files lie in the store and came along. Now name the new one in samtal.yaml, and keep the old one.")
    }
}
