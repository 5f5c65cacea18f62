// Bounces that are written for people only: of older servers and of those that go their own way. What they have in
// common is looked for: an address on a line of its own or in brackets, a code, words around them, and the header of
// the mail that came back.

/// Reads the words of a bounce.
enum BounceText {
    /// How many lines of a body are looked at.
    static let linesMax = 400
    /// How many lines under an address belong to what was said of it.
    static let diagnosticLinesMax = 6

    /// What a body says of a mail that was not delivered; `nil` when it names nobody and no returned mail.
    static func read(_ text: String, headers: MailHeaders, parts: [MailPart]) -> Bounce? {
        let lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }.prefix(linesMax)
        let end = lines.firstIndex(where: isReturnedMail) ?? lines.endIndex
        let told = Array(lines[..<end])
        var recipients = named(headers)
        if recipients.isEmpty { recipients = found(told) }
        if recipients.isEmpty { recipients = mentioned(told) }
        guard !recipients.isEmpty else { return nil }
        let whole = told.joined(separator: "\n")
        let isDelayed = delays.contains { whole.lowercased().contains($0) }
        let failed = recipients.prefix(Bounce.recipientsMax).map { address in
            let said = diagnostic(told, of: address) ?? ""
            let status = EnhancedStatus(in: said) ?? EnhancedStatus(in: whole)
            return Bounce.Recipient(
                address: address, isDelayed: isDelayed, status: status,
                diagnostic: Bounce.line(said) ?? told.first(where: hasCode).flatMap { Bounce.line($0) })
        }
        let original = ReportFields.original(parts) ?? returned(lines[end...])
        let id =
            ReportFields.messageID(original?.first("Message-ID")) ?? originalID(text)
            ?? ReportFields.messageID(headers.first("In-Reply-To"))
        return Bounce(recipients: Array(failed), originalID: id, original: original, reporter: nil)
    }

    /// The first Message-ID that stands in a body as a header line, perhaps indented or quoted.
    static func originalID(_ text: String) -> String? {
        var isOpen = false
        for line in text.split(whereSeparator: \.isNewline).prefix(linesMax * 4) {
            let bare = line.drop { $0 == " " || $0 == ">" || $0 == "\t" || $0 == "|" }
            // The id may stand on the next line, folded.
            if isOpen, let id = ReportFields.messageID(String(bare)) { return id }
            isOpen = false
            guard bare.utf8.count < 1100, bare.prefix(11).lowercased().hasPrefix("message-id:") else { continue }
            if let id = ReportFields.messageID(String(bare)) { return id }
            isOpen = true
        }
        return nil
    }

    // MARK: - Who

    private static func named(_ headers: MailHeaders) -> [String] {
        let all = headers.all("X-Failed-Recipients") + headers.all("X-Original-Recipient")
        return all.flatMap { $0.split(whereSeparator: { $0 == "," || $0.isWhitespace }) }.map(String.init)
            .filter { $0.contains("@") }
    }

    /// Addresses that a line is about: alone on it, in brackets with a colon, or behind `RCPT TO:`.
    private static func found(_ lines: [Substring]) -> [String] {
        var addresses: [String] = []
        for line in lines {
            let bare = line.drop { $0.isWhitespace || $0 == "*" || $0 == "-" || $0 == "•" }
            let lowered = bare.lowercased()
            let isAbout =
                bare.hasPrefix("<") && bare.contains(">:") || isAlone(bare) || lowered.contains("rcpt to:")
                || labels.contains(where: lowered.hasPrefix)
            guard isAbout, let address = address(in: bare), !addresses.contains(address) else { continue }
            addresses.append(address)
        }
        return addresses
    }

    /// A line of an address, with a name before it or an address of the web behind it at most.
    private static func isAlone(_ line: Substring) -> Bool {
        let words = line.split(separator: " ")
        guard let place = words.firstIndex(where: { $0.contains("@") }) else { return false }
        return place <= 3 && words.count <= 4 && !line.contains(": ") && words.allSatisfy { !$0.hasSuffix(".") }
    }

    /// Addresses in sentences that speak of a failure.
    private static func mentioned(_ lines: [Substring]) -> [String] {
        let paragraphs = lines.split { $0.allSatisfy(\.isWhitespace) }.map { $0.joined(separator: " ") }
        for paragraph in paragraphs {
            let lowered = paragraph.lowercased()
            guard failures.contains(where: lowered.contains), let address = address(in: paragraph[...]) else {
                continue
            }
            return [address]
        }
        return []
    }

    private static func address(in line: Substring) -> String? {
        for word in line.split(whereSeparator: { " \t<>()[]\"',;:".contains($0) }) {
            let address = word.drop { $0 == "'" }.trimmingSuffix { $0 == "." || $0 == "'" }
            guard let at = address.firstIndex(of: "@"), at > address.startIndex, address.contains("."),
                !address.hasPrefix("mailer-daemon@"), !address.hasPrefix("postmaster@"), address.utf8.count <= 320
            else { continue }
            return String(address)
        }
        return nil
    }

    // MARK: - What

    /// What stands around the address: its own line behind the address, and the lines under it up to the second gap.
    private static func diagnostic(_ lines: [Substring], of address: String) -> String? {
        guard let place = lines.firstIndex(where: { $0.contains(address) }) else { return nil }
        let own = lines[place].firstRange(of: address).map { lines[place][$0.upperBound...] } ?? ""
        var said = [own.drop { ">:), ".contains($0) }]
        var gaps = 0
        for line in lines[(place + 1)...] where said.count <= diagnosticLinesMax {
            if line.allSatisfy(\.isWhitespace) {
                gaps += 1
                let last = said.last { !$0.isEmpty }
                if gaps > 2 || last.map({ !$0.hasSuffix(":") }) ?? false { break }
            } else {
                if line.contains("@"), isAlone(line[...]) { break }
                said.append(line)
            }
        }
        let text = said.joined(separator: " ")
        return text.allSatisfy(\.isWhitespace) ? nil : text
    }

    private static func hasCode(_ line: Substring) -> Bool {
        EnhancedStatus(in: line) != nil || EnhancedStatus.replyCode(in: line) != nil
    }

    // MARK: - Which mail

    private static func isReturnedMail(_ line: Substring) -> Bool {
        let bare = line.drop { "-_=* >".contains($0) }.lowercased()
        return returns.contains(where: bare.hasPrefix)
    }

    private static func returned(_ lines: ArraySlice<Substring>) -> MailHeaders? {
        let rest = lines.dropFirst().drop { $0.allSatisfy(\.isWhitespace) }
        let headers = MailHeaders(block: Array(rest.joined(separator: "\n").utf8))
        return headers.contains("From") || headers.contains("Message-ID") ? headers : nil
    }

    /// Lines above the mail that came back.
    private static let returns = [
        "this is a copy of the message", "below this line is a copy of the message", "original message headers",
        "original message", "unsent message below", "returned message follows", "message header follows",
        "message text follows", "returned text follows",
        "a copy of the message", "text of the message", "here is a copy of the first part", "included is a copy",
        "message headers follow", "the header of the original message", "headers of the original message",
    ]
    private static let labels = [
        "recipient:", "recipient address:", "failed recipient:", "final-recipient:", "to:", "empfänger:",
        "could not deliver to",
        "address:", "user:", "original recipient:",
    ]
    private static let failures = [
        "deliver", "undeliver", "could not be", "couldn't be", "wasn't", "not found", "does not exist", "doesn't exist",
        "rejected", "failed", "unknown user", "user unknown", "mailbox", "zugestellt", "zustell", "leverer", "levert",
        "toimittaa", "dostarcz", "remis", "livr", "entreg", "bezorg", "consegn", "recapit", "достав", "למסור", "להעביר",
    ]
    private static let delays = [
        "delayed", "will be retried", "will retry", "still being retried", "temporary problem",
        "not yet been delivered",
        "warning message only", "do not need to resend", "has not been delivered within",
        "delivery attempts will continue",
        "wird weiter versucht", "verzögert", "försenat", "forsinket", "opóźnion", "retardé", "retrasado", "vertraagd",
    ]
}

extension Substring {
    fileprivate func trimmingSuffix(while isDropped: (Character) -> Bool) -> Substring {
        var text = self
        while let last = text.last, isDropped(last) { text.removeLast() }
        return text
    }
}
