import Model
import Testing

@testable import Mail

/// Tokens of ours, how they come back, and what strangers try with them.
@Suite("A mail finds its conversation")
struct ThreadTests {
    static let key = [UInt8](repeating: 7, count: 32)
    static let oldKey = [UInt8](repeating: 8, count: 32)
    static let conversation = ConversationID(at: Timestamp(milliseconds: 1_741_000_000_000))
    static let other = ConversationID(at: Timestamp(milliseconds: 1_741_000_000_001))
    static let message = MessageID(at: Timestamp(milliseconds: 1_741_000_000_002))

    static func marks(
        keys: [[UInt8]] = [key], channel: String = "support", address: String = "support@shop.example",
        others: Set<String> = []
    ) throws -> ThreadMarks {
        let signer = try #require(ThreadSigner(keys: keys, channel: channel))
        return try #require(ThreadMarks(signer: signer, address: address, otherDomains: others))
    }

    static func mail(
        to: String = "support@shop.example", extra: String = "", inReplyTo: [String] = [], references: [String] = [],
        subject: String? = nil, text: String = ""
    ) -> ReadMail {
        var mail = ReadMail(headers: MailHeaders(block: Array("From: ann@kunde.example\nTo: \(to)\n\(extra)\n".utf8)))
        mail.inReplyTo = inReplyTo
        mail.references = references
        mail.subject = subject
        mail.text = text
        return mail
    }

    /// What the store knows in these tests: both conversations, one mail of the customer's, one tag.
    static func lookups(takesPart: Bool, isVerified: Bool = true) -> ThreadDecision.Lookups {
        ThreadDecision.Lookups(
            conversation: { [conversation, other].contains($0) ? $0 : nil },
            message: { $0 == "first@kunde.example" ? conversation : nil },
            tag: { $0 == "4711" ? conversation : nil }, takesPart: { _ in takesPart },
            isVerified: isVerified)
    }

    static func decide(_ mail: ReadMail, takesPart: Bool, marks: ThreadMarks? = nil) throws -> ThreadDecision {
        let marks = try marks ?? Self.marks()
        return ThreadDecision.decide(ThreadEvidence(mail, marks: marks), lookups(takesPart: takesPart))
    }

    // MARK: - What comes back

