// One folder of one mailbox: the connection is kept, and made again whenever it ends.

import Channels
import Logging
import Model
import Storage
import Synchronization
import Transports

/// Keeps a folder watched. A network that fails never ends that, nor does a refused log-in: it is tried again.
struct MailboxLoop: Errand {
    let channel: MailChannel
    let network: MailNetwork
    let store: any Store
    let clock: WallClock
    let pace: Pace
    private let watch: MailboxWatch
    private let logger: Logger

    init(
        _ watch: MailboxWatch, of channel: MailChannel, _ network: MailNetwork, store: any Store, pace: Pace,
        logger: Logger
    ) {
        self.channel = channel
        self.watch = watch
        self.network = network
        self.store = store
        clock = channel.clock
        self.pace = pace
        var logger = logger
        logger[metadataKey: "endpoint"] = "\(channel.endpoint)"
        logger[metadataKey: "folder"] = "\(watch.folder)"
        self.logger = logger
    }

    var lease: String? { "mailbox \(channel.endpoint)/\(watch.folder)" }

    /// Runs until it is cancelled, or its lease is another node's.
    func run(under claim: LeaseClaim?) async {
        var failures = 0
        while !Task.isCancelled {
            logger.info("opening a mailbox")
            let looks = Looks()
            var failure = MailFailure(.broken, "the connection ended")
            do {
                try await watch.run(network, under: claim) { [self] taken, lag in
                    looks.note()
                    await note(taken, lag)
                }
            } catch let error as StoreError where error.code == .leaseLost {
                logger.notice("a mailbox is another node's now; what was fetched was not kept")
                return
            } catch let error as MailFailure {
                failure = error
            } catch {
                failure = MailFailure(.broken, "\(error)")
            }
            guard !Task.isCancelled else { return }
            // What broke off after it had worked is no lasting failure.
            failures = looks.count > 0 ? 1 : failures + 1
            let wait = Backoff.wait(after: failures, failure.kind == .login ? .auth : .transient, asked: nil, pace)
            await note(failure, next: clock.now + wait)
            guard (try? await pace.sleep(wait)) != nil else { return }
        }
    }

    /// Tells of a look that ended well, and warns of a folder that is quieter than it is used to be.
    private func note(_ taken: Int, _ lag: Duration?) async {
        let now = clock.now
        await change { condition in
            let silence = condition.unusualSilence(at: now)
            condition.looked(taken: taken, lag: lag, at: now)
            guard taken == 0, let silence else { return }
            logger.warning("a mailbox is quieter than it is used to be", metadata: ["silence": "\(silence)"])
        }
    }

    private func note(_ failure: MailFailure, next: Timestamp) async {
        logger.warning(
            "a mailbox is not watched",
            metadata: ["kind": "\(failure.kind.rawValue)", "reason": "\(failure)", "next_try": "\(next)"])
        let now = clock.now
        await change { $0.failed(failure.message, next: next, at: now) }
    }

    /// What is told of a folder is for people: a store that can not be written holds up nothing.
    private func change(_ edit: @escaping @Sendable (inout MailboxCondition) -> Void) async {
        let (name, folder) = (channel.settings.name, watch.folder)
        do {
            try await store.write { transaction in
                var condition = try transaction.mailbox(channel: name, folder: folder)
                edit(&condition)
                try transaction.saveMailbox(MailboxRecord(channel: name, folder: folder, condition: condition))
            }
        } catch {
            logger.error("how a mailbox stands can not be written", metadata: ["error": "\(error)"])
        }
    }
}

/// How often one connection looked at its folder and all went well.
private final class Looks: Sendable {
    private let looks = Mutex(0)

    var count: Int { looks.withLock { $0 } }
    func note() { looks.withLock { $0 += 1 } }
}
