// Where tokens stand in a mail: how they are written into what we send and found in what comes back.

package import Model

/// The marks of one mailbox.
package struct ThreadMarks: Sendable {
    private let signer: ThreadSigner
    /// The mailbox's address: `support@example.com`.
    private let local: String
    private let domain: String
    /// Domains whose addresses of this local part are the mailbox too, in lower case.
    private let domains: Set<String>

    /// RFC 5321 4.5.3.1.1, in bytes.
    static let localBytesMax = 64
    /// Stands before a token: `c.`.
    static let lead = "c."
    /// How many marks of one kind are looked at in one mail.
    static let marksMax = 50

    /// - Parameter otherDomains: domains that deliver to the same mailbox.
    package init?(signer: ThreadSigner, address: String, otherDomains: Set<String> = []) {
        guard let at = address.lastIndex(of: "@"), at > address.startIndex else { return nil }
        self.signer = signer
        local = String(address[..<at])
        domain = address[address.index(after: at)...].lowercased()
        domains = Set(otherDomains.map { $0.lowercased() }).union([domain])
    }

    // MARK: - What we write

    /// `support+c.<token>@example.com` for Reply-To; `nil` when it would be longer than the local part of an address
    /// may be: then the Message-ID and the marker must do.
    package func replyAddress(_ conversation: ConversationID) -> String? {
        let tagged = "\(local)+\(Self.lead)\(signer.token(conversation))"
        return tagged.utf8.count <= Self.localBytesMax ? "\(tagged)@\(domain)" : nil
    }

    /// `c.<token>.<message>@example.com`, without brackets: the Message-ID of a message of ours.
    package func messageID(_ conversation: ConversationID, _ message: MessageID) -> String {
        "\(Self.lead)\(signer.token(conversation, message)).\(ThreadSigner.bare(message.text))@\(domain)"
    }

    /// `[ref: c.<token>]`: the line to put at the end of the plain text.
    package func textMarker(_ conversation: ConversationID) -> String {
        "[ref: \(Self.lead)\(signer.token(conversation))]"
    }

    /// The same, unseen, to put at the end of the HTML.
    package func htmlMarker(_ conversation: ConversationID) -> String {
        "<div style=\"display:none;font-size:0;line-height:0;max-height:0;overflow:hidden\">"
            + "\(textMarker(conversation))</div>"
    }

    /// ` [#<tag>]`: what to put behind a subject that has no such tag yet. It is not signed.
    package static func tagged(_ subject: String, _ tag: String) -> String {
        tags(in: subject).contains(tag) ? subject : subject.isEmpty ? "[#\(tag)]" : "\(subject) [#\(tag)]"
    }

    // MARK: - What we read

    /// The conversation of an address of this mailbox. Servers change the case, put `=` or `-` for the `+`, and put
    /// something before it all (BATV, SRS).
    func conversation(address: MailAddress) -> ConversationID? {
        guard let domain = address.domain?.lowercased(), domains.contains(domain) else { return nil }
        let text = address.local.lowercased()
        let base = local.lowercased()
        for sign in ["+", "=", "-", "_", "%2b"] {
            guard let found = text.firstRange(of: base + sign + Self.lead) else { continue }
            let before = text[..<found.lowerBound].last
            guard before == nil || before == "=" else { continue }
            if let id = signer.conversation(String(text[found.upperBound...])) { return id }
        }
        return nil
    }

    /// The conversation and the message of a Message-ID of ours, without brackets.
    package func owner(messageID: String) -> (conversation: ConversationID, message: MessageID)? {
        guard let at = messageID.lastIndex(of: "@"),
            domains.contains(messageID[messageID.index(after: at)...].lowercased())
        else { return nil }
        let parts = messageID[..<at].lowercased().split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "c",
            let id = signer.conversation(String(parts[1]), message: String(parts[2])),
            let message = MessageID("\(MessageKind.prefix)_\(parts[2])")
        else { return nil }
        return (id, message)
    }

    /// The conversations of the markers in a text or in HTML, in order, each once. Quote marks and line ends may stand
    /// behind the colon.
    func conversations(in text: String) -> [ConversationID] {
        var found: [ConversationID] = []
        let bytes = Array(text.utf8)
        var looked = 0
        var at = 0
        while at + 5 < bytes.count, looked < Self.marksMax {
            // `[ref:` in any case.
            guard bytes[at] == 0x5B, bytes[at + 1] | 0x20 == 0x72, bytes[at + 2] | 0x20 == 0x65,
                bytes[at + 3] | 0x20 == 0x66, bytes[at + 4] == 0x3A
            else {
                at += 1
                continue
            }
            looked += 1
            at += 5
            var start = at
            while start < bytes.count, start - at < 16, bytes[start] <= 0x20 || bytes[start] == 0x3E { start += 1 }
            guard start + 1 < bytes.count, bytes[start] | 0x20 == 0x63, bytes[start + 1] == 0x2E else { continue }
            let token = bytes[(start + 2)...].prefix { ThreadSigner.isDigit($0) }.prefix(ThreadSigner.tokenLength + 1)
            guard let id = signer.conversation(String(decoding: token, as: UTF8.self)), !found.contains(id) else {
                continue
            }
            found.append(id)
        }
        return found
    }

    /// The tags of a subject, `[#…]`, in order.
    static func tags(in subject: String) -> [String] {
        var tags: [String] = []
        var rest = subject[...]
        while let open = rest.firstRange(of: "[#"), tags.count < marksMax {
            rest = rest[open.upperBound...]
            let tag = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }
            guard !tag.isEmpty, tag.utf8.count <= 40, rest[tag.endIndex...].first == "]" else { continue }
            tags.append(String(tag))
        }
        return tags
    }
}
