// A thread of its own for an actor whose work blocks in C.

import Dispatch
import Synchronization

/// Runs an actor's jobs one after the other on one thread, which ends with the executor.
final class ThreadExecutor: SerialExecutor {
    private let line: Line

    /// `nil` when the system has no thread to give.
    init?() {
        let line = Line()
        guard LoopThread.start({ line.work() }) else { return nil }
        self.line = line
    }

    deinit {
        line.end()
    }

    func enqueue(_ job: consuming ExecutorJob) {
        line.add(UnownedJob(job), for: asUnownedSerialExecutor())
    }

    /// What the executor and its thread share; the thread must not keep the executor alive.
    private final class Line: Sendable {
        private struct State {
            var jobs: [(UnownedJob, UnownedSerialExecutor)] = []
            var isOver = false
        }

        private let state = Mutex(State())
        private let semaphore = DispatchSemaphore(value: 0)

        func add(_ job: UnownedJob, for executor: UnownedSerialExecutor) {
            state.withLock { $0.jobs.append((job, executor)) }
            semaphore.signal()
        }

        func end() {
            state.withLock { $0.isOver = true }
            semaphore.signal()
        }

        func work() {
            while true {
                semaphore.wait()
                let (jobs, isOver) = state.withLock { state in
                    defer { state.jobs = [] }
                    return (state.jobs, state.isOver)
                }
                for (job, executor) in jobs { job.runSynchronously(on: executor) }
                if isOver { return }
            }
        }
    }
}
