// One mail handed to a server, without a socket: replies go in, what to send comes out (RFC 5321 section 3.3,
// PIPELINING by RFC 2920).

import Model

/// What a server says in answer to EHLO.
struct SMTPExtensions: Hashable {
    /// In upper case, with their parameters.
    private let keywords: [String: String]

    init(_ reply: SMTPReply) {
        keywords = Dictionary(
            reply.lines.dropFirst().map { line in
                let words = line.split(separator: " ", maxSplits: 1)
                return ((words.first ?? "").uppercased(), words.count > 1 ? String(words[1]) : "")
            }, uniquingKeysWith: { first, _ in first })
    }

    func has(_ keyword: String) -> Bool { keywords[keyword] != nil }

    /// Bytes that it takes; `nil`: it does not say.
    var sizeMax: Int? { keywords["SIZE"].flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil } }
}

/// From MAIL to the answer after the last dot.
struct SMTPTransaction {
    enum Action {
        case send([UInt8])
        /// The content, then the last dot.
        case sendContent
        case wait
        case over
    }

    private enum Awaited {
        case reset
        case mail
        case recipient(Int)
        case data
        case end
    }

    let content: SMTPContent
    private(set) var results: [SMTPResult]
    private(set) var accepted: String?
    /// The last dot may have left: from here on silence means that it may be done.
    var isEndSent = false
    /// The server has answered something: it is there.
    private(set) var isAnswered = false
    /// A transaction is open at the server that is not to be continued.
    private(set) var needsReset: Bool
    private let sender: String
    private let extensions: SMTPExtensions
    private var awaited: [Awaited] = []
    private var isMailTaken = false

    init(_ mail: SMTPMail, _ extensions: SMTPExtensions, needsReset: Bool) {
        content = SMTPContent(mail.bytes)
        (sender, self.extensions, self.needsReset) = (mail.sender, extensions, needsReset)
        results = mail.recipients.map { SMTPResult(recipient: $0, outcome: .transient, reason: "not tried") }
    }

    /// The indices of recipients that nothing speaks against so far.
    private var open: [Int] { results.indices.filter { results[$0].outcome == .transient && results[$0].reply == nil } }

    mutating func begin() -> Action {
        for index in results.indices {
            if let problem = Self.problem(results[index].recipient) { refuse([index], problem) }
        }
        if let problem = Self.problem(sender), !sender.isEmpty { refuse(open, "the sender: \(problem)") }
        if let problem = needs() { refuse(open, problem) }
        guard !open.isEmpty else { return .over }
        var lines: [String] = []
        if needsReset {
            lines.append("RSET")
            awaited.append(.reset)
        }
        lines.append("MAIL FROM:<\(sender)>\(parameters)")
        awaited.append(.mail)
        guard extensions.has("PIPELINING") else {
            // One at a time: the rest follows with each answer.
            return .send(Self.bytes(lines))
        }
        for index in open {
            lines.append("RCPT TO:<\(results[index].recipient)>")
            awaited.append(.recipient(index))
        }
        lines.append("DATA")
        awaited.append(.data)
        return .send(Self.bytes(lines))
    }

    mutating func take(_ reply: SMTPReply) -> Action {
        isAnswered = true
        guard !awaited.isEmpty else { return .over }
        switch awaited.removeFirst() {
        case .reset:
            needsReset = false
        case .mail:
            isMailTaken = reply.isPositive
            needsReset = reply.isPositive
            if !reply.isPositive { settle(open, reply, toRecipient: false) }
        case .recipient(let index):
            if isMailTaken {
                results[index].reply = reply
                if reply.isPositive { return next() }
                settle([index], reply, toRecipient: true)
            }
        case .data:
            if reply.code == 354 { return .sendContent }
            settle(taken, reply, toRecipient: false, isDone: false)
        case .end:
            needsReset = false
            if reply.isPositive, !taken.isEmpty { accepted = reply.words }
            settle(taken, reply, toRecipient: false)
        }
        return next()
    }

    /// The content is on its way: its answer is awaited.
    mutating func contentSent() {
        awaited.append(.end)
    }

    /// Nobody takes the mail, but the server waits for it: an empty one ends that (RFC 2920 section 3.1).
    var isInVain: Bool { taken.isEmpty }

    /// There will be no more answers: those who have none get this.
    mutating func fail(_ failure: MailFailure, login: MailLogin) {
        for index in taken + open {
            results[index].outcome = isEndSent ? .unknownOutcome : failure.outcome(of: login)
            results[index].reply = nil
            results[index].reason = isEndSent ? "\(failure.message); the mail may have been taken" : failure.message
        }
    }

    var report: SMTPReport { SMTPReport(results: results, accepted: accepted) }

    // MARK: Steps

    /// Recipients that the server takes the mail for.
    private var taken: [Int] {
        results.indices.filter { results[$0].outcome == .transient && results[$0].reply?.isPositive == true }
    }

    private mutating func next() -> Action {
        if !awaited.isEmpty { return .wait }
        guard isMailTaken else { return .over }
        if !extensions.has("PIPELINING") {
            if let index = open.first {
                awaited.append(.recipient(index))
                return .send(Self.bytes(["RCPT TO:<\(results[index].recipient)>"]))
            }
            if !taken.isEmpty {
                awaited.append(.data)
                return .send(Self.bytes(["DATA"]))
            }
        }
        return .over
    }

    /// `isDone`: whether a good answer means that the mail is taken; to DATA it would be no answer at all.
    private mutating func settle(_ indices: [Int], _ reply: SMTPReply, toRecipient: Bool, isDone: Bool = true) {
        let outcome = reply.isPositive && !isDone ? .transient : reply.outcome(toRecipient: toRecipient)
        for index in indices {
            results[index].outcome = outcome
            results[index].reply = reply
            results[index].reason = outcome == .ok ? nil : reply.words
        }
    }

    private mutating func refuse(_ indices: [Int], _ problem: String) {
        for index in indices {
            results[index].outcome = .permanent
            results[index].reason = problem
        }
    }

    // MARK: What is said

    private static func bytes(_ lines: [String]) -> [UInt8] { Array(lines.map { "\($0)\r\n" }.joined().utf8) }

    private var parameters: String {
        var words = ""
        if extensions.has("SIZE") { words += " SIZE=\(content.size)" }
        if content.hasEightBit, extensions.has("8BITMIME") { words += " BODY=8BITMIME" }
        if isInternational { words += " SMTPUTF8" }
        return words
    }

    /// RFC 6531: an address or a header beyond US-ASCII.
    private var isInternational: Bool {
        content.hasEightBitHeaders
            || ([sender] + results.map(\.recipient)).contains { !$0.utf8.allSatisfy { $0 < 0x80 } }
    }

    /// What the mail needs and the server does not offer.
    private func needs() -> String? {
        if let most = extensions.sizeMax, content.size > most {
            return "the mail has \(content.size) bytes, and the server takes \(most)"
        }
        if isInternational, !extensions.has("SMTPUTF8") { return "the server takes no addresses beyond US-ASCII" }
        if content.hasEightBit, !extensions.has("8BITMIME") { return "the server takes no mails of 8 bits" }
        return nil
    }

    /// Why an address can be no part of a command. Whether it exists is the server's to say.
    private static func problem(_ address: String) -> String? {
        let isSafe = address.utf8.allSatisfy {
            $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "<") && $0 != UInt8(ascii: ">")
        }
        return !isSafe || address.isEmpty || address.utf8.count > 320 ? "that is no address" : nil
    }
}
