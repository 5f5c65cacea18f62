import Connectors
import Foundation
import Model
import Testing

@Suite("Tasks on threads with jq", .timeLimit(.minutes(2)))
struct JQExecutorTests {
    /// The name of the thread that asks.
    private func threadName() -> String { Thread.current.name ?? "" }

    @Test("A task runs on the executor's threads, before and after each program")
    func threads() async throws {
        let runner = ProgramRunner(threads: 2)
        let program = JQProgram(name: "test.jq", source: ".a + 1")
        try await withThrowingTaskGroup { group in
            for number in Int64(0)..<200 {
                group.addTask(executorPreference: runner.machine.executor) {
                    #expect(threadName().hasPrefix("tasks-"))
                    let outputs = try await runner.run(program, .json(["a": .integer(number)]))
                    #expect(outputs == [.integer(number + 1)])
                    #expect(threadName().hasPrefix("tasks-"))
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("A program that fails in place says where, as on a thread of jq")
    func failure() async throws {
        let runner = ProgramRunner()
        let elsewhere = await runner.failure(".a\n| error(\"no\")")
        let inPlace = await withTaskGroup(of: JQError?.self) { group in
            group.addTask(executorPreference: runner.machine.executor) { await runner.failure(".a\n| error(\"no\")") }
            return await group.next() ?? nil
        }
        #expect(inPlace?.line == 2)
        #expect(inPlace == elsewhere)
    }

    @Test("A program that runs for long holds up no other task while another thread is free")
    func longProgram() async throws {
        let runner = ProgramRunner(threads: 2)
        let executor = runner.machine.executor
        let order = await withTaskGroup(of: String.self) { group in
            group.addTask(executorPreference: executor) {
                _ = try? await runner.run("last(range(5000000))")
                return "long"
            }
            for _ in 0..<3 {
                group.addTask(executorPreference: executor) {
                    _ = try? await runner.run("1")
                    return "short"
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(order == ["short", "short", "short", "long"])
    }

    @Test("A task that outlives the machine ends, and its programs are refused")
    func shutdown() async throws {
        let runner = ProgramRunner()
        runner.machine.shutdown()
        let error = await withTaskGroup(of: JQError?.self) { group in
            group.addTask(executorPreference: runner.machine.executor) { await runner.failure("1") }
            return await group.next() ?? nil
        }
        #expect(error?.kind == .limit)
    }
}
