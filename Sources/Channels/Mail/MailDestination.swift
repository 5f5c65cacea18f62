// Step 8 of the hallway for mails: a reply goes out as one mail, its files in it.

package import Conversations
package import Deliveries
package import Mail
package import Model
package import Storage
package import Transports

/// An e-mail channel as the courier sees it.
package struct MailDestination: Destination {
    /// What one mail may carry; most servers take no more.
    static let files = FileLimits(bytesMax: 20 << 20)

    package let endpoint: Endpoint
    package let budget: RateBudget
    private let access: MailAccess
    private let sender: SMTPSender
    private let files: Files
    private let reports: SendReports
    private let writing: MailWriting

    package init(
        _ settings: MailSettings, marks: ThreadMarks, access: MailAccess, network: MailNetwork, files: Files,
        wiring: Wiring
    ) {
        endpoint = .channel(settings.name)
        self.access = access
        self.files = files
        budget = RateBudget(of: endpoint)
        reports = SendReports(wiring: wiring)
        writing = MailWriting(settings, marks)
        sender = SMTPSender(settings.relay.server, network, greeting: settings.domain) {
            () async throws(MailFailure) in try await access.login()
        }
    }

    package var connectorVersion: String { "mail" }
    package var parallel: Int { 4 }
    /// A server does not tell whether it had a mail before.
    package var isRepeatable: Bool { false }

    package func rateNames(of delivery: Delivery, in transaction: any Transaction) throws -> [RateScope: String] { [:] }

    package func ready(_ delivery: Delivery, in transaction: any Transaction) throws -> Attempt {
        guard let part = ReplyPart(payload: delivery.payload) else {
            return { AttemptResult(.permanent, reason: "the delivery carries no reply", done: 0) }
        }
        let job = Result { try MailJob(part, in: transaction) }
        return { [self] in await attempt(delivery, job) }
    }

    private func attempt(_ delivery: Delivery, _ job: Result<MailJob?, any Error>) async -> AttemptResult {
        do {
            guard let job = try job.get() else {
                return AttemptResult(.permanent, reason: "the message or its leg is not there", done: 0)
            }
            if delivery.state == .sending {
                var lost = AttemptResult(
                    .unknownOutcome, reason: "samtal ended while the mail was handed over: it may have gone out",
                    done: 0)
                lost.id = writing.messageID(of: job)
                return lost
            }
            return try await send(job, delivery)
        } catch {
            return AttemptResult(error, done: delivery.progress)
        }
    }

    private func send(_ job: MailJob, _ delivery: Delivery) async throws -> AttemptResult {
        let wish = FileWish(
            limits: Self.files, wantsBytes: true, linksEnd: delivery.tryingSince + FileLinks.lifetime)
        let carried = try await files.prepare(job.files, as: wish, isPatient: true)
        var parts: [CarriedFile] = []
        for shown in carried.shown {
            if let refusal = shown["refused"].string {
                let name = shown["name"].string ?? "a file"
                return AttemptResult(.permanent, reason: "\(name): \(refusal)", done: 0)
            }
            guard let file = try await carried.file(shown["id"].string ?? "") else { continue }
            parts.append(file)
        }
        let mail: SMTPMail
        do throws(MailProblem) {
            mail = try writing.mail(job, parts)
        } catch {
            return AttemptResult(.permanent, reason: error.description, done: 0)
        }
        let report = await sender.send(mail)
        var result = report.attempt
        result.id = writing.messageID(of: job)
        if result.outcome == .authRefresh { await access.wasRefused() }
        return result
    }

    package func settle(_ attempt: SettledAttempt, in transaction: any Transaction) throws {
        try reports.settle(attempt, in: transaction)
    }
}
