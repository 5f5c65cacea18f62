import Model
import Testing

@testable import Mail

@Suite("Mails that are written")
struct MailWriterTests {
    static let moment = Timestamp(milliseconds: 1_772_359_200_000)

    private func mail(_ text: String = "Body.") -> OutgoingMail {
        OutgoingMail(
            from: MailAddress(name: "Shop", address: "help@shop.example"),
            to: [MailAddress(name: nil, address: "ann@example.com")], subject: "Hello", date: Self.moment,
            messageID: "m1@shop.example", text: text)
    }

    private func text(_ mail: OutgoingMail) throws -> String {
        String(decoding: try MailWriter.write(mail).bytes, as: UTF8.self)
    }

    @Test("A plain mail is plain")
    func plain() throws {
        #expect(
            try text(mail())
                == """
                From: Shop <help@shop.example>\r
                To: ann@example.com\r
                Subject: Hello\r
                Date: Sun, 01 Mar 2026 10:00:00 +0000\r
                Message-ID: <m1@shop.example>\r
                MIME-Version: 1.0\r
                Content-Type: text/plain; charset=utf-8\r
                Content-Transfer-Encoding: 7bit\r
                \r
                Body.\r

                """)
    }

    @Test("What is written is read the same: text, HTML, pictures, files, and every field")
    func roundTrip() throws {
        var mail = mail("Grüße,\n\nFrom here\n.\n-- \nAnn " + String(repeating: "lång ", count: 300) + "end")
        mail.html = "<p>Grüße <img src=\"cid:pic@x\"></p>"
        mail.cc = [MailAddress(name: "Ek, Åsa \"the boss\"", address: "asa@example.com")]
        mail.replyTo = MailAddress(name: "Lee, Ann", address: "help+t1@shop.example")
        mail.subject = "Re: Größe und Maß 😀 " + String(repeating: "wörter ", count: 40) + "=?x"
        mail.inReplyTo = "b@x.example"
        mail.references = ["a@x.example", "b@x.example"]
        mail.autoSubmitted = "auto-replied"
        mail.files = [
            OutgoingMail.File(name: "a.png", type: "image/png", bytes: [0, 1, 2, 0xFF], contentID: "pic@x"),
            OutgoingMail.File(
                name: "Årsrapport " + String(repeating: "x", count: 90) + ".pdf", type: "application/pdf",
                bytes: Array(repeating: 7, count: 1000)),
            OutgoingMail.File(name: "a \"b\" (1).txt", type: "text/plain", bytes: Array("x\r\ny".utf8)),
        ]
        let written = try MailWriter.write(mail)
        #expect(!written.needsSMTPUTF8)
        #expect(written.bytes.allSatisfy { $0 < 0x80 })
        let read = MailReader.read(written.bytes)
        #expect(read.complaints == [])
        #expect(read.text == mail.text)
        #expect(read.html == mail.html)
        #expect(read.from == [mail.from])
        #expect(read.to == mail.to)
        #expect(read.cc == mail.cc)
        #expect(read.replyTo == [MailAddress(name: "Lee, Ann", address: "help+t1@shop.example")])
        #expect(read.subject == mail.subject)
        #expect(read.date == mail.date)
        #expect(read.messageID == mail.messageID)
        #expect(read.inReplyTo == ["b@x.example"])
        #expect(read.references == mail.references)
        #expect(read.headers.first("Auto-Submitted") == "auto-replied")
        #expect(read.parts.map(\.bytes) == mail.files.map(\.bytes))
        #expect(read.parts.map(\.name) == mail.files.map(\.name))
        #expect(read.parts.map(\.role) == [.inline, .file, .file])
        #expect(read.parts[0].contentID == "pic@x")
    }

    @Test("Texts of every kind come back as they were, and no line is too long", arguments: 0..<200)
    func texts(seed: UInt64) throws {
        var random = SplitMix(seed: seed)
        let alphabet =
            Array("ab =.-_\t\n\n<>&?\"'é中😀\u{A0}FromF--").map(String.init) + [
                "From ", "\n.", "=?utf-8?Q?", "--=_samtal-0",
            ]
        func words(_ count: Int) -> String {
            (0..<Int(random.next() % UInt64(count))).map { _ in alphabet[Int(random.next() % UInt64(alphabet.count))] }
                .joined()
        }
        var mail = mail(PlainText.clean(words(400)))
        mail.subject =
            "x"
            + words(120).replacing("\n", with: " ").replacing("\t", with: " ").split(separator: " ").joined(
                separator: " ")
        let name = FileName.safe("a" + words(80).replacing("/", with: ""))
        mail.files = [OutgoingMail.File(name: name, type: "application/pdf", bytes: Array(words(300).utf8))]
        let written = try MailWriter.write(mail).bytes
        let lines = written.split(separator: 0x0A, omittingEmptySubsequences: false)
        #expect(lines.allSatisfy { $0.count <= 998 && ($0.isEmpty || $0.last == 0x0D) })
        let read = MailReader.read(written)
        #expect(read.text == mail.text)
        #expect(read.subject == mail.subject)
        #expect(read.parts.map(\.bytes) == mail.files.map(\.bytes))
        #expect(read.parts.map(\.name) == mail.files.map(\.name))
        #expect(read.complaints == [])
    }

    @Test("No value begins a field of its own")
    func injection() throws {
        var mail = mail()
        mail.subject = "Hello\r\nBcc: eve@evil.example"
        mail.from = MailAddress(name: "Shop\r\nBcc: eve@evil.example", address: "help@shop.example")
        mail.files = [OutgoingMail.File(name: "a\r\nX: y\".pdf", type: "application/pdf", bytes: [1])]
        let read = MailReader.read(try MailWriter.write(mail).bytes)
        #expect(read.bcc == [])
        #expect(read.subject == "Hello  Bcc: eve@evil.example")
        #expect(read.parts.count == 1)
    }

    @Test(
        "A value that would break the header is refused",
        arguments: [
            "ann@example.com\r\nBcc: eve@evil.example", "ann@example.com>", "ann lee@example.com", "ann",
            "@example.com",
            "ann@", "ann@exa mple.com", "a,b@example.com", "\"a\"b\"@example.com", "ann@\u{85}example.com",
        ])
    func refused(address: String) {
        var mail = mail()
        mail.to = [MailAddress(name: nil, address: address)]
        #expect(throws: MailWriteError(description: "To has an address that is none")) { try MailWriter.write(mail) }
    }

    @Test("Ids, kinds of automatic mail and media types that would break the header are refused")
    func refusedWords() {
        var mail = mail()
        mail.messageID = "a b@x"
        #expect(throws: MailWriteError.self) { try MailWriter.write(mail) }
        mail = self.mail()
        mail.references = ["a@x", "b>\r\nX: y"]
        #expect(throws: MailWriteError.self) { try MailWriter.write(mail) }
        mail = self.mail()
        mail.autoSubmitted = "yes\r\nX: y"
        #expect(throws: MailWriteError.self) { try MailWriter.write(mail) }
        mail = self.mail()
        mail.files = [OutgoingMail.File(name: nil, type: "text/plain\r\nX: y", bytes: [])]
        #expect(throws: MailWriteError.self) { try MailWriter.write(mail) }
    }

    @Test("Only an address outside ASCII asks for SMTPUTF8")
    func international() throws {
        var mail = mail("Grüße")
        mail.subject = "Größe"
        #expect(try !MailWriter.write(mail).needsSMTPUTF8)
        mail.to = [MailAddress(name: "Åsa", address: "åsa@exämple.se")]
        let written = try MailWriter.write(mail)
        #expect(written.needsSMTPUTF8)
        #expect(MailReader.read(written.bytes).to == mail.to)
    }

    @Test("A thread of years keeps its beginning and its end")
    func references() throws {
        var mail = mail()
        mail.references = (0..<100).map { "m\($0)@x.example" }
        let read = MailReader.read(try MailWriter.write(mail).bytes)
        #expect(read.references == ["m0@x.example"] + (81..<100).map { "m\($0)@x.example" })
    }

    @Test("Another mail goes along as it is, if it may")
    func forwarded() throws {
        var mail = mail()
        mail.files = [
            OutgoingMail.File(name: "a.eml", type: "message/rfc822", bytes: Array("Subject: Old\r\n\r\nx".utf8)),
            OutgoingMail.File(name: "b.eml", type: "message/rfc822", bytes: Array("Subject: Å\r\n\r\nx".utf8)),
        ]
        let read = MailReader.read(try MailWriter.write(mail).bytes)
        #expect(read.parts.map(\.role) == [.message, .file])
        #expect(read.parts.map(\.bytes) == mail.files.map(\.bytes))
        #expect(read.parts[0].subject == "Old")
    }
}

/// Random numbers that are the same every time (Steele, Lea and Flood, "Fast splittable pseudorandom number
/// generators").
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
