// One folder of one mailbox: the connection is kept, and made again whenever it ends.

import Channels
import Logging
import Model
import Storage
import Transports

/// Keeps a folder watched. A network that fails never ends that, nor does a refused log-in: it is tried again.
struct MailboxLoop: Errand {
    let channel: MailChannel
    let mailbox: MailSettings.Mailbox
    let folder: String
    let network: MailNetwork
    let clock: WallClock
    let pace: Pace
    private let watch: MailboxWatch
    private let logger: Logger

    init(
        _ channel: MailChannel, _ mailbox: MailSettings.Mailbox, folder: String, _ network: MailNetwork,
        clock: WallClock, pace: Pace, logger: Logger
    ) {
        self.channel = channel
        self.mailbox = mailbox
        self.folder = folder
        self.network = network
        self.clock = clock
        self.pace = pace
        var logger = logger
        logger[metadataKey: "endpoint"] = "\(channel.endpoint)"
        logger[metadataKey: "folder"] = "\(folder)"
        self.logger = logger
        watch = MailboxWatch(channel, mailbox, folder: folder, logger: logger)
    }

    var lease: String? { "mailbox \(channel.endpoint)/\(folder)" }

    /// Runs until it is cancelled, or its lease is another node's.
    mutating func run(under claim: LeaseClaim?) async {
        var failures = 0
        while !Task.isCancelled {
            let looks = Looks()
            logger.info("opening a mailbox")
            var outcome = OutcomeClass.transient
            var reason = "the connection ended"
            do {
                try await watch.run(network, under: claim) { taken in looks.note(taken) }
            } catch let error as StoreError where error.code == .leaseLost {
                logger.notice("a mailbox is another node's now; what was fetched was not kept")
                return
            } catch let failure as MailFailure {
                (outcome, reason) = (failure.outcome(of: mailbox.login), failure.message)
            } catch {
                reason = "\(error)"
            }
            guard !Task.isCancelled else { return }
            // What broke off after it had worked is no lasting failure.
            failures = looks.count > 0 ? 1 : failures + 1
            let wait = Backoff.wait(after: failures, outcome, asked: nil, pace)
            logger.warning(
                "a mailbox is not watched",
                metadata: [
                    "outcome": "\(outcome.rawValue)", "reason": "\(reason)", "failures": "\(failures)",
                    "next_try": "\(clock.now + wait)",
                ])
            guard (try? await pace.sleep(wait)) != nil else { return }
        }
    }
}
