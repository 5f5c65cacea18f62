// The service that runs all polls: a loop for each, replaced as a whole when the installation is.

package import Connectors
package import Logging
package import Model
package import ServiceLifecycle
import Synchronization

/// Runs the polls of the present installation until a graceful shutdown.
package final class Poller: Service {
    private let clock: WallClock
    private let pace: Pace
    private let logger: Logger
    private let present: Mutex<Shift>

    /// What one installation asks for.
    private struct Shift {
        let takers: [any PollTaker]
        /// Ends when the next shift begins.
        let end: AsyncStream<Never>
        let finish: AsyncStream<Never>.Continuation

        init(_ takers: [any PollTaker]) {
            self.takers = takers
            (end, finish) = AsyncStream.makeStream(of: Never.self)
        }
    }

    package init(clock: WallClock, pace: Pace, logger: Logger) {
        self.clock = clock
        self.pace = pace
        self.logger = logger
        present = Mutex(Shift([]))
    }

    /// Replaces what is polled: at the start, and after a reload. The old loops end before the new ones begin.
    package func serve(_ takers: [any PollTaker]) {
        present.withLock { shift in
            shift.finish.finish()
            shift = Shift(takers)
        }
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled { await self.work(self.present.withLock { $0 }) }
        }
    }

    private func work(_ shift: Shift) async {
        await withTaskGroup { group in
            for taker in shift.takers {
                for poll in taker.connector.polls {
                    let loop = PollLoop(taker: taker, poll: poll, clock: clock, pace: pace, logger: logger)
                    group.addTask {
                        var loop = loop
                        await loop.run()
                    }
                }
            }
            for await _ in shift.end {}
            group.cancelAll()
        }
    }
}
