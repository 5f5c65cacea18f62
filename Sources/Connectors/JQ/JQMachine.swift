// Runs the jq programs of all connectors, off Swift's cooperative pool: compiling blocks for tens of milliseconds.

import CJQ
import Foundation
package import Model

/// A few threads that compile and run jq programs. Each keeps its own compiled programs, for a jq_state is not to be
/// shared. A program has a home thread, so that it is compiled once while there is little to do, and goes to the least
/// busy thread when its home is behind.
package final class JQMachine: Sendable {
    private let lanes: [JQLane]
    /// Runs tasks with their programs, on threads of its own.
    package let executor: JQExecutor

    /// Starts `threads` threads (at least one), named `jq-1` and so on. They end after ``shutdown()``.
    ///
    /// - Parameter programsMax: how many compiled programs a thread keeps, each about a hundred kilobytes; the one that
    ///   was used longest ago is dropped for another.
    package init(threads: Int, programsMax: Int = 256) {
        // libjq compiles $HOME/.jq before every program; a mapping must not depend on who runs it.
        unsetenv("HOME")
        precondition(Self.oniguruma == 0, "the regular expression library does not start")
        lanes = (0..<max(1, threads)).map { _ in JQLane() }
        for (index, lane) in lanes.enumerated() {
            Self.startThread("jq-\(index + 1)") { lane.work(programsMax: programsMax) }
        }
        executor = JQExecutor(threads: max(1, threads), programsMax: programsMax)
    }

    deinit {
        shutdown()
    }

    /// Starts a thread that may run programs.
    static func startThread(_ name: String, _ work: @escaping @Sendable () -> Void) {
        let thread = Thread {
            // Said by the thread itself: only so the system knows it.
            Thread.current.name = name
            work()
        }
        // libjq frees nested values by recursion.
        thread.stackSize = 8 << 20
        thread.start()
    }

    private static let oniguruma = onig_start_utf8()

    /// Runs a program and gives its outputs in order.
    ///
    /// - Parameters:
    ///   - request: what the program sees as `$req`.
    ///   - now: what it sees as `$now`, as RFC 3339 text.
    /// - Throws: ``JQError`` of any kind. A runtime error has its line, as far as it can be found by a second run.
    package func run(
        _ program: JQProgram, _ input: JQInput, request: JSON, now: Timestamp
    ) async throws(JQError) -> [JSON] {
        let work = JQJob.Work.run(input, request: request, now: now)
        if let shelf = JQShelf.ofThisThread { return try shelf.result(of: program, work).get() }
        return try await result(program, work).get()
    }

    /// Compiles a program, on the thread that will most likely run it.
    ///
    /// - Throws: ``JQError`` of kind `compile` or `refused`.
    package func check(_ program: JQProgram) async throws(JQError) {
        _ = try await result(program, .check).get()
    }

    /// Takes no more work; what was taken is still done, then the threads end. May be called more than once.
    package func shutdown() {
        for lane in lanes { lane.close() }
        executor.close()
    }

    private func result(_ program: JQProgram, _ work: JQJob.Work) async -> Result<[JSON], JQError> {
        await withCheckedContinuation { caller in
            let job = JQJob(program: program, work: work, caller: caller)
            guard !lane(for: program).add(job) else { return }
            let problem = "the jq threads have been shut down"
            caller.resume(returning: .failure(JQError(program: program.name, problem: problem, kind: .limit)))
        }
    }

    private func lane(for program: JQProgram) -> JQLane {
        var best = lanes[Int(program.id % UInt64(lanes.count))]
        var least = best.load
        for lane in lanes where least > 0 {
            let load = lane.load
            if load < least { (best, least) = (lane, load) }
        }
        return best
    }
}
