// A reply as the mail that it becomes.

import Mail
import Model
import Transports

/// Why a reply can not become a mail.
struct MailProblem: Error, CustomStringConvertible {
    let description: String
}

/// Writes the mails of one mailbox.
struct MailWriting: Sendable {
    private let settings: MailSettings
    private let marks: ThreadMarks

    init(_ settings: MailSettings, _ marks: ThreadMarks) {
        self.settings = settings
        self.marks = marks
    }

    /// Our Message-ID for a reply, without brackets: signed, and the same at each attempt.
    func messageID(of job: MailJob) -> String {
        marks.messageID(job.message.conversation, job.message.id)
    }

    /// The mail with its envelope. Answers of people come to the signed address; what machines say comes to the plain
    /// one.
    func mail(_ job: MailJob, _ files: [CarriedFile]) throws(MailProblem) -> SMTPMail {
        let context = job.leg.context ?? .null
        guard let to = context["to"].string else {
            throw MailProblem(description: "the customer's mail names no address to answer to")
        }
        var mail = OutgoingMail(
            from: MailAddress(name: settings.displayName ?? job.message.authorName, address: settings.address),
            to: [MailAddress(name: context["to_name"].string, address: to)],
            subject: Self.answer(to: context["subject"].string ?? job.subject), date: job.message.at,
            messageID: messageID(of: job), text: text(of: job))
        mail.replyTo = marks.replyAddress(job.message.conversation).map {
            MailAddress(name: mail.from.name, address: $0)
        }
        if let answered = context["message_id"].string {
            mail.inReplyTo = answered
            mail.references = (context["references"].array ?? []).compactMap(\.string) + [answered]
        }
        mail.files = files.map { OutgoingMail.File(name: $0.name, type: $0.type, bytes: $0.bytes) }
        do throws(MailWriteError) {
            return SMTPMail(
                sender: settings.address, recipients: [to], bytes: try MailWriter.write(mail).bytes)
        } catch {
            throw MailProblem(description: "the mail can not be written: \(error)")
        }
    }

    /// The text, and a marker for the programs that change addresses and ids.
    private func text(of job: MailJob) -> String {
        "\(job.text)\n\n\(marks.textMarker(job.message.conversation))\n"
    }

    /// RFC 5322 section 3.6.5.
    private static func answer(to subject: String?) -> String {
        guard let subject, !subject.isEmpty else { return "Re:" }
        return subject.lowercased().hasPrefix("re:") ? subject : "Re: \(subject)"
    }
}
