// One folder of a mailbox: what is new there is taken, in the commit that moves the cursor; then we wait for more.

package import Logging
package import Model
import Storage
package import Transports

/// Reads a folder and keeps an eye on it.
package struct MailboxWatch: Sendable {
    /// How many mails are asked for at one time: what a broken connection makes us ask for again.
    static let mailsMax = 1000
    /// How long nothing may happen before we look by ourselves.
    static let waitMax = Duration.seconds(25 * 60)

    private let channel: MailChannel
    private let mailbox: MailSettings.Mailbox
    private let access: MailAccess
    package let folder: String
    private let logger: Logger

    package init(
        _ channel: MailChannel, _ mailbox: MailSettings.Mailbox, _ access: MailAccess, folder: String, logger: Logger
    ) {
        self.access = access
        self.channel = channel
        self.mailbox = mailbox
        self.folder = folder
        self.logger = logger
    }

    /// Opens the folder and watches it until the connection ends.
    /// - Parameters:
    ///   - claim: the lease under which the folder is read; `nil`: nobody else could read it.
    ///   - looked: told after each look at the folder that ended well.
    /// - Throws: ``MailFailure``; what the store throws: what was committed before stands.
    package func run(
        _ network: MailNetwork, under claim: LeaseClaim?,
        looked: @Sendable (_ taken: Int, _ lag: Duration?) async -> Void
    ) async throws {
        let session = try await open(network)
        do {
            try await watch(session, claim, looked)
        } catch {
            await session.close()
            throw error
        }
        await session.close()
    }

    private func open(_ network: MailNetwork) async throws -> IMAPSession {
        do {
            return try await IMAPSession.open(mailbox.server, try await access.login(), network)
        } catch let failure as MailFailure where failure.kind == .login {
            await access.wasRefused()
            throw failure
        }
    }

    private func watch(
        _ session: IMAPSession, _ claim: LeaseClaim?, _ looked: @Sendable (_ taken: Int, _ lag: Duration?) async -> Void
    ) async throws {
        let opened = try await session.select(folder, readOnly: mailbox.after == .leave)
        var cursor = try await begin(opened, session, claim)
        try await sweep(session, cursor)
        while !Task.isCancelled {
            var found = Found()
            while true {
                let new = Array(try await session.uids(after: cursor.uid).numbers.prefix(Self.mailsMax))
                if new.isEmpty { break }
                try await take(new, &cursor, &found, session, claim)
            }
            await looked(found.count, found.lag)
            _ = try await session.wait(atMost: Self.waitMax)
        }
    }

    /// Where reading begins. A folder whose UIDs have lost their meaning is read again, from the mails on that came
    /// when it was first seen, or up to two days earlier: what is known is recognised by what it says.
    private func begin(
        _ opened: IMAPFolder, _ session: IMAPSession, _ claim: LeaseClaim?
    ) async throws -> MailboxCursor {
        let known = try await channel.cursor(of: folder)
        if let known, known.validity == opened.uidValidity { return known }
        let cursor: MailboxCursor
        if let known {
            logger.warning("the folder's UIDs are new: it is read again", metadata: ["folder": "\(folder)"])
            var start: UInt32 = 0
            if let since = known.since {
                let first = try await session.uids(since: since).numbers.min()
                start = if let first { first - 1 } else { try await end(of: opened, session) }
            }
            cursor = MailboxCursor(validity: opened.uidValidity, uid: start, start: start, since: known.since)
        } else if mailbox.takesOld {
            cursor = MailboxCursor(validity: opened.uidValidity, uid: 0, start: 0, since: nil)
        } else {
            let end = try await end(of: opened, session)
            cursor = MailboxCursor(validity: opened.uidValidity, uid: end, start: end, since: channel.clock.now)
        }
        try await channel.move(cursor, of: folder, under: claim)
        return cursor
    }

    /// The UID of the last mail there is.
    private func end(of opened: IMAPFolder, _ session: IMAPSession) async throws -> UInt32 {
        if let next = opened.uidNext { return max(next, 1) - 1 }
        return try await session.uids(after: 0).numbers.max() ?? 0
    }

    /// What one look at a folder found.
    private struct Found {
        var count = 0
        /// How long the last mail had lain there.
        var lag: Duration?
    }

    /// Takes mails and does with them there what is asked for.
    private func take(
        _ uids: [UInt32], _ cursor: inout MailboxCursor, _ found: inout Found, _ session: IMAPSession,
        _ claim: LeaseClaim?
    ) async throws {
        var progress = MailboxProgress(uids)
        try await session.startFetch(uids)
        while let mails = try await session.nextMails() {
            cursor.uid = progress.took(mails.map(\.uid))
            found.count += try await channel.take(mails, of: folder, moving: cursor, under: claim)
            found.lag = mails.compactMap(\.internalDate).max().map { channel.clock.now - $0 } ?? found.lag
            try Task.checkCancellation()
        }
        try await tidy(session, uids)
    }

    private func tidy(_ session: IMAPSession, _ uids: [UInt32]) async throws {
        switch mailbox.after {
        case .leave: break
        case .flag: try await session.flag(uids, ["\\Seen"])
        case .move(let target): try await session.move(uids, to: target)
        }
    }

    /// Moves what was taken before and is still there: we ended between the commit and the move.
    private func sweep(_ session: IMAPSession, _ cursor: MailboxCursor) async throws {
        guard case .move = mailbox.after, cursor.uid > cursor.start else { return }
        let left = try await session.uids(after: cursor.start).numbers.filter { $0 <= cursor.uid }
        if !left.isEmpty { try await tidy(session, left) }
    }
}
