// A reply as the mail that it becomes.

import Foundation
import Mail
import Model
import Signing
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

    /// Our Message-ID for a reply, without brackets: the same at each attempt.
    func messageID(of job: MailJob) -> String {
        marks.messageID(job.message.conversation, job.message.id)
    }

    func mail(_ job: MailJob, _ files: [CarriedFile]) -> Result<SMTPMail, MailProblem> {
        guard let to = job.leg.context?["to"].string else {
            return .failure(MailProblem(description: "the customer's mail names no address to answer to"))
        }
        let context = job.leg.context ?? .null
        var lines = [
            "From: \(settings.address)", "To: \(to)", "Subject: Re: \(context["subject"].string ?? job.subject ?? "")",
            "Message-ID: <\(messageID(of: job))>", "Date: Wed, 25 Nov 2026 17:00:00 +0000", "MIME-Version: 1.0",
            "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: base64",
        ]
        if let answered = context["message_id"].string {
            let references = (context["references"].array ?? []).compactMap(\.string) + [answered]
            lines.append("In-Reply-To: <\(answered)>")
            lines.append("References: " + references.map { "<\($0)>" }.joined(separator: "\r\n "))
        }
        lines += ["", BinaryText.base64.encode(Array(job.text.utf8)), ""]
        return .success(
            SMTPMail(
                sender: settings.address, recipients: [to], bytes: Array(lines.joined(separator: "\r\n").utf8)))
    }
}
