import ArgumentParser
import Foundation
import Model
import Storage

/// `samtal migrate`: brings the store's schema to this version, or tells what that would be.
struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Bring the store's schema up to date; nodes of the former version may run on meanwhile.")

    @OptionGroup var access: StoreOption
    @OptionGroup var output: OutputOption
    @Flag(help: "Change nothing; print what would be run.") var dryRun = false

    func run() async throws {
        umask(0o077)
        let address = try access.existing()
        do {
            let former: SchemaStanding
            if dryRun {
                former = try await address.standing()
            } else {
                former = try await address.migrate(told: Self.tell)
            }
            report(former, address)
        } catch let error as StoreError {
            printError("\(error)")
            throw ExitCode(74)
        }
    }

    private func report(_ former: SchemaStanding, _ address: StoreAddress) {
        let to = max(former.step, former.newest)
        if output.json {
            let steps = former.missing.map { step -> JSON in
                [
                    "number": .integer(step.number), "name": .string(step.name), "needs": .integer(step.needs),
                    "sql": .array(step.sql(in: address.dialect).map { .string($0) }),
                ]
            }
            let report: JSON = [
                "engine": .string(address.engine), "dry_run": .bool(dryRun), "from": .integer(former.step),
                "to": .integer(to), "steps": .array(steps),
            ]
            return print(report.prettyText, terminator: "")
        }
        for step in former.missing {
            print("\(step.number) \(step.name); whoever works beside it must know step \(step.needs)")
            guard dryRun else { continue }
            for statement in step.sql(in: address.dialect) { print("\(statement);") }
        }
        let verb = dryRun ? "would be run" : "run"
        switch former.missing.count {
        case 0: print("\(address.engine): step \(to), nothing to do")
        case let count: print("\(address.engine): from step \(former.step) to \(to), \(count) \(verb)")
        }
    }

    /// What keeps the command waiting.
    @Sendable private static func tell(_ news: SchemaNews) {
        switch news {
        case .done: break
        case .waitsForAnother: printError("another samtal changes the schema: waiting for it")
        case .isHeldUp(let step): printError("step \(step.number) waits for transactions that hold its table")
        case .isAhead(let step): printError("the store is at step \(step), made by a newer samtal; this one may go on")
        }
    }
}
