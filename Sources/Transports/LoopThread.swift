// A thread of its own for C that blocks: Swift's pool has as many threads as cores and must never wait.

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Starts threads that run one function to its end.
enum LoopThread {
    /// Runs `body` on a new thread. `false` when the system has no thread to give.
    static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
        let work = Unmanaged.passRetained(Work(body))
        let context = work.toOpaque()
        var thread = pthread_t()
        guard pthread_create(&thread, nil, runWork, context) == 0 else {
            work.release()
            return false
        }
        pthread_detach(thread)
        return true
    }
}

private final class Work: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
        self.body = body
    }
}

/// The new thread's first function. Signals go to other threads; SIGPIPE is the one that matters: a peer that closes
/// while OpenSSL writes raises it on the writing thread, and unblocked it would end the process.
private func runWork(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    var signals = sigset_t()
    sigfillset(&signals)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().body() }
    return nil
}
