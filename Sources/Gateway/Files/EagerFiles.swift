// The service behind `eager`: woken by the commit that spoke of a file.

import Channels
import Connectors
import Contracts
import Conversations
import Logging
import Model
import Storage

/// Fetches files of endpoints that say `eager`. Two at one time would do no harm, and fetch everything twice.
struct EagerFiles: Errand {
    /// How long it sleeps at most before it looks again: another node may have heard of a file.
    static let napMax = Duration.seconds(60)

    let files: Files
    /// As attachments name them.
    let origins: [String]
    let store: any Store
    let clock: WallClock
    let logger: Logger

    var lease: String? { "files" }

    /// Runs until it is cancelled.
    func run(under claim: LeaseClaim?) async {
        var fetch = EagerFetch(files: files, clock: clock)
        while !Task.isCancelled {
            let seen = store.signals.count(of: .files)
            var due: Timestamp?
            do {
                due = try await fetch.turn(of: origins)
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
        mail.channels.values.map(\.endpoint.description)
            + channels.values.filter(\.connector.fetchesEagerly).map(\.endpoint.description)
            + contracts.values.filter(\.connector.fetchesEagerly).map(\.endpoint.description)
    }
}
