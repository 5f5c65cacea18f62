// The service behind `eager`: woken by the commit that spoke of a file.

import Channels
import Connectors
import Contracts
import Conversations
import Logging
import Model
import ServiceLifecycle
import Storage

/// Fetches files of endpoints that say `eager`, until a graceful shutdown.
struct EagerFiles: Service {
    /// How long it sleeps at most before it looks again: a reload may have made an endpoint eager.
    static let napMax = Duration.seconds(60)

    let live: LiveInstallation
    let store: any Store
    let clock: WallClock
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown { await self.work() }
    }

    private func work() async {
        var fetch = EagerFetch(files: live.current.files, clock: clock)
        while !Task.isCancelled {
            let seen = store.signals.count(of: .files)
            let installation = live.current
            fetch.files = installation.files
            var due: Timestamp?
            do {
                due = try await fetch.turn(of: installation.eagerOrigins)
            } catch {
                logger.error("files can not be fetched eagerly", metadata: ["error": "\(error)"])
            }
            let nap = due.map { min(max($0 - clock.now, .milliseconds(10)), Self.napMax) } ?? Self.napMax
            await store.signals.wait(for: .files, after: seen, atMost: nap)
        }
    }
}

extension Installation {
    /// The endpoints whose files are fetched soon after they were spoken of, as attachments name them. Those of
    /// mails lie in the journal, which is emptied one day.
    var eagerOrigins: [String] {
        mailboxes.values.map(\.endpoint.description)
            + channels.values.filter(\.connector.fetchesEagerly).map(\.endpoint.description)
            + contracts.values.filter(\.connector.fetchesEagerly).map(\.endpoint.description)
    }
}
