// The built binary, and running it to its end.

import Foundation
import TestSupport

/// Finds and runs `samtal`.
enum Program {
    /// SAMTAL_BINARY, else the one beside the test bundle, else the debug build of this repository.
    static let path: String = {
        if let given = ProcessInfo.processInfo.environment["SAMTAL_BINARY"] { return given }
        let bundle = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        let beside = bundle.deletingLastPathComponent().appendingPathComponent("samtal").path
        if FileManager.default.isExecutableFile(atPath: beside) { return beside }
        return Repository.path + "/.build/debug/samtal"
    }()

    /// How a run ended.
    struct Result: Sendable {
        let status: Int32
        let output: String
        let errors: String
    }

    /// Runs `samtal` with these arguments.
    static func run(_ arguments: String..., in directory: String) async throws -> Result {
        try await run(path, arguments, in: directory)
    }

    /// Runs any program.
    static func run(
        _ path: String, _ arguments: [String], in directory: String, input: [UInt8] = []
    ) async throws -> Result {
        let child = try ChildProcess(path, arguments, in: directory, input: input)
        defer { child.signal(SIGKILL) }
        let status = try await child.exit(within: .seconds(60))
        return Result(
            status: status, output: child.output.items.joined(separator: "\n"),
            errors: child.errors.items.joined(separator: "\n"))
    }
}
