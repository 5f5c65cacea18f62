// Step 3 of the hallway for mails: what a mail that was read means in our words.

import Mail
import Model
import Signing

/// Makes events of mails.
struct MailMapping: Sendable {
    /// The longest text that a message gets, in characters; all of it stays in the journal.
    static let textMax = 200_000
    /// How long before its arrival a mail may have been written for its own date to be believed.
    static let dateBelieved = Duration.seconds(3 * 86_400)
    private static let idBytesMax = 900

    let settings: MailSettings

    init(_ settings: MailSettings) {
        self.settings = settings
    }

    /// What a mail means: a message, or something that a machine says.
    /// - Throws: ``MappingError`` when it comes to nothing that the hall takes.
    func events(of mail: ReadMail, _ envelope: Envelope) throws(MappingError) -> [InboundEvent] {
        [try message(of: mail, envelope)]
    }

    private func message(of mail: ReadMail, _ envelope: Envelope) throws(MappingError) -> InboundEvent {
        let digest = Self.digest(of: mail)
        let id = id(of: mail, digest)
        let split = ReplySplitter.split(
            text: mail.textSource == .plain ? mail.text : nil, html: mail.html, subject: mail.subject)
        var text = split.new.isEmpty ? mail.text : split.new
        if text.isEmpty, let subject = mail.subject { text = subject }
        return try InboundEvent(
            mapping: .members([
                "kind": "message", "id": .string(id), "thread": .string(id), "author": author(of: mail),
                "text": .string(String(text.prefix(Self.textMax))), "files": .array(files(of: mail, envelope)),
                "reply_to": JSON(mail.inReplyTo.first.map { String($0.prefix(Self.idBytesMax)) }),
                "context": context(for: mail, id), "at": JSON(time(of: mail, envelope)),
                "fields": fields(of: mail, split, digest),
            ]))
    }

    /// The mail's own id, or what it says where it has none.
    private func id(of mail: ReadMail, _ digest: String) -> String {
        guard let id = mail.messageID, !id.isEmpty, id.utf8.count <= Self.idBytesMax else { return "sha256:\(digest)" }
        return id
    }

    /// What a mail says, whoever carried it where and how often: the same text by the same sender is the same mail.
    static func digest(of mail: ReadMail) -> String {
        let words = [
            mail.from.first?.key ?? "", mail.subject ?? "", mail.date?.rfc3339 ?? "", mail.text, mail.html ?? "",
        ]
        var bytes = words.flatMap { Array($0.utf8) + [0] }
        for part in mail.parts { bytes += Digest.hash(.sha256, part.bytes) }
        return BinaryText.hex.encode(Digest.hash(.sha256, bytes))
    }

    /// Who wrote. Forms of web sites write in our own name and say in Reply-To for whom.
    private func sender(of mail: ReadMail) -> MailAddress? {
        guard let from = mail.from.first ?? mail.sender else { return mail.replyTo.first }
        return isOurs(from) ? mail.replyTo.first { !isOurs($0) } ?? from : from
    }

    private func isOurs(_ address: MailAddress) -> Bool {
        ([settings.address] + settings.aliases).contains { $0.lowercased() == address.key }
    }

    private func author(of mail: ReadMail) -> JSON {
        guard let sender = sender(of: mail) else { return ["id": "nobody", "name": "Unknown sender"] }
        return .members([
            "id": .string(sender.key), "name": JSON(sender.name), "handle": .string(sender.address),
            "email": .string(sender.address),
        ])
    }

    /// What an answer needs: where it goes, and what it answers.
    private func context(for mail: ReadMail, _ id: String) -> JSON {
        let target = mail.replyTo.first { !isOurs($0) } ?? sender(of: mail)
        return .members([
            "to": JSON(target?.address), "to_name": JSON(target?.name), "subject": JSON(mail.subject),
            "message_id": JSON(mail.messageID), "references": .array(mail.references.suffix(20).map { .string($0) }),
        ])
    }

    /// The mail's date where it can be true, else when it came into the mailbox, else when it came here.
    private func time(of mail: ReadMail, _ envelope: Envelope) -> Timestamp {
        let lain = envelope.headers.first { $0.name == MailHandover.internalDate }
        let arrival = min(lain.flatMap { Timestamp(rfc3339: $0.value) } ?? envelope.receivedAt, envelope.receivedAt)
        guard let date = mail.date, date <= arrival, date >= arrival - Self.dateBelieved else { return arrival }
        return date
    }

    private func files(of mail: ReadMail, _ envelope: Envelope) -> [JSON] {
        mail.parts.enumerated().compactMap { number, part in
            guard [.file, .inline, .message, .calendar, .encrypted, .raw].contains(part.role) else { return nil }
            return .members([
                "reference": .string(MailFiles.reference(envelope.id, part: number)),
                "name": JSON(part.name ?? part.subject.map { "\($0).eml" }), "type": .string(part.type),
                "size": .integer(Int64(part.bytes.count)),
            ])
        }
    }

    private func fields(of mail: ReadMail, _ split: SplitReply, _ digest: String) -> JSON {
        func cut(_ text: String) -> JSON? { text.isEmpty ? nil : .string(String(text.prefix(Self.textMax))) }
        return .members([
            "subject": JSON(mail.subject), "to": Self.list(mail.to), "cc": Self.list(mail.cc),
            "quoted": cut(split.quoted), "signature": cut(split.signature), "split_by": .string(split.rule.rawValue),
            "encrypted": mail.isEncrypted ? true : nil,
            "odd": mail.complaints.isEmpty ? nil : .array(mail.complaints.map { .string($0) }),
            "claims": .members([
                "digest": .string(digest),
                "references": .array((mail.inReplyTo + mail.references.reversed()).map { .string($0) }),
            ]),
        ])
    }

    private static func list(_ addresses: [MailAddress]) -> JSON? {
        addresses.isEmpty ? nil : .array(addresses.prefix(50).map { .string($0.address) })
    }
}
