// The server's side of LMTP without a socket (RFC 2033): bytes come in; replies and mails go out.

/// What a client may do.
package struct LMTPLimits: Sendable {
    /// Bytes of one mail.
    package var mailBytesMax = 50 << 20
    /// Recipients of one mail; at least 100 (RFC 5321 section 4.5.3.1.8).
    package var recipientsMax = 100
    /// Mistakes of a client before it is sent away.
    package var mistakesMax = 20
    /// How long a client may say nothing.
    package var idle = Duration.seconds(300)
    /// Clients at one time.
    package var connectionsMax = 32

    package init() {}
}

/// A mail as a client handed it over.
package struct LMTPMail: Sendable, Hashable {
    /// Empty: the mail has none, like a bounce.
    package var sender: String
    /// Those whom we answered well; each of them gets a reply of its own.
    package var recipients: [String]
    package var bytes: [UInt8]
}

/// A reply of ours: for a recipient at RCPT, or for a recipient's mail.
package struct LMTPAnswer: Sendable, Hashable {
    package let code: Int
    /// RFC 3463.
    package let enhanced: String
    package let text: String

    package init(_ code: Int, _ enhanced: String, _ text: String) {
        (self.code, self.enhanced, self.text) = (code, enhanced, text)
    }

    /// The mail is stored: the client need not keep it.
    package static let stored = Self(250, "2.0.0", "Stored")
    package static let recipientOK = Self(250, "2.1.5", "Recipient OK")
    package static let unknownRecipient = Self(550, "5.1.1", "No such recipient here")
    /// The client keeps the mail and tries again.
    package static let later = Self(451, "4.3.0", "Not now, try again later")

    /// One line whatever the text holds.
    var line: String { "\(code) \(enhanced) \(MailFailure.cleaned(text))\r\n" }
}

/// One connection of a client. Commands may come many at a time (RFC 2920).
struct LMTPConversation {
    enum Event {
        /// Stops here until ``answer(_:)`` is called.
        case mail(LMTPMail)
        /// Nothing comes after the output.
        case close
    }

    static let lineBytesMax = 2048

    /// Replies to be sent.
    private(set) var output: [UInt8] = []

    private enum State {
        case commands
        case content
        /// A mail is out, and its answers are awaited.
        case answers(Int)
        case closed
    }

    private let name: String
    private let limits: LMTPLimits
    private let accepts: @Sendable (String) -> LMTPAnswer
    private var state = State.commands
    private var input: [UInt8] = []
    private var at = 0
    private var isGreeted = false
    private var sender: String?
    private var recipients: [String] = []
    private var content: [UInt8] = []
    private var isTooLarge = false
    private var isSkipping = false
    /// The beginning of the line at hand was taken already.
    private var isMidLine = false
    private var mistakes = 0

    /// `name`: the host's, for the greeting. `accepts`: the answer to RCPT for an address; 2yz takes it.
    init(name: String, limits: LMTPLimits, accepts: @escaping @Sendable (String) -> LMTPAnswer) {
        (self.name, self.limits, self.accepts) = (name, limits, accepts)
        say("220 \(name) LMTP")
    }

    mutating func takeOutput() -> [UInt8] {
        defer { output = [] }
        return output
    }

    /// Takes what the client said. `nil`: more must come.
    mutating func receive(_ bytes: some Sequence<UInt8>) -> Event? {
        input += bytes
        return proceed()
    }

    /// The answers to the mail, in the order of its recipients; a missing one is `later`. Goes on with what the client
    /// has said meanwhile.
    mutating func answer(_ answers: [LMTPAnswer]) -> Event? {
        guard case .answers(let count) = state else { return nil }
        for index in 0..<count { say(index < answers.count ? answers[index] : .later) }
        state = .commands
        return proceed()
    }

    private mutating func proceed() -> Event? {
        while true {
            switch state {
            case .answers: return nil
            case .closed: return .close
            case .commands:
                guard let line = nextLine() else { return nil }
                perform(line)
            case .content:
                guard nextContent() else { return nil }
                if let mail = endContent() { return .mail(mail) }
            }
        }
    }

    // MARK: Lines

    /// The next command without its line break; `nil`: it is not whole.
    private mutating func nextLine() -> [UInt8]? {
        while let end = input[at...].firstIndex(of: 0x0A) {
            let line = input[at..<end]
            drop(upTo: end + 1)
            if isSkipping || line.count > Self.lineBytesMax {
                isSkipping = false
                mistake("500 5.5.2 Line too long")
                if case .closed = state { return nil }
                continue
            }
            return Array(line.last == 0x0D ? line.dropLast() : line)
        }
        if input.count - at > Self.lineBytesMax {
            isSkipping = true
            (input, at) = ([], 0)
        }
        return nil
    }

    /// What was read is let go of, but not at every line.
    private mutating func drop(upTo end: Int) {
        at = end
        if at == input.count {
            (input, at) = ([], 0)
        } else if at > 1 << 16 {
            input.removeFirst(at)
            at = 0
        }
    }

    private mutating func say(_ line: String) { output += Array("\(line)\r\n".utf8) }
    private mutating func say(_ answer: LMTPAnswer) { output += Array(answer.line.utf8) }

    private mutating func mistake(_ line: String) {
        mistakes += 1
        guard mistakes > limits.mistakesMax else { return say(line) }
        say("421 4.7.0 Too many mistakes")
        state = .closed
    }
}

// MARK: - Commands

