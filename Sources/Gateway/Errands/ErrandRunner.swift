// What an installation does by itself, without being asked: polls, streams, registrations. A loop for each, and all are
// replaced when the installation is. What only one node may do runs under a lease, on the node that holds it.

import Logging
package import Model
import ServiceLifecycle
import Storage
import Synchronization

/// Something that runs for as long as its installation is at work.
package protocol Errand: Sendable {
    /// What one node of all does at a time; `nil`: each node does it for itself.
    var lease: String? { get }

    /// Runs until it is cancelled, has nothing left to do, or learns that its lease is another node's.
    /// - Parameter claim: shown with all that is written; `nil`: nobody else could run it.
    mutating func run(under claim: LeaseClaim?) async
}

/// Runs the errands of the present installation until a graceful shutdown.
package final class ErrandRunner: Service {
    private let node: Node
    private let pace: Pace
    private let present = Mutex(Shift([]))

    /// What one installation asks for.
    private struct Shift {
        let errands: [any Errand]
        /// Those that need a lease, by its name.
        let leased: [String: any Errand]
        /// Ends when the next shift begins.
        let end: AsyncStream<Never>
        let finish: AsyncStream<Never>.Continuation

        init(_ errands: [any Errand]) {
            self.errands = errands
            leased = Dictionary(errands.compactMap { errand in errand.lease.map { ($0, errand) } }) { first, _ in first
            }
            (end, finish) = AsyncStream.makeStream(of: Never.self)
        }
    }

    package init(on node: Node, pace: Pace = .system) {
        self.node = node
        self.pace = pace
    }

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
        await node.leave()
    }

    private func work(_ shift: Shift) async {
        await withTaskGroup { group in
            for errand in shift.errands where errand.lease == nil {
                group.addTask {
                    var errand = errand
                    await errand.run(under: nil)
                }
            }
            group.addTask { await self.keep(shift) }
            for await _ in shift.end {}
            group.cancelAll()
        }
        let next = present.withLock { Set($0.leased.keys) }
        await node.release(node.claims.values.filter { shift.leased[$0.name] != nil && !next.contains($0.name) })
    }

    // MARK: - Under leases

    /// What runs under which claim. One at a time for each lease.
    private final class Running: Sendable {
        private let ends = Mutex<[LeaseClaim: AsyncStream<Never>.Continuation]>([:])

        /// Ends what runs under other claims than these.
        func keep(_ claims: Set<LeaseClaim>) {
            ends.withLock { ends in
                for (claim, end) in ends where !claims.contains(claim) { end.finish() }
                ends = ends.filter { claims.contains($0.key) }
            }
        }

        /// - Returns: what ends when it must; `nil`: it runs already.
        func begin(_ claim: LeaseClaim) -> AsyncStream<Never>? {
            ends.withLock { ends in
                guard ends[claim] == nil else { return nil }
                let (end, continuation) = AsyncStream.makeStream(of: Never.self)
                ends[claim] = continuation
                return end
            }
        }
    }

    /// Takes turns, and runs what this node holds, until it is cancelled.
    private func keep(_ shift: Shift) async {
        let running = Running()
        await withDiscardingTaskGroup { group in
            if node.store.isShared { group.addTask { await self.watch(running) } }
            var isFailing = false
            while !Task.isCancelled {
                do {
                    try await node.turn(wanting: Set(shift.leased.keys))
                    if isFailing { node.logger.notice("leases can be renewed again") }
                    isFailing = false
                } catch {
                    if !isFailing { node.logger.error("leases can not be renewed", metadata: ["error": "\(error)"]) }
                    isFailing = true
                }
                let claims = node.claims.values.filter { shift.leased[$0.name] != nil }
                running.keep(Set(claims))
                for claim in claims {
                    guard let errand = shift.leased[claim.name], let end = running.begin(claim) else { continue }
                    group.addTask { await Self.run(errand, under: claim, until: end) }
                }
                // Where nobody else could take anything, there is nothing to renew and nothing to look for.
                if !node.store.isShared, !isFailing { return }
                guard (try? await pace.sleep(node.times.turn)) != nil else { return }
            }
        }
    }

    private static func run(_ errand: any Errand, under claim: LeaseClaim, until end: AsyncStream<Never>) async {
        await withTaskGroup { group in
            group.addTask {
                var errand = errand
                await errand.run(under: claim)
            }
            for await _ in end {}
            group.cancelAll()
        }
    }

    /// Ends everything when the leases have run out because the store could not be reached: a turn may hang on it.
    private func watch(_ running: Running) async {
        while (try? await pace.sleep(node.times.turn / 2)) != nil {
            guard node.isOverdue(), !node.claims.isEmpty else { continue }
            node.forget()
            running.keep([])
            node.logger.error("leases were not renewed for as long as they last; what ran under them has ended")
        }
    }
}
