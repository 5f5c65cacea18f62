import Model
import Testing

@testable import Transports

@Suite("One mail handed to an SMTP server")
struct SMTPTransactionTests {
    private static let everything = ["PIPELINING", "SIZE 1000", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES"]

    private func extensions(_ keywords: [String] = everything) -> SMTPExtensions {
        SMTPExtensions(SMTPReply(code: 250, lines: ["mx.shop.test"] + keywords))
    }

    private func mail(
        _ recipients: [String] = ["kim@cust.test", "sam@cust.test"], text: String = "A: b\r\n\r\nHello",
        sender: String = "desk@shop.test"
    ) -> SMTPMail {
        SMTPMail(sender: sender, recipients: recipients, bytes: Array(text.utf8))
    }

    private func reply(_ line: String) -> SMTPReply {
        SMTPReply(code: Int(line.prefix(3)) ?? 0, lines: [String(line.dropFirst(4))])
    }

    /// Gives the replies one after the other; all that went out, and what became of the mail.
    private func play(
        _ transaction: inout SMTPTransaction, _ replies: [String]
    ) -> (out: String, report: SMTPReport) {
        var out = ""
        func note(_ action: SMTPTransaction.Action) {
            switch action {
            case .send(let bytes): out += String(decoding: bytes, as: UTF8.self)
            case .sendContent:
                out += transaction.isInVain ? "(nothing)\r\n" : "(content)\r\n"
                transaction.isEndSent = !transaction.isInVain
                transaction.contentSent()
            case .wait: break
            case .over: out += "(over)"
            }
        }
        note(transaction.begin())
        for line in replies { note(transaction.take(reply(line))) }
        return (out.replacing("\r\n", with: "|"), transaction.report)
    }

    private func outcomes(_ report: SMTPReport) -> [OutcomeClass] { report.results.map(\.outcome) }

    @Test("All commands go out at once, and each recipient has an answer of its own")
    func pipelined() {
        var transaction = SMTPTransaction(mail(), extensions(), needsReset: false)
        let (out, report) = play(
            &transaction,
            ["250 ok", "250 2.1.5 ok", "550 5.1.1 unknown", "354 go on", "250 2.0.0 queued as 4711"])
        #expect(
            out == "MAIL FROM:<desk@shop.test> SIZE=15|RCPT TO:<kim@cust.test>|RCPT TO:<sam@cust.test>|DATA|"
                + "(content)|(over)")
        #expect(outcomes(report) == [.ok, .recipientUnreachable])
        #expect(report.results[1].reply?.enhanced == "5.1.1")
        #expect(report.results[1].reason == "550 5.1.1 unknown")
        #expect(report.accepted == "250 2.0.0 queued as 4711")
        #expect(!transaction.needsReset)
        #expect(report.attempt.outcome == .recipientUnreachable)
        #expect(report.attempt.saved == ["accepted": ["kim@cust.test"]])
    }

