// How a thread that waits in poll(2) is told at once that nobody wants its answer any more.

import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A pipe: what is written to it makes every poll on it return, now and later.
final class WakeSignal: Sendable {
    /// To be polled for `POLLIN`.
    let descriptor: Int32
    private let writing: Int32
    private let raised = Atomic(false)

    /// `nil` when the system has no descriptors to give.
    init?() {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return nil }
        for end in ends {
            // Both calls fail only for a descriptor that is none.
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
        }
        (descriptor, writing) = (ends[0], ends[1])
    }

    deinit {
        close(descriptor)
        close(writing)
    }

    var isRaised: Bool { raised.load(ordering: .acquiring) }

    func raise() {
        raised.store(true, ordering: .releasing)
        var byte: UInt8 = 1
        // A full pipe wakes as well.
        _ = write(writing, &byte, 1)
    }
}

extension WakeSignal {
    /// Does blocking work where its caller is; when the task is cancelled meanwhile, its waits end at once.
    func during<Value: Sendable>(
        isolation: isolated (any Actor)? = #isolation, _ work: () throws(MailFailure) -> Value
    ) async -> Result<Value, MailFailure> {
        await withTaskCancellationHandler {
            do throws(MailFailure) { return .success(try work()) } catch { return .failure(error) }
        } onCancel: {
            raise()
        }
    }
}
