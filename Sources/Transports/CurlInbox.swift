// Where callers and the loop's thread meet: the only state that both touch.

import CCurl
import Synchronization

/// Requests and cancellations on their way to the loop's thread.
final class CurlInbox: Sendable {
    private struct State {
        var arrivals: [CurlJob] = []
        /// Ids whose task was cancelled and whose caller still waits. An id may stand here before its job arrives.
        var cancelled: Set<UInt64> = []
        var stopping = false
        /// Set while the loop runs; `nil` before and after, when nobody would read the inbox.
        var loop: MultiHandle?
        var closedBecause = "the HTTP loop has not started"
    }

    private let state = Mutex(State())
    private let lastID = Atomic<UInt64>(0)
    /// How many ids are cancelled now.
    private let cancelled = Atomic<Int>(0)

    /// An id for a request that is about to be posted.
    func announce() -> UInt64 {
        lastID.wrappingAdd(1, ordering: .relaxed).newValue
    }

    /// Hands a job to the loop; when there is none any more, the job ends here.
    func post(_ job: CurlJob) {
        let refusal: String? = state.withLock { state in
            guard let loop = state.loop else { return state.closedBecause }
            guard !state.stopping else { return "the gateway is shutting down" }
            state.arrivals.append(job)
            // The loop takes all that came at once: only the first has to wake it.
            if state.arrivals.count == 1 { loop.wake() }
            return nil
        }
        if let refusal { job.fail(.connect, sent: false, refusal) }
    }

    func cancel(_ id: UInt64) {
        state.withLock { state in
            if state.cancelled.insert(id).inserted { cancelled.add(1, ordering: .relaxed) }
            state.loop?.wake()
        }
    }

    /// The caller has its outcome, and its task cancels nothing any more. Needs no lock while nothing is cancelled.
    func forget(_ id: UInt64) {
        guard cancelled.load(ordering: .relaxed) > 0 else { return }
        state.withLock { state in
            if state.cancelled.remove(id) != nil { cancelled.subtract(1, ordering: .relaxed) }
        }
    }

    /// Asks the loop to end.
    func stop() {
        state.withLock { state in
            state.stopping = true
            state.loop?.wake()
        }
    }

    // MARK: The loop's side

    /// Opens the inbox: `loop` is woken from now on.
    func open(_ loop: MultiHandle) {
        state.withLock { state in state.loop = loop }
    }

    /// What has come since the last call, and every id that is cancelled now.
    func take() -> (arrivals: [CurlJob], cancelled: Set<UInt64>, stopping: Bool) {
        state.withLock { state in
            defer { state.arrivals = [] }
            return (state.arrivals, state.cancelled, state.stopping)
        }
    }

    /// Closes the inbox for good: nothing wakes the loop any more. Returns the jobs that it has not seen.
    func close(because reason: String) -> [CurlJob] {
        state.withLock { state in
            state.loop = nil
            state.closedBecause = reason
            defer { state.arrivals = [] }
            return state.arrivals
        }
    }
}

/// One request with the caller that waits for it.
struct CurlJob: Sendable {
    let id: UInt64
    let request: HTTPRequest
    /// Where the answer goes as it comes; `nil`: it is kept until it is whole.
    let stream: HTTPStream?
    /// Resumed exactly once: by the inbox that refuses the job, or by the loop when it lets go of it.
    let continuation: CheckedContinuation<HTTPOutcome, Never>
    /// The request's timeout within its bounds.
    let timeout: Duration
    let deadline: ContinuousClock.Instant

    init(
        id: UInt64, request: HTTPRequest, stream: HTTPStream?, continuation: CheckedContinuation<HTTPOutcome, Never>
    ) {
        self.id = id
        self.request = request
        self.stream = stream
        self.continuation = continuation
        timeout = min(max(request.timeout, CurlSettings.timeoutMin), CurlSettings.timeoutMax)
        deadline = .now + timeout
    }

    func fail(_ kind: TransportFailure.Kind, sent: Bool, _ reason: String) {
        continuation.resume(returning: .failure(failure(kind, sent: sent, reason)))
    }

    func failure(_ kind: TransportFailure.Kind, sent: Bool, _ reason: String) -> TransportFailure {
        TransportFailure(kind: kind, sent: sent, message: "\(request.method) \(request.redactedURL): \(reason)")
    }
}

/// libcurl's multi handle on its way to the thread that owns it.
// Sendable by proof: (1) after `CurlInbox.open` only the loop's thread passes `pointer` to libcurl, save in `wake`;
// (2) `curl_multi_wakeup` is the call that libcurl allows from any thread; (3) it is made under the inbox's lock, and
// the loop takes the handle out of the inbox under that lock before it frees it.
struct MultiHandle: @unchecked Sendable {
    let pointer: UnsafeMutableRawPointer

    func wake() {
        // Fails only for a freed handle, which (3) rules out, or a full pipe, and then the loop is awake anyway.
        _ = curl_multi_wakeup(pointer)
    }
}
