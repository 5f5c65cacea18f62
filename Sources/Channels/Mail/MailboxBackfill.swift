// Mails that lie in a folder from before it was watched: taken once, behind all that somebody waits for.

package import Model
import Storage
package import Transports

/// Takes old mails of one folder. Twice does no harm: what is known is recognised.
package struct MailboxBackfill: Sendable {
    private let channel: MailChannel
    private let mailbox: MailSettings.Mailbox
    private let access: MailAccess
    private let folder: String

    /// - Parameter channel: whose deliveries are bulk work.
    package init(_ channel: MailChannel, _ mailbox: MailSettings.Mailbox, _ access: MailAccess, folder: String) {
        self.channel = channel
        self.mailbox = mailbox
        self.access = access
        self.folder = folder
    }

    /// Takes all mails that came in since `time`, or up to two days earlier: servers know days only.
    /// - Parameter report: told how many of how many are done.
    /// - Returns: how many there were.
    /// - Throws: ``MailFailure``, ``StoreError``; what was taken stays taken.
    package func run(
        since time: Timestamp, _ network: MailNetwork, report: @Sendable (_ done: Int, _ total: Int) -> Void
    ) async throws -> Int {
        let session = try await IMAPSession.open(mailbox.server, try await access.login(), network)
        do {
            let opened = try await session.select(folder, readOnly: true)
            let uids = Array(try await session.uids(since: time).numbers)
            report(0, uids.count)
            var done = 0
            try await session.startFetch(uids)
            while let mails = try await session.nextMails() {
                try await channel.takeOld(mails, of: folder, validity: opened.uidValidity)
                done += mails.count
                report(done, uids.count)
            }
            await session.close()
            return done
        } catch {
            await session.close()
            throw error
        }
    }
}
