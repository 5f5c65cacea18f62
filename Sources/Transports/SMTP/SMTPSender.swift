// The way out for the mails of one server: sessions are kept for the next mail.

import Model

/// Hands over mails, several at a time. Who logs in is asked anew for each session, so that a fresh token is used.
package actor SMTPSender {
    /// How a sender behaves.
    package struct Limits: Sendable {
        /// Sessions at one time; more mails wait.
        package var sessionsMax = 4
        /// Mails of one session: servers have limits of their own.
        package var mailsPerSession = 100
        /// How long a session may rest and still be believed in.
        package var restMax = Duration.seconds(60)

        package init() {}
    }

    private let server: MailServer
    private let network: MailNetwork
    private let greeting: String
    private let limits: Limits
    private let login: @Sendable () async throws(MailFailure) -> MailLogin
    private var resting: [(session: SMTPSession, since: ContinuousClock.Instant)] = []
    private var busy = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// `greeting`: the name that we say we are; a host's.
    package init(
        _ server: MailServer, _ network: MailNetwork, greeting: String, limits: Limits = Limits(),
        login: @escaping @Sendable () async throws(MailFailure) -> MailLogin
    ) {
        (self.server, self.network, self.greeting, self.limits) = (server, network, greeting, limits)
        self.login = login
    }

    /// Hands over one mail and gives a result for each recipient. A session that has gone while it rested is replaced
    /// by a new one, once: the server had not heard of the mail.
    package func send(_ mail: SMTPMail) async -> SMTPReport {
        await enter()
        defer { leave() }
        if let session = await takeResting() {
            let (report, isAnswered) = await session.hand(mail)
            if isAnswered || Task.isCancelled {
                await putBack(session)
                return report
            }
            await session.close()
        }
        var known = MailLogin.none
        do {
            known = try await login()
            let session = try await SMTPSession.open(server, known, network, greeting: greeting)
            let report = await session.send(mail)
            await putBack(session)
            return report
        } catch {
            let outcome = error.outcome(of: known)
            return SMTPReport(
                results: mail.recipients.map {
                    SMTPResult(recipient: $0, outcome: outcome, reply: nil, reason: error.message)
                }, accepted: nil)
        }
    }

    /// Ends the sessions that rest.
    package func close() async {
        let sessions = resting
        resting = []
        for (session, _) in sessions { await session.close() }
    }

    private func enter() async {
        if busy < limits.sessionsMax {
            busy += 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
    }

    /// The place goes to who waits longest.
    private func leave() {
        if waiting.isEmpty { busy -= 1 } else { waiting.removeFirst().resume() }
    }

    private func takeResting() async -> SMTPSession? {
        while let (session, since) = resting.popLast() {
            if ContinuousClock.now - since <= limits.restMax { return session }
            await session.close()
        }
        return nil
    }

    private func putBack(_ session: SMTPSession) async {
        if await session.isOpen, await session.mails < limits.mailsPerSession {
            resting.append((session, .now))
        } else {
            await session.close()
        }
    }
}
