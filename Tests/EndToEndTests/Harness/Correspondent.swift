// A customer with a mailbox of their own, on a real mail server.

import Model
import TestSupport
import Transports

/// Writes and reads mails as a customer's program does.
struct Correspondent {
    let address: String
    let server: LiveMailServer

    /// Hands a mail to Postfix.
    /// - Parameter more: further header fields.
    func send(_ id: String, to recipient: String, subject: String, _ text: String, more: [String] = []) async throws {
        let lines =
            [
                "From: Customer <\(address)>", "To: \(recipient)", "Subject: \(subject)", "Message-ID: <\(id)>",
            ] + more + ["", text, ""]
        let session = try await SMTPSession.open(server.smtp, .none, server.network, greeting: "cust.test")
        let mail = SMTPMail(
            sender: address, recipients: [recipient], bytes: Array(lines.joined(separator: "\r\n").utf8))
        let report = await session.send(mail)
        await session.close()
        guard report.results.allSatisfy({ $0.outcome == .ok }) else {
            throw Refused(reason: report.results.compactMap(\.reason).joined(separator: ", "))
        }
    }

    struct Refused: Error {
        let reason: String
    }

    /// Waits for mails in the mailbox.
    /// - Returns: all that are there once there are so many, as text.
    func mails(_ count: Int) async throws -> [String] {
        let session = try await IMAPSession.open(server.imap, server.login(address), server.network)
        _ = try await session.select("INBOX", readOnly: true)
        var uids = Array(try await session.uids(after: 0).numbers)
        while uids.count < count {
            _ = try await session.wait(atMost: .seconds(30))
            uids = Array(try await session.uids(after: 0).numbers)
        }
        var mails: [String] = []
        try await session.startFetch(uids)
        while let some = try await session.nextMails() {
            for case .whole(let bytes) in some.map(\.content) { mails.append(String(decoding: bytes, as: UTF8.self)) }
        }
        await session.close()
        return mails
    }

    /// The value of a header field of a mail, unfolded.
    static func field(_ name: String, of mail: String) -> String? {
        let header = mail.components(of: "\r\n\r\n").first ?? ""
        let unfolded = header.replacing("\r\n ", with: " ").replacing("\r\n\t", with: " ")
        let line = unfolded.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
        return line.map { $0.dropFirst(name.count + 1).drop { $0 == " " }.description }
    }
}

extension String {
    fileprivate func components(of separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map { String($0) }
    }
}
