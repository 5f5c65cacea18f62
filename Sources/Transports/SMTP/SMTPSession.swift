// A connection to an SMTP server that mails are handed to, one after the other.

import Model

/// Open and logged in, on a thread of its own. One task uses it at a time.
package actor SMTPSession {
    nonisolated private let executor: ThreadExecutor
    package nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private let server: MailServer
    private let login: MailLogin
    private let network: MailNetwork
    private let wake: WakeSignal
    private var connection: MailConnection?
    private var failure: MailFailure?
    private var parser = SMTPReplyParser()
    private var replies: [SMTPReply] = []
    private var extensions = SMTPExtensions(SMTPReply(code: 250, lines: []))
    private var needsReset = false
    /// How many mails it was given.
    private(set) var mails = 0

    /// Connects and logs in. `greeting`: the name that we say we are (RFC 5321 section 4.1.1.1), a host's.
    package static func open(
        _ server: MailServer, _ login: MailLogin, _ network: MailNetwork, greeting: String
    ) async throws(MailFailure) -> SMTPSession {
        guard let executor = ThreadExecutor(), let wake = WakeSignal() else {
            throw MailFailure(.connect, "the system has no thread or descriptor for a mail session")
        }
        guard !greeting.isEmpty, greeting.utf8.allSatisfy(isNameByte) else {
            throw MailFailure(.refused, "the name to greet with is no host's")
        }
        let session = SMTPSession(executor, wake, server, login, network)
        try await session.connect(greeting)
        return session
    }

    private init(
        _ executor: ThreadExecutor, _ wake: WakeSignal, _ server: MailServer, _ login: MailLogin,
        _ network: MailNetwork
    ) {
        (self.executor, self.wake, self.server, self.login, self.network) = (executor, wake, server, login, network)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "."), UInt8(ascii: "-"): true
        default: false
        }
    }

    private func connect(_ greeting: String) async throws(MailFailure) {
        let result = await wake.during { () throws(MailFailure) in
            let url = MailURL(scheme: .smtp, server: server, greeting: greeting)
            connection = try MailConnection.open(url, login, network, wake)
            // What it said to libcurl's greeting is not told: it is asked again.
            try write(Array("EHLO \(greeting)\r\n".utf8))
            let reply = try reply(within: network.answerTimeout)
            guard reply.isPositive else {
                throw MailFailure(.unavailable, "\(server.authority) does not greet: \(reply.words)")
            }
            extensions = SMTPExtensions(reply)
        }
        if case .failure(let failure) = result {
            fail(failure)
            throw failure
        }
    }

    /// Whether more mails can be given to it, as far as is known.
    package var isOpen: Bool { connection != nil && failure == nil }

    /// Hands over one mail. Nothing is thrown: each recipient has a result. A session that fails is closed; mails of
    /// which the answer was lost after the last dot are `unknownOutcome`, and all others are certainly not taken.
    package func send(_ mail: SMTPMail) async -> SMTPReport { await hand(mail).report }

    /// `isAnswered`: the server said anything at all to it.
    func hand(_ mail: SMTPMail) async -> (report: SMTPReport, isAnswered: Bool) {
        var transaction = SMTPTransaction(mail, extensions, needsReset: needsReset)
        mails += 1
        let result = await wake.during { () throws(MailFailure) in
            if let failure { throw failure }
            try perform(&transaction)
        }
        if case .failure(let failure) = result {
            fail(failure)
            transaction.fail(failure, login: login)
        }
        needsReset = transaction.needsReset
        return (transaction.report, transaction.isAnswered)
    }

    private func perform(_ transaction: inout SMTPTransaction) throws(MailFailure) {
        var action = transaction.begin()
        while true {
            switch action {
            case .send(let bytes): try write(bytes)
            case .sendContent:
                if !transaction.isInVain {
                    try write(transaction.content.stuffed)
                    transaction.isEndSent = true
                }
                try write(SMTPContent.end)
                transaction.contentSent()
            case .wait: break
            case .over: return
            }
            let reply = try reply(within: transaction.isEndSent ? network.storeTimeout : network.answerTimeout)
            // RFC 5321 section 3.8: the server closes, whatever was asked.
            if reply.code == 421, !transaction.isEndSent {
                throw MailFailure(.unavailable, "\(server.authority) says \(reply.words)")
            }
            action = transaction.take(reply)
        }
    }

    /// Says goodbye, if that takes no time, and closes.
    package func close() async {
        if failure == nil {
            // The connection ends either way.
            _ = await wake.during { () throws(MailFailure) in
                try connection?.write(Array("QUIT\r\n".utf8), patience: .seconds(1))
            }
        }
        fail(MailFailure(.broken, "the session is closed"))
    }

    private func fail(_ failure: MailFailure) {
        if self.failure == nil { self.failure = failure }
        connection = nil
    }

    private func write(_ bytes: [UInt8]) throws(MailFailure) {
        try connection?.write(bytes, patience: network.answerTimeout)
    }

    private func reply(within patience: Duration) throws(MailFailure) -> SMTPReply {
        while replies.isEmpty {
            guard let connection else { throw failure ?? MailFailure(.broken, "the session is closed") }
            let came = try connection.read(until: .now + patience) { bytes in
                parser.take(bytes) { replies.append($0) }
            }
            if parser.isBroken { throw MailFailure(.garbled, "\(server.authority) speaks no SMTP") }
            guard came else { throw MailFailure(.timeout, "\(server.authority) said nothing for too long") }
        }
        return replies.removeFirst()
    }
}
