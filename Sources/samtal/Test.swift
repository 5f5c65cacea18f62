import ArgumentParser
import Connectors
import Foundation
import Gateway
import Model

/// `samtal test`: runs the golden samples of connector folders, or holds them against a provider that misbehaves.
struct Test: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run the golden samples of connector folders.")

    @Argument(help: "Folders; default every adapter and contract.")
    var folders: [String] = []
    @Flag(help: "Write what comes out now as what is expected; read the difference before you commit it.")
    var write = false
    @Flag(help: "Hold the folders against a made-up provider on loopback, with faults; needs no network.")
    var liveFake = false
    @OptionGroup var output: OutputOption

    func run() async throws {
        let machine = JQMachine(threads: liveFake ? 2 : 1)
        defer { machine.shutdown() }
        if liveFake { return try await holdTrials(machine) }
        let runner = SampleRunner(machine: machine)
        var results: [SampleResult] = []
        for folder in folders.isEmpty ? Self.all : folders {
            let found = await runner.run(folder, write: write)
            results += found
            if !output.json { print(SampleReport.text(of: folder, found), terminator: "") }
        }
        let failures = results.filter { !$0.isFine }.count
        if output.json {
            print(JSON.array(results.map(\.json)).prettyText, terminator: "")
        } else {
            print("\(results.count - failures) passed, \(failures) failed")
        }
        if failures > 0 || results.isEmpty { throw ExitCode.failure }
    }

    private func holdTrials(_ machine: JQMachine) async throws {
        guard !write || folders.isEmpty else {
            throw ValidationError("--live-fake --write writes the table of all folders: name none")
        }
        try await Conformance(
            folders: folders.isEmpty ? Self.all : folders, json: output.json, readme: write ? "adapters/README.md" : nil
        ).run(on: machine)
    }

    private static var all: [String] {
        let catalogue = ConnectorCatalogue(beside: URL(fileURLWithPath: "."))
        return ConnectorSide.allCases.flatMap { side in
            catalogue.names(side).compactMap { catalogue.path(of: $0, side) }
        }
    }
}

extension SampleResult {
    fileprivate var json: JSON {
        switch outcome {
        case .passed: ["file": .string(file), "outcome": "passed"]
        case .written(let changes):
            ["file": .string(file), "outcome": "written", "difference": .string(changes)]
        case .failed(let difference):
            ["file": .string(file), "outcome": "failed", "difference": .string(difference)]
        }
    }
}
