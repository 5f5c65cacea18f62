import Foundation
import Model
import TestSupport
import Testing

@testable import Mail

/// Mails of programs, whole, each with what it should be taken for: `Kinds/<name>.eml` beside `.json`.
@Suite("What a mail is")
struct KindTests {
    static let folder = "Tests/MailTests/Kinds"
    static let names = Repository.names(in: folder).filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }

    /// The bytes of all samples.
    static let mails = names.compactMap { try? Array(Repository.text("\(folder)/\($0).eml").utf8) }

    static func read(_ name: String) throws -> ReadMail {
        try MailReader.read(Array(Repository.text("\(folder)/\(name).eml").utf8))
    }

    static func kind(_ mail: ReadMail) -> (kind: MailKind, rule: String) {
        MailKind.of(headers: mail.headers, parts: mail.parts, text: mail.text, ownLists: ["support.shop.example"])
    }

    @Test("Every sample is taken for what it is", arguments: names)
    func samples(name: String) throws {
        let expected = try JSON(parsing: Repository.text("\(Self.folder)/\(name).json"))
        let (kind, rule) = try Self.kind(Self.read(name))
        #expect(kind.name == expected["kind"].string, "\(rule)")
        #expect(!rule.isEmpty)
        switch kind {
        case .bounce(let bounce): check(bounce, expected)
        case .delivered(let id): #expect(id == expected["originalID"].string)
        case .complaint(let complaint):
            #expect(complaint.type == expected["type"].string)
            #expect(complaint.originalID == expected["originalID"].string)
            #expect(complaint.recipient == expected["recipients"][0].string || expected["recipients"].isNull)
        case .receipt(let receipt):
            #expect(receipt.disposition == expected["disposition"].string)
            #expect(receipt.originalID == expected["originalID"].string)
            #expect(receipt.recipient == expected["recipients"][0].string)
            #expect(receipt.isRead == (receipt.disposition == "displayed"))
        case .calendar(let method): #expect(method == expected["method"].string)
        case .person, .autoReply, .outOfOffice, .notification, .list, .bulk: break
        }
    }

    private func check(_ bounce: Bounce, _ expected: JSON) {
        #expect(bounce.recipients.map(\.address) == expected["recipients"].array?.compactMap(\.string))
        let statuses = expected["statuses"].array?.map { $0.string ?? "" }
        #expect(bounce.recipients.map { $0.status?.description ?? "" } == statuses)
        #expect(bounce.isPermanent == expected["permanent"].bool)
        #expect(bounce.recipients[0].isDelayed == (expected["delayed"].bool ?? false))
        #expect(bounce.originalID == expected["originalID"].string)
        if let diagnostic = expected["diagnostic"].string { #expect(bounce.recipients[0].diagnostic == diagnostic) }
        #expect(bounce.reason.hasPrefix(bounce.recipients[0].address))
    }

    @Test("Every kind is shown by a sample")
    func kinds() throws {
        let shown = try Set(Self.names.map { try Self.kind(Self.read($0)).kind.name })
        #expect(
            shown == [
                "person", "auto-reply", "out-of-office", "notification", "list", "bulk", "bounce", "delivered",
                "complaint",
                "calendar", "receipt",
            ])
    }

    @Test("A bounce of a mail of ours tells whose and which one it was")
    func owner() throws {
        let marks = try ThreadTests.marks()
        let id = marks.messageID(ThreadTests.conversation, ThreadTests.message)
        let text = try Repository.text("\(Self.folder)/bounce-qmail.eml")
            .replacing("c.01hzzzzzzzzzzzzzzzzzzzzzzz000000000000.01hyyyyyyyyyyyyyyyyyyyyyyy@shop.example", with: id)
        guard case .bounce(let bounce) = Self.kind(MailReader.read(Array(text.utf8))).kind else {
            Issue.record("no bounce")
            return
        }
        #expect(marks.owner(messageID: bounce.originalID ?? "")?.message == ThreadTests.message)
    }

    @Test(
        "A status is read wherever it stands alone in a text, and nothing else is one",
        arguments: [
            ("5.1.1", "5.1.1"), ("550 5.7.26 Unauthenticated", "5.7.26"), ("(#4.2.2)", "4.2.2"),
            ("said: 5.1.10.", "5.1.10"),
            ("192.5.1.1", ""), ("5.1.1.4", ""), ("v5.1.1", ""), ("5.1", ""), ("3.1.1", ""), ("5.1000.1", ""), ("", ""),
            ("5..1", ""), ("10.5.1.1 5.2.2", "5.2.2"),
        ])
    func statuses(text: String, expected: String) {
        #expect((EnhancedStatus(in: text)?.description ?? "") == expected)
    }

    @Test("Reports that are cut, empty or endless are read to an end")
    func hostile() {
        let report = MailPart(role: .report, type: "message/delivery-status", bytes: [])
        let headers = MailHeaders(block: Array("From: mailer-daemon@x.example\nSubject: failure notice\n".utf8))
        #expect(MailKind.of(headers: headers, parts: [report]).kind == .person)
        let endless = Array(String(repeating: "Final-Recipient: rfc822; a@b.example\n\n", count: 5000).utf8)
        let kind = MailKind.of(
            headers: headers, parts: [MailPart(role: .report, type: "message/delivery-status", bytes: endless)]
        ).kind
        guard case .bounce(let bounce) = kind else {
            Issue.record("no bounce")
            return
        }
        #expect(bounce.recipients.count == Bounce.recipientsMax)
        let words = String(repeating: "<ann@kunde.example>: 550 5.1.1\n", count: 5000)
        #expect(MailKind.of(headers: headers, parts: [], text: words).kind.name == "bounce")
    }
}
