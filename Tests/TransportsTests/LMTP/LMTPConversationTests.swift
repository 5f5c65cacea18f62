import Testing

@testable import Transports

@Suite("A conversation with an LMTP client")
struct LMTPConversationTests {
    private func conversation(_ change: (inout LMTPLimits) -> Void = { _ in }) -> LMTPConversation {
        var limits = LMTPLimits()
        change(&limits)
        return LMTPConversation(name: "desk.test", limits: limits) { address in
            address.hasPrefix("no") ? .unknownRecipient : .recipientOK
        }
    }

    /// What is answered to a client that says all this, in pieces of so many bytes; mails get these answers.
    private func talk(
        _ conversation: LMTPConversation, _ text: String, pieces: Int = 1 << 20,
        answers: [LMTPAnswer] = [.stored, .stored]
    ) -> (replies: [String], mails: [LMTPMail], isClosed: Bool) {
        var conversation = conversation
        _ = conversation.takeOutput()
        var (mails, isClosed, output) = ([LMTPMail](), false, [UInt8]())
        let bytes = Array(text.replacing("\n", with: "\r\n").utf8)
        for start in stride(from: 0, to: bytes.count, by: pieces) where !isClosed {
            var event = conversation.receive(bytes[start..<min(start + pieces, bytes.count)])
            while let now = event {
                guard case .mail(let mail) = now else {
                    isClosed = true
                    break
                }
                mails.append(mail)
                event = conversation.answer(answers)
            }
            output += conversation.takeOutput()
        }
        let lines = String(decoding: output, as: UTF8.self).split(separator: "\r\n").map(String.init)
        return (lines, mails, isClosed)
    }

    private static let session = """
        LHLO mx.test
        MAIL FROM:<kim@cust.test> SIZE=20 BODY=8BITMIME
        RCPT TO:<desk+a@shop.test>
        RCPT TO:<no@shop.test>
        RCPT TO:<sam@shop.test>
        DATA
        Subject: x

        ..a dot
        ...
        end
        .
        QUIT

        """

