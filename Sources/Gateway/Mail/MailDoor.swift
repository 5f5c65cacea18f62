// Where the mail server of this machine hands mails over: each goes to the mailbox that it is addressed to.

import Channels
import Logging
import Model
import ServiceLifecycle
import Storage
import Transports

/// Speaks LMTP (RFC 2033) until a graceful shutdown. A mail is answered for once it is committed.
struct MailDoor: Service {
    private let live: LiveInstallation
    private let listener: LMTPListener
    private let logger: Logger

    /// - Throws: ``MailFailure`` when nobody can be listened to there.
    init(at address: LMTPAddress, live: LiveInstallation, logger: Logger) throws(MailFailure) {
        self.live = live
        self.logger = logger
        listener = try LMTPListener(at: address, name: "samtal") { recipient in
            live.current.mailbox(of: recipient) == nil ? .unknownRecipient : .recipientOK
        }
        logger.notice("listening for mails", metadata: ["lmtp": "\(address)", "port": "\(listener.port)"])
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await self.listener.run { mail in await self.deliver(mail) }
        }
    }

    private func deliver(_ mail: LMTPMail) async -> [LMTPAnswer] {
        // A mail to two addresses of one mailbox is one mail.
        var answers: [String: LMTPAnswer] = [:]
        var result: [LMTPAnswer] = []
        for recipient in mail.recipients {
            guard let mailbox = live.current.mailbox(of: recipient) else {
                result.append(.unknownRecipient)
                continue
            }
            let name = mailbox.settings.name
            let answer: LMTPAnswer
            if let known = answers[name] {
                answer = known
            } else {
                answer = await take(mail, for: recipient, into: mailbox)
            }
            answers[name] = answer
            result.append(answer)
        }
        return result
    }

    private func take(_ mail: LMTPMail, for recipient: String, into mailbox: MailChannel) async -> LMTPAnswer {
        do {
            let outcome = try await mailbox.take(mail.bytes, .lmtp(from: mail.sender, to: recipient))
            logger.debug(
                "a mail was handed over",
                metadata: ["endpoint": "\(mailbox.endpoint)", "outcome": "\(outcome.rawValue)"])
            return .stored
        } catch {
            logger.error(
                "a mail was not taken", metadata: ["endpoint": "\(mailbox.endpoint)", "error": "\(error)"])
            return .later
        }
    }
}

extension Installation {
    /// The mailbox that a recipient's address is one of.
    func mailbox(of recipient: String) -> MailChannel? {
        mail.channels.values.first { $0.settings.receives(recipient) }
    }
}
