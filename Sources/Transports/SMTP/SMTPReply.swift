// What an SMTP server answers (RFC 5321 section 4.2), with its enhanced code (RFC 3463).

import Model

/// One reply of one or more lines.
package struct SMTPReply: Sendable, Hashable {
    /// 200 to 599.
    package let code: Int
    /// `5.1.1`; `nil`: the server gives none.
    package let enhanced: String?
    /// The lines without their codes.
    package let lines: [String]

    init(code: Int, lines: [String]) {
        self.code = code
        let first = lines.first ?? ""
        let word = first.prefix { $0 != " " }
        let numbers = word.split(separator: ".", omittingEmptySubsequences: false)
        let isEnhanced =
            numbers.count == 3 && numbers.allSatisfy { (1...3).contains($0.utf8.count) && UInt16($0) != nil }
            && numbers[0] == String(code / 100)
        enhanced = isEnhanced ? String(word) : nil
        self.lines = lines
    }

    var isPositive: Bool { code / 100 == 2 }

    /// One line for people: `550 5.1.1 No such user`.
    package var words: String {
        let text = MailFailure.cleaned(lines.joined(separator: " "))
        return text.isEmpty ? String(code) : "\(code) \(text)"
    }

    /// What it means for a mail. `toRecipient`: it answers RCPT, and speaks of that address.
    func outcome(toRecipient: Bool) -> OutcomeClass {
        switch code {
        case 200..<300: return .ok
        case 300..<500: return saysTooMuch ? .throttled : .transient
        case 530, 534, 535, 538: return .auth
        // RFC 5321 section 4.5.3.1.10: too many recipients, from old servers.
        case 552 where toRecipient && enhanced == nil: return .transient
        default: break
        }
        if let enhanced {
            // RFC 3463 sections 3.2 and 3.3: what is wrong with the address or the mailbox.
            let isAddress = enhanced.hasPrefix("5.1.") && !["5.1.7", "5.1.8"].contains(enhanced)
            return isAddress || enhanced.hasPrefix("5.2.") && enhanced != "5.2.3" ? .recipientUnreachable : .permanent
        }
        return toRecipient && [550, 551, 553].contains(code) ? .recipientUnreachable : .permanent
    }

    private var saysTooMuch: Bool {
        let text = lines.joined(separator: " ").lowercased()
        return enhanced == "4.7.28" || ["too many", "rate limit", "throttl", "too fast"].contains { text.contains($0) }
    }
}

/// Cuts the stream into replies. What it keeps is bounded.
struct SMTPReplyParser {
    static let lineBytesMax = 4096
    static let linesMax = 256

    private var line: [UInt8] = []
    private var lines: [String] = []
    private var code = 0
    /// The server speaks another protocol.
    private(set) var isBroken = false

    mutating func take(_ bytes: UnsafeRawBufferPointer, _ each: (SMTPReply) -> Void) {
        for byte in bytes where !isBroken {
            if byte == 0x0A {
                endLine(each)
            } else if line.count < Self.lineBytesMax {
                line.append(byte)
            }
        }
    }

    private mutating func endLine(_ each: (SMTPReply) -> Void) {
        if line.last == 0x0D { line.removeLast() }
        defer { line = [] }
        let digits = line.prefix(3)
        guard digits.count == 3, let number = Int(String(decoding: digits, as: UTF8.self)),
            (200..<600).contains(number), lines.isEmpty || number == code, lines.count < Self.linesMax,
            line.count == 3 || line[3] == UInt8(ascii: " ") || line[3] == UInt8(ascii: "-")
        else {
            isBroken = true
            return
        }
        code = number
        lines.append(String(decoding: line.dropFirst(4), as: UTF8.self))
        if line.count > 3, line[3] == UInt8(ascii: "-") { return }
        each(SMTPReply(code: code, lines: lines))
        lines = []
    }
}
