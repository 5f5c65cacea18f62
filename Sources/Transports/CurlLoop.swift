// The thread that owns libcurl: take what came, let libcurl work, hand out what is done, wait for more.

import CCurl
import Model

/// libcurl's multi handle and the transfers in it. Lives on its own thread from start to end.
final class CurlLoop {
    private let multi: UnsafeMutableRawPointer
    private let settings: CurlSettings
    private let inbox: CurlInbox
    private var transfers: [UnsafeMutableRawPointer: CurlTransfer] = [:]
    private var handles: [UInt64: UnsafeMutableRawPointer] = [:]
    private let attempts = CurlAttempts()
    /// The earliest deadline of all transfers; `nil` without any. May be a past transfer's: then one look is in vain.
    private var nextDeadline: ContinuousClock.Instant?

    /// How long the loop sleeps when neither libcurl nor the inbox has anything to do.
    private static let idleMilliseconds: Int32 = 60_000

    /// Opens the inbox and starts the thread that reads it. When the machine has no memory or thread for that, the
    /// inbox stays closed, and every request gets a failure that says so.
    static func start(_ settings: CurlSettings, _ inbox: CurlInbox) {
        guard curlReady == CURLE_OK, let pointer = curl_multi_init() else {
            _ = inbox.close(because: "libcurl could not start")
            return
        }
        let handle = MultiHandle(pointer: pointer)
        inbox.open(handle)
        let started = LoopThread.start {
            CurlLoop(handle.pointer, settings, inbox).run()
        }
        if !started {
            // The inbox has had no reader and, while its owner is being made, no writer.
            _ = inbox.close(because: "the HTTP loop has no thread")
            curl_multi_cleanup(pointer)
        }
    }

    private init(_ multi: UnsafeMutableRawPointer, _ settings: CurlSettings, _ inbox: CurlInbox) {
        self.multi = multi
        self.settings = settings
        self.inbox = inbox
    }

    private func run() {
        var ending = limitConnections() ? nil : "libcurl takes no limit of connections"
        while ending == nil {
            ending = turn()
        }
        let reason = ending ?? ""
        for job in inbox.close(because: reason) { job.fail(.connect, sent: false, reason) }
        for handle in Array(transfers.keys) {
            finish(handle) { transfer in .failure(transfer.broken(reason)) }
        }
        curl_multi_cleanup(multi)
    }

    private func limitConnections() -> Bool {
        let limits = [
            (CURLMOPT_MAX_TOTAL_CONNECTIONS, CurlSettings.connectionsMax),
            (CURLMOPT_MAX_HOST_CONNECTIONS, CurlSettings.connectionsPerHostMax),
            (CURLMOPT_MAXCONNECTS, CurlSettings.connectionsMax),
        ]
        return limits.allSatisfy { samtal_multi_set_long(multi, $0, $1) == CURLM_OK }
    }

    /// One round; the reason when it was the last.
    private func turn() -> String? {
        let mail = inbox.take()
        if mail.stopping { return "the gateway is shutting down" }
        for id in mail.cancelled {
            guard let handle = handles[id] else { continue }
            finish(handle) { transfer in .failure(transfer.broken("cancelled")) }
        }
        for job in mail.arrivals {
            if mail.cancelled.contains(job.id) {
                job.fail(.reset, sent: false, "cancelled")
            } else {
                begin(job)
            }
        }
        endOverdue()
        guard perform() else { return Self.brokenLoop }
        handOut()
        guard curl_multi_poll(multi, nil, 0, pollMilliseconds(), nil) == CURLM_OK else { return Self.brokenLoop }
        return nil
    }

    /// Lets libcurl work, again as long as it tried addresses: after one that fails at once (refused by the guard, no
    /// route) it picks the next, but opens it only when called again, and no socket tells the poll to do that. Each
    /// round uses up one address at least, so this ends.
    private func perform() -> Bool {
        var running: Int32 = 0
        var before: Int
        repeat {
            before = attempts.count
            guard curl_multi_perform(multi, &running) == CURLM_OK else { return false }
        } while attempts.count != before
        return true
    }

    private func begin(_ job: CurlJob) {
        guard let transfer = CurlTransfer(job, settings, attempts) else {
            job.fail(.connect, sent: false, "libcurl has no memory for the request")
            return
        }
        if let problem = transfer.configure() {
            job.continuation.resume(returning: .failure(problem))
            return
        }
        guard curl_multi_add_handle(multi, transfer.easy) == CURLM_OK else {
            job.fail(.connect, sent: false, "libcurl does not take the request")
            return
        }
        transfers[transfer.easy] = transfer
        handles[job.id] = transfer.easy
        nextDeadline = min(nextDeadline ?? transfer.deadline, transfer.deadline)
    }

    /// Ends what has used up its time. libcurl has a timeout too, but it does not look at transfers that wait for a
    /// free connection.
    private func endOverdue() {
        let now = ContinuousClock.now
        guard let nextDeadline, nextDeadline <= now else { return }
        var nearest: ContinuousClock.Instant?
        for (handle, transfer) in transfers {
            let deadline = transfer.deadline
            if deadline <= now {
                finish(handle) { transfer in .failure(transfer.expired()) }
            } else {
                nearest = min(nearest ?? deadline, deadline)
            }
        }
        self.nextDeadline = nearest
    }

    /// How long to sleep at most: to the next deadline, rounded up so that it has passed then.
    private func pollMilliseconds() -> Int32 {
        guard let nextDeadline else { return Self.idleMilliseconds }
        let left = (nextDeadline - ContinuousClock.now).wholeMilliseconds + 1
        return Int32(min(max(left, 0), Int64(Self.idleMilliseconds)))
    }

    private func handOut() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle else { continue }
            let code = message.pointee.data.result
            finish(handle) { transfer in transfer.outcome(code) }
        }
    }

    /// Takes the transfer out of libcurl and answers its caller. The dictionary lets go of it first, so it cannot
    /// happen twice.
    private func finish(_ handle: UnsafeMutableRawPointer, _ outcome: (CurlTransfer) -> HTTPOutcome) {
        guard let transfer = transfers.removeValue(forKey: handle) else { return }
        handles[transfer.job.id] = nil
        let result = outcome(transfer)
        curl_multi_remove_handle(multi, handle)
        transfer.job.continuation.resume(returning: result)
    }

    private static let brokenLoop = "the HTTP loop has failed; restart the gateway"
}

/// libcurl's process-wide start, made once, by whichever transport is first.
let curlReady: CURLcode = curl_global_init(samtal_global_all)
