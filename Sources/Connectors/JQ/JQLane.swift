// One thread of the jq machine: its queue, and the programs that it has compiled.

import Dispatch
import Model
import Synchronization

/// What a caller waits for.
struct JQJob: Sendable {
    enum Work: Sendable {
        case check
        case run(JQInput, request: JSON, now: Timestamp)
    }

    let program: JQProgram
    let work: Work
    let caller: CheckedContinuation<Result<[JSON], JQError>, Never>
}

/// The queue of one thread.
final class JQLane: Sendable {
    private struct Queue {
        var jobs: [JQJob] = []
        var isClosed = false
    }

    private let queue = Mutex(Queue())
    private let arrival = DispatchSemaphore(value: 0)
    private let unfinished = Atomic<Int>(0)

    /// How many jobs wait or run.
    var load: Int { unfinished.load(ordering: .relaxed) }

    /// Whether the lane took the job: a closed one takes none.
    func add(_ job: JQJob) -> Bool {
        let before: Int? = queue.withLock { queue in
            guard !queue.isClosed else { return nil }
            queue.jobs.append(job)
            return queue.jobs.count - 1
        }
        guard let before else { return false }
        unfinished.add(1, ordering: .relaxed)
        // The thread takes all that wait at once: only the first has to wake it.
        if before == 0 { arrival.signal() }
        return true
    }

    /// Ends the thread once it has done what waits.
    func close() {
        queue.withLock { $0.isClosed = true }
        arrival.signal()
    }

    /// The thread's whole life.
    func work(programsMax: Int) {
        let shelf = JQShelf(programsMax: programsMax)
        while true {
            let (jobs, isClosed) = queue.withLock { queue in
                let jobs = queue.jobs
                queue.jobs = []
                return (jobs, queue.isClosed)
            }
            for job in jobs {
                let result = shelf.result(of: job.program, job.work)
                unfinished.subtract(1, ordering: .relaxed)
                job.caller.resume(returning: result)
            }
            if jobs.isEmpty {
                if isClosed { return }
                arrival.wait()
            }
        }
    }
}
