// What an installation does by itself, without being asked: polls, streams, registrations. A loop for each, and all are
// replaced when the installation is.

import ServiceLifecycle
import Synchronization

/// Something that runs for as long as its installation is at work.
package protocol Errand: Sendable {
    /// Runs until it is cancelled or has nothing left to do.
    mutating func run() async
}

/// Runs the errands of the present installation until a graceful shutdown.
package final class ErrandRunner: Service {
    private let present = Mutex(Shift([]))

    /// What one installation asks for.
    private struct Shift {
        let errands: [any Errand]
        /// Ends when the next shift begins.
        let end: AsyncStream<Never>
        let finish: AsyncStream<Never>.Continuation

        init(_ errands: [any Errand]) {
            self.errands = errands
            (end, finish) = AsyncStream.makeStream(of: Never.self)
        }
    }

    package init() {}

    /// Replaces what is run: at the start, and after a reload. The old errands end before the new ones begin.
    package func serve(_ errands: [any Errand]) {
        present.withLock { shift in
            shift.finish.finish()
            shift = Shift(errands)
        }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled { await self.work(self.present.withLock { $0 }) }
        }
    }

    private func work(_ shift: Shift) async {
        await withTaskGroup { group in
            for errand in shift.errands {
                group.addTask {
                    var errand = errand
                    await errand.run()
                }
            }
            for await _ in shift.end {}
            group.cancelAll()
        }
    }
}
