// The old mails of a mailbox, for the command line.

package import Channels
package import Connectors
package import Model
package import Storage
import Transports

/// Takes old mails beside a running gateway: SQLite and PostgreSQL keep the two apart.
package struct Backfiller: Sendable {
    private let channel: MailChannel
    private let mailbox: MailSettings.Mailbox
    private let access: MailAccess
    private let network: MailNetwork

    /// - Throws: settings that do not fit together; there is no such mailbox, or its mails are not fetched.
    package init(_ configuration: Configuration, mailbox name: String, store: any Store) throws(SettingProblems) {
        let transport = CurlTransport(
            guard: AddressGuard(allowing: configuration.allowedRanges),
            responseBytesMax: configuration.limits.responseBytesMax, userAgent: Services.userAgent)
        let foundations = Foundations(
            store: store, transport: transport, machine: JQMachine(threads: 1), clock: .system)
        let installation = try Installation(configuration, on: foundations)
        guard let live = installation.mail.channels[name], let mailbox = live.settings.mailbox,
            let access = installation.mail.access[name]
        else {
            throw SettingProblems([
                SettingProblem(setting: nil, message: "there is no mailbox \(name) whose mails are fetched by imap")
            ])
        }
        channel = live.forBulk
        self.mailbox = mailbox
        self.access = access
        network = configuration.mailNetwork
    }

    /// The folders that are watched.
    package var folders: [String] { mailbox.folders }

    /// Takes the mails of one folder.
    /// - Parameter report: told how many of how many are done.
    /// - Returns: how many there were.
    package func run(
        _ folder: String, since time: Timestamp, report: @Sendable (_ done: Int, _ total: Int) -> Void
    ) async throws -> Int {
        try await MailboxBackfill(channel, mailbox, access, folder: folder).run(since: time, network, report: report)
    }
}
