// Threads on which whole tasks run, so that the jq programs of a task need no other thread: handing a program over and
// taking its answer back costs more than most programs do.

import Dispatch
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Runs tasks that are started with it as their preferred executor (SE-0417). A program that such a task runs is run in
/// place, by the thread's own compiled copy. What a program holds up is that thread and no other.
package final class JQExecutor: TaskExecutor {
    private struct Queue {
        var jobs: [UnownedJob] = []
        /// How many of `jobs` are done.
        var done = 0
        /// How many threads sleep that nobody has woken yet.
        var sleeping = 0
        var isClosed = false

        mutating func next() -> UnownedJob? {
            guard done < jobs.count else { return nil }
            done += 1
            defer { if done == jobs.count { (jobs, done) = ([], 0) } }
            return jobs[done - 1]
        }
    }

    private let queue = Mutex(Queue())
    private let arrival = DispatchSemaphore(value: 0)

    init(threads: Int, programsMax: Int) {
        for index in 0..<threads {
            JQMachine.startThread("tasks-\(index + 1)") { [weak self] in
                JQShelf.ofThisThread = JQShelf(programsMax: programsMax)
                self?.work()
                JQShelf.ofThisThread = nil
            }
        }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let step: (wake: Bool, isClosed: Bool) = queue.withLock { queue in
            if queue.isClosed { return (false, true) }
            queue.jobs.append(job)
            guard queue.sleeping > 0 else { return (false, false) }
            queue.sleeping -= 1
            return (true, false)
        }
        if step.wake { arrival.signal() }
        // A task that outlives the threads ends on Swift's own.
        if step.isClosed { globalConcurrentExecutor.enqueue(job) }
    }

    /// Ends the threads once they have done what waits.
    func close() {
        let sleeping = queue.withLock { queue in
            defer { (queue.isClosed, queue.sleeping) = (true, 0) }
            return queue.sleeping
        }
        for _ in 0..<sleeping { arrival.signal() }
    }

    /// A thread's whole life.
    private func work() {
        let executor = asUnownedTaskExecutor()
        while true {
            let (job, isClosed): (UnownedJob?, Bool) = queue.withLock { queue in
                let job = queue.next()
                if job == nil, !queue.isClosed { queue.sleeping += 1 }
                return (job, queue.isClosed)
            }
            if let job {
                job.runSynchronously(on: executor)
            } else if isClosed {
                return
            } else {
                arrival.wait()
            }
        }
    }
}

extension JQShelf {
    /// The programs of the thread that asks, if it runs tasks.
    static var ofThisThread: JQShelf? {
        get { pthread_getspecific(threadKey).map { Unmanaged<JQShelf>.fromOpaque($0).takeUnretainedValue() } }
        set {
            let before = pthread_getspecific(threadKey)
            pthread_setspecific(threadKey, newValue.map { Unmanaged.passRetained($0).toOpaque() })
            if let before { Unmanaged<JQShelf>.fromOpaque(before).release() }
        }
    }

    private static let threadKey: pthread_key_t = {
        var key = pthread_key_t()
        precondition(pthread_key_create(&key, nil) == 0, "a process has room for one more key of threads")
        return key
    }()
}
