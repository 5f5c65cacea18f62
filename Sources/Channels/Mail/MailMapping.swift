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
    /// Stands before the address of somebody who may be anybody.
    static let unverified = "unverified:"

    private let settings: MailSettings
    private let marks: ThreadMarks
    private let trust: TrustPolicy

    init(_ settings: MailSettings, _ marks: ThreadMarks) {
        self.settings = settings
        self.marks = marks
        trust = TrustPolicy(authorities: Set(settings.trusted))
    }

    /// What a mail means: a message, or something that a machine says.
    /// - Throws: ``MappingError`` when it comes to nothing that the hall takes.
    func events(of mail: ReadMail, _ envelope: Envelope) throws(MappingError) -> [InboundEvent] {
        if let id = mail.messageID, marks.owner(messageID: id) != nil {
            return [try notice(id, "a mail of ours")]
        }
        let (kind, rule) = MailKind.of(headers: mail.headers, parts: mail.parts, text: mail.text)
        let isMessage = kind == .person || kind == .notification || settings.tickets.contains(kind.name)
        var events: [InboundEvent] = []
        if let receipt = receipt(of: kind, envelope) { events.append(try InboundEvent(mapping: receipt)) }
        if isMessage {
            events.append(try message(of: mail, envelope, kind))
        } else if events.isEmpty {
            events.append(try notice(id(of: mail, Self.digest(of: mail)), "\(kind.name): \(rule)"))
        }
        return events
    }

    /// What is kept in the journal alone, and why.
    private func notice(_ id: String, _ reason: String) throws(MappingError) -> InboundEvent {
        try InboundEvent(mapping: ["kind": "notice", "id": .string(id), "reason": .string(reason)])
    }

    /// What a machine says of a mail of ours. Its id is signed, so nobody can speak of a mail that they never had.
    private func receipt(of kind: MailKind, _ envelope: Envelope) -> JSON? {
        func receipt(_ original: String?, _ receipt: Model.Receipt, _ reason: String? = nil) -> JSON? {
            guard let original, marks.owner(messageID: original) != nil else { return nil }
            return .members([
                "kind": "receipt", "id": .string(original), "receipt": .string(receipt.rawValue),
                "reason": JSON(reason), "at": JSON(envelope.receivedAt),
            ])
        }
        switch kind {
        case .bounce(let bounce) where bounce.isPermanent: return receipt(bounce.originalID, .failed, bounce.reason)
        case .delivered(let original): return receipt(original, .delivered)
        case .receipt(let told) where told.isRead: return receipt(told.originalID, .read)
        default: return nil
        }
    }

    private func message(
        of mail: ReadMail, _ envelope: Envelope, _ kind: MailKind
    ) throws(MappingError) -> InboundEvent {
        let digest = Self.digest(of: mail)
        let id = id(of: mail, digest)
        let split = ReplySplitter.split(
            text: mail.textSource == .plain ? mail.text : nil, html: mail.html, subject: mail.subject)
        var text = split.new.isEmpty ? mail.text : split.new
        if text.isEmpty, let subject = mail.subject { text = subject }
        let trust = trust.judge(mail.headers)
        return try InboundEvent(
            mapping: .members([
                "kind": "message", "id": .string(id), "thread": .string(id), "author": author(of: mail, trust),
                "text": .string(String(text.prefix(Self.textMax))), "files": .array(files(of: mail, envelope)),
                "reply_to": JSON(mail.inReplyTo.first.map { String($0.prefix(Self.idBytesMax)) }),
                "context": context(for: mail, id), "at": JSON(time(of: mail, envelope)),
                "fields": fields(of: mail, split, digest, kind, trust),
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
        var bytes: [UInt8] = words.flatMap { Array($0.utf8) + [0] }
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

    /// An address that nobody vouches for is an identity of its own: it is never taken for the person whose it is.
    private func author(of mail: ReadMail, _ trust: FromTrust) -> JSON {
        guard let sender = sender(of: mail) else { return ["id": "nobody", "name": "Unknown sender"] }
        let isBelieved = trust.isVerified && sender == mail.from.first
        return .members([
            "id": .string(isBelieved ? sender.key : Self.unverified + sender.key), "name": JSON(sender.name),
            "handle": .string(sender.address), "email": isBelieved ? .string(sender.address) : nil,
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

    private func fields(
        of mail: ReadMail, _ split: SplitReply, _ digest: String, _ kind: MailKind, _ trust: FromTrust
    ) -> JSON {
        func cut(_ text: String) -> JSON? { text.isEmpty ? nil : .string(String(text.prefix(Self.textMax))) }
        let isDoubted = !settings.trusted.isEmpty && !trust.isVerified
        return .members([
            "subject": JSON(mail.subject), "to": Self.list(mail.to), "cc": Self.list(mail.cc),
            "quoted": cut(split.quoted), "signature": cut(split.signature), "split_by": .string(split.rule.rawValue),
            "sender": .string(trust.reason), "automatic": kind == .person ? nil : .string(kind.name),
            "encrypted": mail.isEncrypted ? true : nil,
            "odd": mail.complaints.isEmpty ? nil : .array(mail.complaints.map { .string($0) }),
            "digest": .string(digest),
            "claims": .members([
                "threads": .array(ThreadEvidence(mail, marks: marks).claims.map(\.json)),
                "doubted": isDoubted ? true : nil,
            ]),
        ])
    }

    private static func list(_ addresses: [MailAddress]) -> JSON? {
        addresses.isEmpty ? nil : .array(addresses.prefix(50).map { .string($0.address) })
    }
}
