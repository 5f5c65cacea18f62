// Takes mail from an MTA of the same machine by LMTP: sockets and threads around the conversation.

import Dispatch
import Model
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Where clients come in: never from another machine, for LMTP knows no log-in.
package enum LMTPAddress: Sendable, Hashable {
    /// 127.0.0.1; port 0: any that is free.
    case loopback(port: UInt16)
    /// A socket in the file system; `mode`: who may write to it may hand in mail.
    case socket(path: String, mode: UInt32)
}

/// Listens from its beginning; clients are answered while ``run(_:)`` runs.
package final class LMTPListener: Sendable {
    /// The port, when it listens on loopback; else 0.
    package let port: UInt16

    private let name: String
    private let limits: LMTPLimits
    private let accepts: @Sendable (String) -> LMTPAnswer
    private let descriptor: Int32
    private let wake: WakeSignal
    private let clients = Mutex(0)

    /// - Parameters:
    ///   - name: the host's, for the greeting.
    ///   - accepts: the answer to each recipient's address; 2yz takes it.
    /// - Throws: `refused` with the reason why nobody can be listened to there.
    package init(
        at address: LMTPAddress, name: String, limits: LMTPLimits = LMTPLimits(),
        accepts: @escaping @Sendable (String) -> LMTPAnswer
    ) throws(MailFailure) {
        guard let wake = WakeSignal() else { throw MailFailure(.refused, "the system has no descriptors to give") }
        (descriptor, port) = try LMTPSocket.bound(to: address)
        (self.name, self.limits, self.accepts, self.wake) = (name, limits, accepts, wake)
    }

    deinit {
        close(descriptor)
    }

    /// A mail and who waits for its answers.
    private struct Arrival: Sendable {
        let mail: LMTPMail
        let answer: @Sendable ([LMTPAnswer]) -> Void
    }

    /// Answers clients until the task is cancelled. `deliver` gives the answer for each recipient of a mail, in their
    /// order, after what it says is so: stored, refused for good, or later. Several mails may be under way.
    package func run(_ deliver: @escaping @Sendable (LMTPMail) async -> [LMTPAnswer]) async {
        let (arrivals, arrived) = AsyncStream.makeStream(of: Arrival.self)
        // The thread holds the listener for as long as it looks at its socket.
        let started = LoopThread.start { [self] in
            acceptClients { mail in
                let answers = Handover()
                let arrival = Arrival(mail: mail) { answers.give($0) }
                if case .enqueued = arrived.yield(arrival) { return answers.take() }
                return []
            }
            arrived.finish()
        }
        guard started else { return }
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                for await arrival in arrivals {
                    group.addTask { arrival.answer(await deliver(arrival.mail)) }
                }
            }
        } onCancel: {
            wake.raise()
        }
    }

    // MARK: Threads

    private func acceptClients(_ deliver: @escaping @Sendable (LMTPMail) -> [LMTPAnswer]) {
        let threads = DispatchGroup()
        while LMTPSocket.wait(for: descriptor, POLLIN, wake, .seconds(3600)) != .woken {
            let client = accept(descriptor, nil, nil)
            guard client >= 0 else { continue }
            let isTooMany = clients.withLock { count in
                count += 1
                return count > limits.connectionsMax
            }
            threads.enter()
            let started =
                !isTooMany
                && LoopThread.start { [self] in
                    LMTPClient(client, wake, limits.idle).serve(
                        LMTPConversation(name: name, limits: limits, accepts: accepts), deliver)
                    clients.withLock { $0 -= 1 }
                    threads.leave()
                }
            if !started {
                LMTPClient(client, wake, .seconds(1)).write(Array("421 4.3.2 Too many clients\r\n".utf8))
                clients.withLock { $0 -= 1 }
                threads.leave()
            }
        }
        threads.wait()
    }
}

/// Answers on their way from a task to the thread that waits for them.
private final class Handover: Sendable {
    private let answers = Mutex<[LMTPAnswer]>([])
    private let semaphore = DispatchSemaphore(value: 0)

    func give(_ answers: [LMTPAnswer]) {
        self.answers.withLock { $0 = answers }
        semaphore.signal()
    }

    func take() -> [LMTPAnswer] {
        semaphore.wait()
        return answers.withLock { $0 }
    }
}

/// One accepted connection; it is closed with this.
private final class LMTPClient {
    private let descriptor: Int32
    private let wake: WakeSignal
    private let idle: Duration

    init(_ descriptor: Int32, _ wake: WakeSignal, _ idle: Duration) {
        (self.descriptor, self.wake, self.idle) = (descriptor, wake, idle)
        // Both calls fail only for a descriptor that is none.
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    deinit {
        close(descriptor)
    }

    func serve(_ conversation: LMTPConversation, _ deliver: (LMTPMail) -> [LMTPAnswer]) {
        var conversation = conversation
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            guard write(conversation.takeOutput()) else { return }
            let count = read(descriptor, &buffer, buffer.count)
            if count == 0 || count < 0 && errno != EAGAIN && errno != EINTR { return }
            if count < 0 {
                switch LMTPSocket.wait(for: descriptor, POLLIN, wake, idle) {
                case .ready: continue
                case .woken, .quiet:
                    write(Array("421 4.3.2 Goodbye\r\n".utf8))
                    return
                }
            }
            var event = conversation.receive(buffer[..<count])
            while let now = event {
                guard case .mail(let mail) = now else {
                    write(conversation.takeOutput())
                    return
                }
                event = conversation.answer(deliver(mail))
            }
        }
    }

    @discardableResult
    func write(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EAGAIN && errno != EINTR
                || LMTPSocket.wait(for: descriptor, POLLOUT, nil, .seconds(30)) != .ready
            {
                return false
            }
        }
        return true
    }
}