    @Test(
        "An answer to the signed address joins, and a colleague in copy joins as a newcomer", arguments: [true, false])
    func address(takesPart: Bool) throws {
        let address = try #require(Self.marks().replyAddress(Self.conversation))
        let decision = try Self.decide(Self.mail(to: "Shop <\(address)>, bob@kunde.example"), takesPart: takesPart)
        #expect(
            decision
                == .join(Self.conversation, role: takesPart ? .participant : .newcomer, rule: .signedAddress))
    }

    @Test("The local part of a signed address fits into 64 octets, or there is none")
    func length() throws {
        let address = try #require(Self.marks().replyAddress(Self.conversation))
        #expect(address.prefix { $0 != "@" }.utf8.count <= 64)
        #expect(address.hasPrefix("support+c.") && address.hasSuffix("@shop.example"))
        let longest = try Self.marks(address: String(repeating: "a", count: 23) + "@shop.example")
        #expect(longest.replyAddress(Self.conversation)?.prefix { $0 != "@" }.utf8.count == 64)
        let longer = try Self.marks(address: String(repeating: "a", count: 24) + "@shop.example")
        #expect(longer.replyAddress(Self.conversation) == nil)
    }

    @Test(
        "The address is known in headers of delivery, in any case, and as servers rewrite it",
        arguments: ["Delivered-To", "X-Original-To", "Envelope-To", "Cc", "Resent-To"])
    func rewritten(field: String) throws {
        let address = try #require(Self.marks().replyAddress(Self.conversation))
        let forms = [
            address, address.uppercased(), address.replacing("+", with: "="), address.replacing("+", with: "-"),
            "prvs=0123456789=" + address,
        ]
        for form in forms {
            let decision = try Self.decide(Self.mail(extra: "\(field): <\(form)>\n"), takesPart: true)
            #expect(
                decision == .join(Self.conversation, role: .participant, rule: .signedAddress), "\(form)")
        }
    }

    @Test("An answer to a mail of ours joins, by In-Reply-To and by any of its References", arguments: [true, false])
    func reference(takesPart: Bool) throws {
        let id = try Self.marks().messageID(Self.conversation, Self.message)
        let role = takesPart ? ThreadDecision.Role.participant : .newcomer
        for mail in [
            Self.mail(inReplyTo: [id]), Self.mail(inReplyTo: [id.uppercased()]),
            Self.mail(inReplyTo: ["x@kunde.example"], references: [id, "y@kunde.example"]),
        ] {
            let decision = try Self.decide(mail, takesPart: takesPart)
            #expect(decision == .join(Self.conversation, role: role, rule: .signedReference))
        }
    }

    @Test("A Message-ID of ours tells which message it is of")
    func owner() throws {
        let marks = try Self.marks()
        let owner = marks.owner(messageID: marks.messageID(Self.conversation, Self.message))
        #expect(owner?.conversation == Self.conversation)
        #expect(owner?.message == Self.message)
    }

    @Test("A marker in the quoted text joins a participant whose provider changed the ids")
    func marker() throws {
        let marks = try Self.marks()
        let line = marks.textMarker(Self.conversation)
        let token = line.dropFirst(6).dropLast()
        for text in [
            "Yes.\n\n> \(line)", "> [ref:\n> \(token)]", "[REF: \(token.uppercased())]",
            marks.htmlMarker(Self.conversation),
        ] {
            let decision = try Self.decide(Self.mail(text: text), takesPart: true)
            #expect(decision == .join(Self.conversation, role: .participant, rule: .signedMarker), "\(text)")
        }
        var mail = Self.mail()
        mail.html = "<p>Yes</p><blockquote>\(marks.htmlMarker(Self.conversation))</blockquote>"
        let decision = try Self.decide(mail, takesPart: true)
        #expect(decision == .join(Self.conversation, role: .participant, rule: .signedMarker))
    }

    @Test("A participant who answers his own first mail, or keeps the tag of the subject, joins")
    func unsigned() throws {
        #expect(
            try Self.decide(Self.mail(references: ["first@kunde.example"]), takesPart: true)
                == .join(Self.conversation, role: .participant, rule: .knownReference))
        #expect(
            try Self.decide(Self.mail(subject: "Re: Lamp [#4711]"), takesPart: true)
                == .join(Self.conversation, role: .participant, rule: .subjectTag))
    }

    @Test("The strongest claim decides: address, reference, marker, known mail, tag")
    func order() throws {
        let marks = try Self.marks()
        let address = try #require(marks.replyAddress(Self.other))
        let mail = Self.mail(
            to: address, inReplyTo: [marks.messageID(Self.conversation, Self.message)],
            references: ["first@kunde.example"], subject: "[#4711]", text: marks.textMarker(Self.conversation))
        let evidence = ThreadEvidence(mail, marks: marks)
        #expect(evidence.claims.map(\.source) == [.address, .reference, .marker, .reference, .subject])
        #expect(evidence.claims.map(\.isSigned) == [true, true, true, false, false])
        #expect(
            try Self.decide(mail, takesPart: true)
                == .join(Self.other, role: .participant, rule: .signedAddress))
    }

    // MARK: - Keys

    @Test("A token of the old key is good as long as the key is in the list, and no longer")
    func rotation() throws {
        let old = try #require(Self.marks(keys: [Self.oldKey]).replyAddress(Self.conversation))
        let both = try Self.marks(keys: [Self.key, Self.oldKey])
        #expect(both.replyAddress(Self.conversation) != old)
        #expect(
            try Self.decide(Self.mail(to: old), takesPart: false, marks: both)
                == .join(Self.conversation, role: .newcomer, rule: .signedAddress))
        #expect(try Self.decide(Self.mail(to: old), takesPart: true) == .new(related: nil, rule: .noEvidence))
    }

    @Test("Keys that are missing or short sign nothing")
    func keys() {
        #expect(ThreadSigner(keys: [], channel: "support") == nil)
        #expect(ThreadSigner(keys: [Self.key, [1, 2, 3]], channel: "support") == nil)
    }

    // MARK: - What strangers try

    @Test("A token of which any sign was changed is worth nothing")
    func altered() throws {
        let address = try #require(Self.marks().replyAddress(Self.conversation))
        let start = address.index(address.startIndex, offsetBy: "support+c.".count)
        let end = try #require(address.firstIndex(of: "@"))
        for place in address[start..<end].indices {
            var forged = address
            forged.replaceSubrange(place...place, with: address[place] == "7" ? "8" : "7")
            let decision = try Self.decide(Self.mail(to: forged), takesPart: true)
            #expect(decision == .new(related: nil, rule: .noEvidence), "\(forged)")
        }
    }

    @Test("A token is worth nothing at another domain, mailbox or channel, cut short or made longer")
    func elsewhere() throws {
        let marks = try Self.marks()
        let address = try #require(marks.replyAddress(Self.conversation))
        let local = address.prefix { $0 != "@" }
        for form in [
            "\(local)@evil.example", "\(local)@shop.example.evil.example", "x\(address)",
            "\(local.dropLast())@shop.example",
            "\(local)7@shop.example", "sales+\(local.dropFirst(8))@shop.example",
        ] {
            #expect(try Self.decide(Self.mail(to: form), takesPart: true) == .new(related: nil, rule: .noEvidence))
        }
        let otherChannel = try Self.marks(channel: "sales")
        #expect(
            try Self.decide(Self.mail(to: address), takesPart: true, marks: otherChannel)
                == .new(related: nil, rule: .noEvidence))
        let two = try Self.marks(others: ["Shop.Example.Org"])
        #expect(
            try Self.decide(Self.mail(to: "\(local)@shop.example.org"), takesPart: false, marks: two)
                == .join(Self.conversation, role: .newcomer, rule: .signedAddress))
    }

    @Test(
        "A Message-ID of ours without a signature, with another message's, or with an address's is only an unknown id")
    func forgedID() throws {
        let marks = try Self.marks()
        let id = marks.messageID(Self.conversation, Self.message)
        let address = try #require(marks.replyAddress(Self.conversation))
        let token = address.dropFirst("support+c.".count).prefix { $0 != "@" }
        let bare = ThreadSigner.bare(Self.message.text)
        let foreign = ThreadSigner.bare(MessageID(at: Timestamp(milliseconds: 5)).text)
        for forged in [
            "c.\(ThreadSigner.bare(Self.conversation.text))000000000000.\(bare)@shop.example",
            "c.\(token).\(bare)@shop.example", id.replacing(bare + "@", with: foreign + "@"), "c.\(token)@shop.example",
            id.replacing("@shop.example", with: "@evil.example"),
        ] {
            let decision = try Self.decide(Self.mail(inReplyTo: [forged]), takesPart: false)
            #expect(decision == .new(related: nil, rule: .noEvidence), "\(forged)")
        }
    }

    @Test("A stranger who forwards a mail with a marker opens a conversation that points to the other")
    func forwarded() throws {
        let text = try "FYI\n\n-----Original Message-----\n\(Self.marks().textMarker(Self.conversation))"
        #expect(
            try Self.decide(Self.mail(text: text), takesPart: false)
                == .new(related: Self.conversation, rule: .strangersMarker))
    }

    @Test("A stranger who guesses a tag or an id opens a conversation that points to the other")
    func guessed() throws {
        #expect(
            try Self.decide(Self.mail(subject: "Re: [#4711]"), takesPart: false)
                == .new(related: Self.conversation, rule: .strangersTag))
        #expect(
            try Self.decide(Self.mail(inReplyTo: ["first@kunde.example"]), takesPart: false)
                == .new(related: Self.conversation, rule: .strangersReference))
    }

    @Test("Who forges a participant's address enters by no tag when nobody vouches for addresses, but by an id")
    func unverified() throws {
        let lookups = Self.lookups(takesPart: true, isVerified: false)
        let tag = ThreadEvidence(Self.mail(subject: "Re: [#4711]"), marks: try Self.marks())
        #expect(ThreadDecision.decide(tag, lookups) == .new(related: Self.conversation, rule: .strangersTag))
        let id = ThreadEvidence(Self.mail(inReplyTo: ["first@kunde.example"]), marks: try Self.marks())
        #expect(
            ThreadDecision.decide(id, lookups)
                == .join(Self.conversation, role: .participant, rule: .knownReference))
    }

    @Test("A stranger's guess does not stop a claim below it that he may make")
    func mixed() throws {
        let lookups = ThreadDecision.Lookups(
            conversation: { $0 }, message: { _ in Self.other }, tag: { _ in Self.conversation },
            takesPart: { $0 == Self.conversation }, isVerified: true)
        let evidence = ThreadEvidence(Self.mail(inReplyTo: ["a@b.example"], subject: "[#1]"), marks: try Self.marks())
        #expect(
            ThreadDecision.decide(evidence, lookups)
                == .join(Self.conversation, role: .participant, rule: .subjectTag))
    }

    @Test("A signed token of a conversation that is gone opens a new one, and a merged one is followed")
    func gone() throws {
        let address = try #require(Self.marks().replyAddress(Self.conversation))
        let evidence = ThreadEvidence(Self.mail(to: address), marks: try Self.marks())
        func lookups(_ found: ConversationID?) -> ThreadDecision.Lookups {
            ThreadDecision.Lookups(
                conversation: { _ in found }, message: { _ in nil }, tag: { _ in nil }, takesPart: { _ in true },
                isVerified: true)
        }
        #expect(ThreadDecision.decide(evidence, lookups(nil)) == .new(related: nil, rule: .noEvidence))
        #expect(
            ThreadDecision.decide(evidence, lookups(Self.other))
                == .join(Self.other, role: .participant, rule: .signedAddress))
    }

    @Test("A subject is tagged once, and only what has the form of a tag is one")
    func tags() {
        #expect(ThreadMarks.tagged("Lamp", "4711") == "Lamp [#4711]")
        #expect(ThreadMarks.tagged("Re: Lamp [#4711]", "4711") == "Re: Lamp [#4711]")
        #expect(
            ThreadMarks.tags(in: "[#] [#a b] [#x-1][#2] [#" + String(repeating: "1", count: 41) + "]") == ["x-1", "2"])
    }

    @Test("A body full of markers is searched in time that its length allows")
    func many() throws {
        let text = String(repeating: "[ref: c.", count: 100_000)
        #expect(try Self.marks().conversations(in: text).isEmpty)
    }
}
