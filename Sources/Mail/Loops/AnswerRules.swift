// When a program may answer a mail by itself, and how it says that it did (RFC 3834).

/// The rules of automatic answers of one mailbox.
package struct AnswerRules: Sendable {
    /// All addresses of the mailbox, in lower case; tags behind a `+` do not matter.
    private let own: Set<String>

    package init(addresses: Set<String>) {
        own = Set(addresses.map { Self.untagged($0.lowercased()) })
    }

    /// Whether a mail may be answered automatically.
    package enum Verdict: Sendable, Hashable {
        case allowed
        /// Why not, for people.
        case refused(String)
    }

    /// Judges a mail by its header and its kind. An answer goes to Return-Path (RFC 3834 4), and is due only to
    /// somebody who wrote to the mailbox itself.
    package func judge(_ headers: MailHeaders, kind: MailKind) -> Verdict {
        guard kind == .person else { return .refused("the mail is of the kind \(kind.name)") }
        let path = headers.first("Return-Path").map { $0.filter { !$0.isWhitespace } }
        if path == "<>" { return .refused("Return-Path <>") }
        // RFC 3834 2: what is said by programs, about lists, and by those who ask for no answer.
        if let value = headers.first("Auto-Submitted")?.lowercased(), !value.hasPrefix("no") {
            return .refused("Auto-Submitted")
        }
        if let value = headers.first("X-Auto-Response-Suppress")?.lowercased(),
            ["all", "oof", "autoreply"].contains(where: value.contains)
        {
            return .refused("X-Auto-Response-Suppress")
        }
        for name in ["List-Id", "List-Unsubscribe", "List-Post", "X-Loop"] where headers.contains(name) {
            return .refused(name)
        }
        if let precedence = headers.first("Precedence")?.lowercased(),
            ["bulk", "junk", "list", "auto_reply"].contains(precedence)
        {
            return .refused("Precedence \(precedence)")
        }
        let senders = [
            path.map { $0.filter { $0 != "<" && $0 != ">" } }, MailAddress.list(headers, "From").first?.address,
        ]
        for sender in senders.compactMap({ $0?.lowercased() }) where !sender.isEmpty {
            if own.contains(Self.untagged(sender)) { return .refused("the mail is from the mailbox itself") }
            if Self.isMachine(sender) { return .refused("nobody reads \(sender)") }
        }
        let recipients = ["To", "Cc"].flatMap { MailAddress.list(headers, $0) }
        guard recipients.contains(where: { own.contains(Self.untagged($0.key)) }) else {
            return .refused("the mailbox is not among the recipients")
        }
        return .allowed
    }

    /// Headers of a mail that nobody wrote: RFC 3834 3.1.7 and 5, and MS-OXCMAIL 2.2.3.2.14 against answers to it. Its
    /// sender in SMTP is the empty one.
    package static let automaticHeaders: [(name: String, value: String)] = [
        ("Auto-Submitted", "auto-replied"), ("X-Auto-Response-Suppress", "All"), ("Precedence", "bulk"),
    ]

    /// Headers of an agent's answer: a person wrote it, so it is not automatic; but answers of programs that tell of
    /// absence help nobody.
    package static let personalHeaders: [(name: String, value: String)] = [
        ("X-Auto-Response-Suppress", "OOF, AutoReply")
    ]

    /// Addresses behind which nobody reads.
    private static func isMachine(_ address: String) -> Bool {
        let local = address.prefix { $0 != "@" }
        let names = [
            "mailer-daemon", "postmaster", "listserv", "majordomo", "mailman", "noreply", "no-reply", "no_reply",
            "donotreply", "do-not-reply", "do_not_reply", "nobody", "bounce", "bounces", "ikke-svar", "ikkesvar",
            "nepasrepondre",
            "ne-pas-repondre", "keineantwort", "keine-antwort", "noresponder", "no-responder", "nao-responda",
            "ei-vastata",
            "svaraej", "svara-ej",
        ]
        if names.contains(where: { local == $0 || local.hasPrefix($0 + "+") || local.hasPrefix($0 + "-") }) {
            return true
        }
        return local.hasPrefix("owner-") || local.hasSuffix("-owner") || local.hasSuffix("-request")
            || local.hasSuffix("-bounces") || local.contains("-bounces+") || local.hasPrefix("bounce+")
    }

    private static func untagged(_ address: String) -> String {
        guard let plus = address.firstIndex(of: "+"), let at = address.lastIndex(of: "@"), plus < at else {
            return address
        }
        return String(address[..<plus] + address[at...])
    }
}
