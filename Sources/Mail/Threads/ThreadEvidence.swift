// What a mail tells of the conversation that it belongs to: a list of claims, the strongest first. What they are worth
// is decided in `ThreadDecision`.

package import Model

/// One claim of a mail.
package struct ThreadClaim: Sendable, Hashable {
    package enum Target: Sendable, Hashable {
        /// A token that we signed names it.
        case conversation(ConversationID)
        /// A Message-ID, without brackets, that the store may know.
        case message(String)
        /// A tag of the subject.
        case tag(String)
    }

    /// Where it stands.
    package enum Source: String, Sendable, Hashable {
        /// In an address that the mail was sent to.
        case address
        /// In In-Reply-To or References.
        case reference
        /// In the text or the HTML.
        case marker
        case subject
    }

    package let source: Source
    package let target: Target

    /// Whether we signed what it rests on.
    package var isSigned: Bool { if case .conversation = target { true } else { false } }

    package init(source: Source, target: Target) {
        self.source = source
        self.target = target
    }
}

/// All claims of one mail, in the order in which they count.
package struct ThreadEvidence: Sendable, Hashable {
    package let claims: [ThreadClaim]

    /// How many addresses and references are looked at.
    static let addressesMax = 100
    static let referencesMax = 100
    /// How many bytes of a body are searched for markers.
    static let bodyBytesMax = 4 << 20

    /// Headers in which servers keep the address that a mail was sent to.
    private static let recipientFields = [
        "To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "X-Delivered-To", "Resent-To",
    ]

    package init(claims: [ThreadClaim]) {
        self.claims = claims
    }

    /// The claims of a mail: signed address, signed reference, signed marker, references, tags. References count from
    /// the newest on: In-Reply-To, then References from its end (RFC 5322 3.6.4).
    package init(_ mail: ReadMail, marks: ThreadMarks) {
        var signed: [ThreadClaim] = []
        var unsigned: [ThreadClaim] = []
        func add(_ claim: ThreadClaim) {
            guard !signed.contains(claim), !unsigned.contains(claim) else { return }
            if claim.isSigned { signed.append(claim) } else { unsigned.append(claim) }
        }
        let addresses = Self.recipientFields.lazy.flatMap { MailAddress.list(mail.headers, $0) }
        for address in addresses.prefix(Self.addressesMax) {
            guard let conversation = marks.conversation(address: address) else { continue }
            add(ThreadClaim(source: .address, target: .conversation(conversation)))
        }
        for id in (mail.inReplyTo + mail.references.reversed()).prefix(Self.referencesMax) {
            if let owner = marks.owner(messageID: id) {
                add(ThreadClaim(source: .reference, target: .conversation(owner.conversation)))
            } else {
                add(ThreadClaim(source: .reference, target: .message(id)))
            }
        }
        for body in [mail.text, mail.html ?? ""] where body.utf8.count <= Self.bodyBytesMax {
            for conversation in marks.conversations(in: body) {
                add(ThreadClaim(source: .marker, target: .conversation(conversation)))
            }
        }
        for tag in ThreadMarks.tags(in: mail.subject ?? "") { add(ThreadClaim(source: .subject, target: .tag(tag))) }
        claims = signed + unsigned
    }
}