    @Test(
        "Each recipient is answered after DATA, whatever pieces the client sends", arguments: [1, 2, 3, 7, 64, 1 << 20])
    func whole(pieces: Int) {
        let later = LMTPAnswer(451, "4.3.0", "the store\r\nrests")
        let (replies, mails, isClosed) = talk(conversation(), Self.session, pieces: pieces, answers: [.stored, later])
        #expect(
            replies == [
                "250-desk.test", "250-PIPELINING", "250-ENHANCEDSTATUSCODES", "250-8BITMIME", "250-SMTPUTF8",
                "250 SIZE 52428800", "250 2.1.0 Sender OK", "250 2.1.5 Recipient OK",
                "550 5.1.1 No such recipient here",
                "250 2.1.5 Recipient OK", "354 Go on, and end with a dot", "250 2.0.0 Stored",
                "451 4.3.0 the store  rests", "221 2.0.0 Goodbye",
            ])
        let content = Array("Subject: x\r\n\r\n.a dot\r\n..\r\nend\r\n".utf8)
        #expect(
            mails == [
                LMTPMail(sender: "kim@cust.test", recipients: ["desk+a@shop.test", "sam@shop.test"], bytes: content)
            ])
        #expect(isClosed)
    }

    @Test("A mail without an answer is one for later")
    func unanswered() {
        let (replies, _, _) = talk(conversation(), Self.session, answers: [.stored])
        #expect(replies.suffix(3) == ["250 2.0.0 Stored", "451 4.3.0 Not now, try again later", "221 2.0.0 Goodbye"])
    }

    @Test("An end that hides between odd line breaks is content")
    func smuggling() {
        var conversation = conversation()
        _ = conversation.receive(Array("LHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<a@b.test>\r\nDATA\r\n".utf8))
        let content = "a\n.\nb\r.\rc\r\n.\nMAIL FROM:<x@y.test>\r\n"
        guard case .mail(let mail) = conversation.receive(Array("\(content).\r\n".utf8)) else {
            Issue.record("no mail")
            return
        }
        #expect(String(decoding: mail.bytes, as: UTF8.self) == content.replacing("\r\n.\n", with: "\r\n\n"))
        #expect(mail.sender == "")
    }

    @Test("A mail over the limit is refused for each recipient, and the next one is taken")
    func tooLarge() {
        let small = conversation { $0.mailBytesMax = 100 }
        let big = String(repeating: "x", count: 200)
        let start =
            "LHLO a\nMAIL FROM:<a@b.test> SIZE=101\nMAIL FROM:<a@b.test>\n"
            + "RCPT TO:<a@c.test>\nRCPT TO:<b@c.test>\nDATA\n"
        let next = "MAIL FROM:<a@b.test>\nRCPT TO:<a@c.test>\nDATA\nhello\n.\n"
        let (replies, mails, _) = talk(small, "\(start)\(big)\nshort\n.\n\(next)", pieces: 50)
        let refusal = "552 5.3.4 The mail is too large"
        #expect(replies.filter { $0 == refusal }.count == 3)
        #expect(replies.last == "250 2.0.0 Stored")
        #expect(mails.map(\.bytes) == [Array("hello\r\n".utf8)])
    }

    @Test("A line of content of any length arrives whole")
    func longLine() {
        let line = "." + String(repeating: "y", count: 3 << 20)
        let start = "LHLO a\nMAIL FROM:<>\nRCPT TO:<a@c.test>\nDATA\n"
        let (_, mails, _) = talk(conversation(), "\(start).\(line)\n.\n", pieces: 65_536)
        #expect(mails.first?.bytes == Array("\(line)\r\n".utf8))
    }

    @Test(
        "What is no command, or comes at the wrong time, is refused",
        arguments: [
            ("EHLO a", "500 5.5.1"), ("HELO a", "500 5.5.1"), ("LHLO", "501 5.5.4"),
            ("MAIL FROM:<a@b.test>", "503 5.5.1"),
            ("RCPT TO:<a@b.test>", "503 5.5.1"), ("DATA", "503 5.5.1"), ("", "500 5.5.1"), ("a\u{0}b", "500 5.5.2"),
            ("VRFY kim", "252 2.1.5"), ("NOOP", "250 2.0.0"), ("rset", "250 2.0.0"),
            (String(repeating: "x", count: 5000), "500 5.5.2"),
        ])
    func refusals(line: String, code: String) {
        for pieces in [1, 100, 1 << 20] {
            let (replies, mails, _) = talk(conversation(), "\(line)\nNOOP\n", pieces: pieces)
            #expect(replies.first?.hasPrefix(code) == true)
            #expect(replies.count == 2 && replies.last == "250 2.0.0 OK")
            #expect(mails.isEmpty)
        }
    }

    @Test(
        "Addresses are read as RFC 5321 writes them",
        arguments: [
            ("FROM:<kim@cust.test>", "kim@cust.test"), ("from: <kim@cust.test> SIZE=1", "kim@cust.test"),
            ("FROM:<>", ""),
            ("FROM:<@relay,@mx:kim@cust.test>", "kim@cust.test"), ("FROM:<\"a >b\"@c.test>", "\"a >b\"@c.test"),
            ("FROM:<blåbær@øl.test>", "blåbær@øl.test"), ("FROM:kim@cust.test", nil), ("FROM:<kim@cust.test", nil),
            ("FROM:<kim>", nil), ("FROM:<@b.test>", nil), ("FROM:<a b@c.test>", nil), ("FROM:<a@b@c.test>x", nil),
            ("TO:<a@b.test>", nil), ("FROM:<a@>", nil), ("", nil),
        ])
    func paths(text: String, path: String?) {
        #expect(LMTPPath.read(text[...], after: "FROM:")?.path == path)
    }

    @Test("A client that makes too many mistakes is sent away")
    func mistakes() {
        let (replies, _, isClosed) = talk(
            conversation { $0.mistakesMax = 3 }, String(repeating: "what\n", count: 10))
        #expect(isClosed)
        #expect(replies.count == 4 && replies.last?.hasPrefix("421") == true)
    }

    @Test("There are not more recipients than may be")
    func recipients() {
        let many = conversation { $0.recipientsMax = 2 }
        let recipients = (1...3).map { "RCPT TO:<r\($0)@c.test>\n" }.joined()
        let (replies, mails, _) = talk(many, "LHLO a\nMAIL FROM:<>\n\(recipients)DATA\nx\n.\n")
        #expect(replies.contains("452 4.5.3 Too many recipients"))
        #expect(mails.first?.recipients == ["r1@c.test", "r2@c.test"])
    }

    @Test("No nonsense makes it trap")
    func nonsense() {
        var random = SystemRandomNumberGenerator()
        let seed = Array(Self.session.replacing("\n", with: "\r\n").utf8)
        for _ in 0..<2000 {
            var bytes = seed
            for _ in 0..<Int.random(in: 1...10, using: &random) {
                let at = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[at] = .random(in: 0...255, using: &random)
                case 1: bytes.remove(at: at)
                default: bytes.insert(contentsOf: "\r\n.<>\"@:".utf8.shuffled(using: &random).prefix(3), at: at)
                }
            }
            var conversation = conversation()
            let pieces = Int.random(in: 1...60, using: &random)
            for start in stride(from: 0, to: bytes.count, by: pieces) {
                var event = conversation.receive(bytes[start..<min(start + pieces, bytes.count)])
                while case .mail(let mail)? = event {
                    #expect(!mail.recipients.isEmpty)
                    event = conversation.answer([])
                }
            }
        }
    }
}
