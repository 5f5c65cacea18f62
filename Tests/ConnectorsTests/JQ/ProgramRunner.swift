import Connectors
import Model

/// Runs small programs on one jq machine of its own.
struct ProgramRunner {
    let machine: JQMachine
    static let now = Timestamp(milliseconds: 1_767_323_045_678)

    init(threads: Int = 1, programsMax: Int = 256) {
        machine = JQMachine(threads: threads, programsMax: programsMax)
    }

    func run(_ source: String, text: String, request: JSON = nil) async throws(JQError) -> [JSON] {
        try await run(JQProgram(name: "test.jq", source: source), .bytes(Array(text.utf8)), request: request)
    }

    func run(_ source: String, _ input: JSON = nil, request: JSON = nil) async throws(JQError) -> [JSON] {
        try await run(JQProgram(name: "test.jq", source: source), .json(input), request: request)
    }

    func run(_ program: JQProgram, _ input: JQInput, request: JSON = nil) async throws(JQError) -> [JSON] {
        try await machine.run(program, input, request: request, now: Self.now)
    }

    /// The error that the run must end in; `nil` when it ends well.
    func failure(_ source: String, _ input: JSON = nil) async -> JQError? {
        do { _ = try await run(source, input) } catch { return error }
        return nil
    }
}