    @Test("A server without pipelining is asked step by step")
    func stepwise() {
        var transaction = SMTPTransaction(mail(), extensions(["SIZE"]), needsReset: false)
        let (out, report) = play(&transaction, ["250 ok", "451 4.7.1 later", "250 ok", "354 go on", "250 ok"])
        #expect(
            out == "MAIL FROM:<desk@shop.test> SIZE=15|RCPT TO:<kim@cust.test>|RCPT TO:<sam@cust.test>|DATA|"
                + "(content)|(over)")
        #expect(outcomes(report) == [.transient, .ok])
        #expect(report.left == ["kim@cust.test"])
        #expect(report.attempt.outcome == .transient)
    }

    @Test("When nobody takes it, a server that waits for it gets nothing")
    func inVain() {
        var transaction = SMTPTransaction(mail(), extensions(), needsReset: false)
        let (out, report) = play(
            &transaction, ["250 ok", "550 5.1.1 no", "450 4.2.1 no", "354 go", "554 5.5.1 nobody"])
        #expect(out.hasSuffix("DATA|(nothing)|(over)"))
        #expect(outcomes(report) == [.recipientUnreachable, .transient])
        #expect(report.accepted == nil)
    }

    @Test("A transaction that was left open is ended before the next one")
    func reset() {
        var transaction = SMTPTransaction(mail(), extensions([]), needsReset: false)
        _ = play(&transaction, ["250 ok", "550 no", "550 no"])
        #expect(transaction.needsReset)
        var next = SMTPTransaction(mail(["kim@cust.test"]), extensions([]), needsReset: true)
        let (out, report) = play(&next, ["250 ok", "250 ok", "250 ok", "354 go", "250 ok"])
        #expect(out == "RSET|MAIL FROM:<desk@shop.test>|RCPT TO:<kim@cust.test>|DATA|(content)|(over)")
        #expect(outcomes(report) == [.ok])
    }

    @Test("What is said of the sender or of the content holds for all that were taken")
    func whole() {
        var refused = SMTPTransaction(mail(), extensions([]), needsReset: false)
        #expect(outcomes(play(&refused, ["530 5.7.0 log in first"]).report) == [.auth, .auth])
        var odd = SMTPTransaction(mail(), extensions([]), needsReset: false)
        let report = play(&odd, ["250 ok", "250 ok", "550 5.1.1 no", "250 ok"]).report
        #expect(outcomes(report) == [.transient, .recipientUnreachable])
        var end = SMTPTransaction(mail(), extensions(), needsReset: false)
        let (_, last) = play(&end, ["250 ok", "250 ok", "550 5.1.1 no", "354 go", "554 5.7.1 spam"])
        #expect(outcomes(last) == [.permanent, .recipientUnreachable])
    }

    @Test("Silence before the last dot is no harm, after it nobody knows")
    func silence() {
        let broken = MailFailure(.broken, "the connection broke")
        var before = SMTPTransaction(mail(), extensions(), needsReset: false)
        _ = play(&before, ["250 ok", "250 ok", "550 5.1.1 no"])
        before.fail(broken, login: .none)
        #expect(outcomes(before.report) == [.transient, .recipientUnreachable])
        var after = SMTPTransaction(mail(), extensions(), needsReset: false)
        _ = play(&after, ["250 ok", "250 ok", "550 5.1.1 no", "354 go"])
        after.fail(broken, login: .none)
        #expect(outcomes(after.report) == [.unknownOutcome, .recipientUnreachable])
        #expect(after.report.attempt.outcome == .unknownOutcome)
    }

    @Test("What a server cannot take is not tried")
    func needs() {
        var large = SMTPTransaction(mail(text: String(repeating: "x", count: 2000)), extensions(), needsReset: false)
        #expect(play(&large, []).out == "(over)")
        #expect(large.report.results[0].reason == "the mail has 2002 bytes, and the server takes 1000")
        var plain = SMTPTransaction(mail(text: "A: b\n\nblåbær"), extensions([]), needsReset: false)
        #expect(outcomes(play(&plain, []).report) == [.permanent, .permanent])
        var bit = SMTPTransaction(mail(["k@x.test"], text: "A: b\n\nblåbær"), extensions(), needsReset: false)
        #expect(play(&bit, []).out.hasPrefix("MAIL FROM:<desk@shop.test> SIZE=18 BODY=8BITMIME|"))
        var header = SMTPTransaction(mail(["k@x.test"], text: "A: å\n\nb"), extensions(), needsReset: false)
        #expect(play(&header, []).out.hasPrefix("MAIL FROM:<desk@shop.test> SIZE=12 BODY=8BITMIME SMTPUTF8|"))
        var address = SMTPTransaction(mail(["blåbær@x.test"]), extensions(), needsReset: false)
        #expect(play(&address, []).out.contains(" SMTPUTF8|RCPT TO:<blåbær@x.test>|"))
        var old = SMTPTransaction(mail(["blåbær@x.test"]), extensions([]), needsReset: false)
        #expect(outcomes(play(&old, []).report) == [.permanent])
    }

    @Test("An address that would be another command is refused, the others go on")
    func addresses() {
        let addresses = ["a@b.c>\r\nRCPT TO:<x@y.z", "a b@c.d", "", "kim@cust.test"]
        var transaction = SMTPTransaction(mail(addresses), extensions(), needsReset: false)
        let (out, report) = play(&transaction, ["250 ok", "250 ok", "354 go", "250 ok"])
        #expect(out == "MAIL FROM:<desk@shop.test> SIZE=15|RCPT TO:<kim@cust.test>|DATA|(content)|(over)")
        #expect(outcomes(report) == [.permanent, .permanent, .permanent, .ok])
        var bounce = SMTPTransaction(mail(["kim@cust.test"], sender: ""), extensions([]), needsReset: false)
        #expect(play(&bounce, []).out == "MAIL FROM:<>|")
        var evil = SMTPTransaction(mail(["kim@cust.test"], sender: "a\r\nb"), extensions([]), needsReset: false)
        #expect(outcomes(play(&evil, []).report) == [.permanent])
    }

    @Test(
        "Content has one kind of line break and hides no end",
        arguments: [
            ("a\nb", "a\r\nb\r\n"), ("a\r\nb\r\n", "a\r\nb\r\n"), ("a\rb", "a\r\nb\r\n"), (".", "..\r\n"),
            ("a\n.\nMAIL FROM:<x>", "a\r\n..\r\nMAIL FROM:<x>\r\n"), ("a\r.\r\nb", "a\r\n..\r\nb\r\n"),
            ("a.\r\n.b", "a.\r\n..b\r\n"), ("", ""), ("\n\n", "\r\n\r\n"),
        ])
    func content(text: String, wire: String) {
        let content = SMTPContent(Array(text.utf8))
        #expect(String(decoding: content.stuffed, as: UTF8.self) == wire)
        #expect(content.size == wire.utf8.count - wire.split(separator: "\r\n").filter { $0.hasPrefix("..") }.count)
    }

    @Test(
        "An answer is classed by its code and its enhanced code",
        arguments: [
            ("250 2.1.5 ok", OutcomeClass.ok), ("421 4.3.2 closing", .transient), ("451 4.7.1 greylisted", .transient),
            ("450 4.7.28 slow down", .throttled), ("452 4.5.3 too many recipients", .throttled),
            ("452 4.2.2 full", .transient), ("550 5.1.1 unknown", .recipientUnreachable),
            ("550 unknown", .recipientUnreachable),
            ("550 5.2.1 disabled", .recipientUnreachable), ("552 5.2.3 too large", .permanent),
            ("552 full", .transient),
            ("550 5.7.1 spam", .permanent), ("550 5.1.8 bad sender", .permanent), ("554 5.7.1 relay", .permanent),
            ("535 5.7.8 credentials", .auth), ("500 5.5.2 what", .permanent), ("550 4.1.1 odd", .recipientUnreachable),
        ])
    func classes(line: String, outcome: OutcomeClass) {
        #expect(reply(line).outcome(toRecipient: true) == outcome)
    }

    @Test("Replies are read in pieces of any size, and nonsense ends the stream")
    func parser() {
        let bytes = Array("250-mx.test\r\n250-SIZE 10\n250 HELP\r\n354\r\n550 5.1.1 a\r\n".utf8)
        for pieces in 1...bytes.count {
            var parser = SMTPReplyParser()
            var replies: [SMTPReply] = []
            for start in stride(from: 0, to: bytes.count, by: pieces) {
                bytes[start..<min(start + pieces, bytes.count)].withUnsafeBytes {
                    parser.take($0) { replies.append($0) }
                }
            }
            #expect(replies.map(\.code) == [250, 354, 550])
            #expect(replies.first?.lines == ["mx.test", "SIZE 10", "HELP"])
        }
        for text in ["* OK IMAP\r\n", "25\r\n", "250-a\r\n251 b\r\n", "999 x\r\n", "250x\r\n", "\r\n"] {
            var parser = SMTPReplyParser()
            Array(text.utf8).withUnsafeBytes { parser.take($0) { _ in Issue.record("\(text) is a reply") } }
            #expect(parser.isBroken, "\(text)")
        }
    }
}
