import Channels
import Foundation
import Mail
import Model
import Storage
import TestSupport
import Testing

@Suite("Mails in the hall")
struct MailHallTests {
    @Test("A mail opens a conversation, and its file is read out of the journal when somebody needs it")
    func opens() async throws {
        let desk = try await MailDesk()
        let mail = """
            From: =?utf-8?q?Ad=C3=A9le?= <adele@cust.test>
            To: support@shop.test
            Subject: Invoice
            Message-ID: <m1@cust.test>
            MIME-Version: 1.0
            Content-Type: multipart/mixed; boundary=b

            --b
            Content-Type: text/plain; charset=utf-8

            Here it is.

            --b
            Content-Type: application/pdf
            Content-Disposition: attachment; filename="invoice.pdf"
            Content-Transfer-Encoding: base64

            SGVsbG8=
            --b--

            """
        #expect(try await desk.bring(mail) == .applied)
        let message = try #require(try await desk.message("m1@cust.test"))
        #expect(message.text == "Here it is." && message.authorName == "Adéle")
        #expect(message.fields?["subject"] == "Invoice")
        let file = try await desk.store.read { try $0.attachments(of: message.id) }.first?.file
        let reference = try #require(file)
        #expect(reference.name == "invoice.pdf" && reference.size == 5)
        let files = MailFiles(store: desk.store, reading: MailReading())
        let fetched = await files.fetch(reference, from: .channel("support"))
        #expect(
            fetched == .fetched(CarriedFile(name: "invoice.pdf", type: "application/pdf", bytes: Array("Hello".utf8))))
        guard case .refused = await files.fetch(reference, from: .channel("other")) else {
            Issue.record("another channel gets the file")
            return
        }
    }

    @Test("The answer to our mail comes back to its conversation, by the address or by the id that we signed")
    func comesBack() async throws {
        let desk = try await MailDesk()
        try await desk.receive("m1@cust.test")
        let conversation = try #require(try await desk.conversation(of: "m1@cust.test"))
        let (_, name) = try await desk.answer(conversation.id)
        let address = try #require(desk.marks.replyAddress(conversation.id))
        try await desk.receive("m2@cust.test", to: address, "Thanks\r\n\r\nOn Fri, Shop wrote:\r\n> It left today.")
        try await desk.receive("m3@cust.test", "And the other?", more: ["In-Reply-To: <\(name)>"])
        #expect(try await desk.conversation(of: "m2@cust.test")?.id == conversation.id)
        #expect(try await desk.conversation(of: "m3@cust.test")?.id == conversation.id)
        let second = try #require(try await desk.message("m2@cust.test"))
        #expect(second.text == "Thanks" && second.fields?["placed"] == "signed-address")
        #expect(second.fields?["quoted"].string?.contains("It left today.") == true)
        #expect(second.fields?["claims"].isNull == true)
        #expect(try await desk.message("m3@cust.test")?.fields?["placed"] == "signed-reference")
    }

    @Test("A stranger who names a known mail opens a conversation of their own, which points to the other")
    func stranger() async throws {
        let desk = try await MailDesk()
        try await desk.receive("m1@cust.test")
        try await desk.receive("m2@cust.test", "More", more: ["References: <m1@cust.test>"])
        try await desk.receive("e1@evil.test", from: "eve@evil.test", "Hi", more: ["In-Reply-To: <m1@cust.test>"])
        let first = try #require(try await desk.conversation(of: "m1@cust.test"))
        #expect(try await desk.conversation(of: "m2@cust.test")?.id == first.id)
        let own = try #require(try await desk.conversation(of: "e1@evil.test"))
        #expect(own.id != first.id && own.former == first.id)
        #expect(try await desk.message("e1@evil.test")?.fields?["placed"] == "strangers-reference")
    }

    @Test("Who was let in by a participant writes in the conversation, and gets no answer that does not name them")
    func guest() async throws {
        let desk = try await MailDesk()
        try await desk.receive("m1@cust.test")
        let conversation = try #require(try await desk.conversation(of: "m1@cust.test"))
        let address = try #require(desk.marks.replyAddress(conversation.id))
        try await desk.receive("b1@cust.test", from: "Bob <bob@cust.test>", to: address, "I am her husband")
        #expect(try await desk.conversation(of: "b1@cust.test")?.id == conversation.id)
        let (answer, _) = try await desk.answer(conversation.id)
        let leg = try #require(try await desk.store.read { try $0.leg(answer.leg) })
        #expect(leg.context?["to"] == "ada@cust.test")
        let legs = try await desk.store.read { try $0.legs(of: conversation.id) }
        #expect(legs.map(\.isGuest).sorted { !$0 && $1 } == [false, true])
    }

    @Test("The same mail twice is one message; two mails under one Message-ID are two")
    func repeats() async throws {
        let desk = try await MailDesk()
        try await desk.receive("m1@cust.test")
        #expect(try await desk.receive("m1@cust.test", more: ["Received: by another way"]) == .duplicate)
        #expect(try await desk.receive("m1@cust.test", "Something else") == .applied)
        let count = try await desk.store.read { try $0.conversations(before: nil, status: nil, limit: 9).count }
        #expect(count == 2)
        #expect(try await desk.receive("m1@cust.test", "Something else") == .duplicate)
    }

    @Test("An address that our server vouches for and the same address unvouched are two people")
    func trust() async throws {
        let desk = try await MailDesk(trusted: ["mx.shop.test"])
        let good = "Authentication-Results: mx.shop.test; dmarc=pass header.from=cust.test"
        let forged = "Authentication-Results: mx.evil.test; dmarc=pass header.from=cust.test"
        try await desk.receive("m1@cust.test", more: [good])
        try await desk.receive("m2@cust.test", "Cancel it", more: [forged, "In-Reply-To: <m1@cust.test>"])
        let first = try #require(try await desk.conversation(of: "m1@cust.test"))
        let second = try #require(try await desk.conversation(of: "m2@cust.test"))
        #expect(first.id != second.id && first.person != second.person && second.former == first.id)
        try await desk.receive("m3@cust.test", "And?", more: [good, "In-Reply-To: <m1@cust.test>"])
        #expect(try await desk.conversation(of: "m3@cust.test")?.id == first.id)
        let people = try await desk.store.read {
            try [$0.person(first.person)?.email, $0.person(second.person)?.email]
        }
        #expect(people == ["ada@cust.test", nil])
    }

    @Test("What programs write is kept in the journal and opens no ticket, unless samtal.yaml wants it")
    func automatic() async throws {
        let away = ["Auto-Submitted: auto-replied", "X-Autoreply: yes"]
        let desk = try await MailDesk()
        #expect(try await desk.receive("a1@cust.test", "I am away", more: away) == .filtered)
        #expect(try await desk.message("a1@cust.test") == nil)
        let wanted = try await MailDesk(tickets: ["auto-reply", "out-of-office"])
        #expect(try await wanted.receive("a1@cust.test", "I am away", more: away) == .applied)
    }

    @Test("Our own mail that comes into the mailbox opens no ticket")
    func ownMail() async throws {
        let desk = try await MailDesk()
        try await desk.receive("m1@cust.test")
        let conversation = try #require(try await desk.conversation(of: "m1@cust.test"))
        let (_, name) = try await desk.answer(conversation.id)
        #expect(try await desk.receive(name, from: "Shop <support@shop.test>", "It left today.") == .filtered)
        let count = try await desk.store.read { try $0.conversations(before: nil, status: nil, limit: 9).count }
        #expect(count == 1)
    }

    @Test("A bounce fails the answer that it is about; one about an id that we did not sign does nothing")
    func bounces() async throws {
        let desk = try await MailDesk()
        try await desk.receive("m1@cust.test")
        let conversation = try #require(try await desk.conversation(of: "m1@cust.test"))
        let (answer, name) = try await desk.answer(conversation.id)
        try await desk.bring(Self.bounce(of: "c.\(name.dropFirst(2).reversed())"))
        #expect(try await desk.store.read { try $0.message(answer.id)?.state } == .sent)
        try await desk.bring(Self.bounce(of: name))
        let failed = try await desk.store.read { try $0.message(answer.id) }
        #expect(failed?.state == .failed)
        #expect(failed?.stateReason?.contains("5.1.1") == true)
    }

    private static func bounce(of id: String) -> String {
        """
        From: Mail Delivery System <MAILER-DAEMON@mx.cust.test>
        To: support@shop.test
        Subject: Undelivered Mail Returned to Sender
        Message-ID: <bounce-\(id.hashValue)@mx.cust.test>
        Content-Type: multipart/report; report-type=delivery-status; boundary=b

        --b
        Content-Type: text/plain

        I am sorry.
        --b
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.cust.test

        Final-Recipient: rfc822; ada@cust.test
        Action: failed
        Status: 5.1.1
        Diagnostic-Code: smtp; 550 5.1.1 unknown user

        --b
        Content-Type: text/rfc822-headers

        Message-ID: <\(id)>
        Subject: Re: Order 17
        --b--

        """
    }

    @Test("Two programs that answer one another are cut off; what waits in quarantine can be replayed")
    func loops() async throws {
        let desk = try await MailDesk()
        try await desk.receive("m0@cust.test")
        for number in 1...25 {
            try await desk.receive("m\(number)@cust.test", "Again \(number)", more: ["In-Reply-To: <m0@cust.test>"])
        }
        let held = try await desk.store.read { try $0.quarantined(limit: 99) }
        #expect(held.count == 5)
        #expect(held.allSatisfy { $0.reason?.hasPrefix("a loop, it seems") == true })
        let entry = try #require(held.first)
        let replayed = try await desk.channel.replay(entry, at: desk.fresh.clock.now, isRehearsal: false)
        #expect(replayed != nil)
        #expect(try await desk.store.read { try $0.quarantined(limit: 99).count } == 4)
    }

    @Test(
        "Any bytes become a message or wait in quarantine",
        arguments: ["", "\0\0\0", "From: \r\n\r\n", "\u{FF}\u{FE}x"])
    func anything(_ text: String) async throws {
        let desk = try await MailDesk()
        let outcome = try await desk.bring(text)
        #expect([.applied, .quarantined].contains(outcome))
    }
}