extension LMTPConversation {
    private mutating func perform(_ bytes: [UInt8]) {
        guard let line = String(validating: bytes, as: UTF8.self), line.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
        else { return mistake("500 5.5.2 That is no command") }
        let verb = line.prefix { $0 != " " }.uppercased()
        let argument = line.dropFirst(verb.count).drop { $0 == " " }
        switch verb {
        case "LHLO": greet(argument)
        case "MAIL": mail(argument)
        case "RCPT": recipient(argument)
        case "DATA": data(argument)
        case "RSET":
            reset()
            say("250 2.0.0 OK")
        case "NOOP": say("250 2.0.0 OK")
        case "VRFY": say("252 2.1.5 Send mail, and see")
        case "QUIT":
            say("221 2.0.0 Goodbye")
            state = .closed
        // RFC 2033 section 4.1: HELO and EHLO are of another protocol, and must not be taken.
        default: mistake("500 5.5.1 Unknown command")
        }
    }

    private mutating func reset() {
        (sender, recipients) = (nil, [])
    }

    private mutating func greet(_ argument: Substring) {
        guard !argument.isEmpty else { return mistake("501 5.5.4 Who are you?") }
        reset()
        isGreeted = true
        let lines = [
            name, "PIPELINING", "ENHANCEDSTATUSCODES", "8BITMIME", "SMTPUTF8", "SIZE \(limits.mailBytesMax)",
        ]
        for (index, line) in lines.enumerated() { say("250\(index + 1 == lines.count ? " " : "-")\(line)") }
    }

    private mutating func mail(_ argument: Substring) {
        guard isGreeted else { return mistake("503 5.5.1 LHLO first") }
        guard sender == nil else { return mistake("503 5.5.1 There is a sender already") }
        guard let (path, parameters) = LMTPPath.read(argument, after: "FROM:") else {
            return mistake("501 5.1.7 That is no sender")
        }
        for parameter in parameters {
            let parts = parameter.split(separator: "=", maxSplits: 1)
            switch (parts.first?.uppercased(), parts.count > 1 ? String(parts[1]) : nil) {
            case ("SIZE", let value?):
                // RFC 1870 section 6.1.
                guard let size = Int(value), size >= 0 else { return mistake("501 5.5.4 That is no size") }
                guard size <= limits.mailBytesMax else { return say("552 5.3.4 The mail is too large") }
            case ("BODY", "7BIT"?), ("BODY", "8BITMIME"?), ("SMTPUTF8", nil): break
            default: return mistake("555 5.5.4 Unknown parameter")
            }
        }
        sender = path
        say("250 2.1.0 Sender OK")
    }

    private mutating func recipient(_ argument: Substring) {
        guard sender != nil else { return mistake("503 5.5.1 MAIL first") }
        guard let (path, parameters) = LMTPPath.read(argument, after: "TO:"), !path.isEmpty else {
            return mistake("501 5.1.3 That is no recipient")
        }
        guard parameters.isEmpty else { return mistake("555 5.5.4 Unknown parameter") }
        guard recipients.count < limits.recipientsMax else { return say("452 4.5.3 Too many recipients") }
        let answer = accepts(path)
        if answer.code / 100 == 2 { recipients.append(path) }
        say(answer)
    }

    private mutating func data(_ argument: Substring) {
        // RFC 2033 section 4.2: without a good recipient DATA must fail.
        guard !recipients.isEmpty else { return mistake("503 5.5.1 No valid recipients") }
        guard argument.isEmpty else { return mistake("501 5.5.4 DATA takes nothing") }
        say("354 Go on, and end with a dot")
        (content, isTooLarge, isMidLine, state) = ([], false, false, .content)
    }

    // MARK: Content

    /// Takes what is there of the content; whether it is whole. Only CRLF ends a line here: an end that somebody hid
    /// between other line breaks is content.
    private mutating func nextContent() -> Bool {
        while true {
            // Each round begins at the start of a line.
            guard let end = endOfLine() else {
                // A line that is not whole is kept back, unless it is longer than any line of sense.
                if input.count - at > 1 << 20 { takeUnended() }
                return false
            }
            let line = input[at..<end]
            if isMidLine {
                isMidLine = false
                take(line)
            } else if line.first == UInt8(ascii: ".") {
                if line.count == 3 {
                    drop(upTo: end)
                    return true
                }
                take(line.dropFirst())
            } else {
                take(line)
            }
            drop(upTo: end)
        }
    }

    /// Behind the next CRLF.
    private func endOfLine() -> Int? {
        var from = at
        while let end = input[from...].firstIndex(of: 0x0A) {
            if end > at, input[end - 1] == 0x0D { return end + 1 }
            from = end + 1
        }
        return nil
    }

    /// Takes what is there of a very long line, but for its last byte, which may be half a line break.
    private mutating func takeUnended() {
        let start = !isMidLine && input[at] == UInt8(ascii: ".") ? at + 1 : at
        take(input[start..<input.count - 1])
        isMidLine = true
        drop(upTo: input.count - 1)
    }

    private mutating func take(_ bytes: ArraySlice<UInt8>) {
        if content.count + bytes.count > limits.mailBytesMax {
            (isTooLarge, content) = (true, [])
        } else if !isTooLarge {
            content += bytes
        }
    }

    private mutating func endContent() -> LMTPMail? {
        let mail = LMTPMail(sender: sender ?? "", recipients: recipients, bytes: content)
        content = []
        reset()
        guard !isTooLarge else {
            for _ in mail.recipients { say("552 5.3.4 The mail is too large") }
            state = .commands
            return nil
        }
        state = .answers(mail.recipients.count)
        return mail
    }
}
