// Enhanced mail system status codes (RFC 3463), as bounces carry them in fields or somewhere in their words.

/// `5.1.1`: class, subject, detail.
package struct EnhancedStatus: Sendable, Hashable, CustomStringConvertible {
    /// 2 success, 4 persistent transient failure, 5 permanent failure.
    package let level: Int
    /// 0 to 999.
    package let subject: Int
    /// 0 to 999.
    package let detail: Int

    /// Whether sending again is in vain.
    package var isPermanent: Bool { level == 5 }

    package var description: String { "\(level).\(subject).\(detail)" }

    package init?(level: Int, subject: Int, detail: Int) {
        guard [2, 4, 5].contains(level), (0...999).contains(subject), (0...999).contains(detail) else { return nil }
        self.level = level
        self.subject = subject
        self.detail = detail
    }

    /// The first code that stands alone in a text: not a piece of an address or of a longer number with dots.
    package init?(in text: some StringProtocol) {
        let bytes = Array(text.utf8)
        for at in bytes.indices where bytes[at] == 0x32 || bytes[at] == 0x34 || bytes[at] == 0x35 {
            guard at == 0 || !Self.belongs(bytes[at - 1]), let found = Self.read(bytes, at) else { continue }
            self = found
            return
        }
        return nil
    }

    private static func read(_ bytes: [UInt8], _ start: Int) -> EnhancedStatus? {
        var at = start
        var numbers: [Int] = []
        while numbers.count < 3 {
            let from = at
            var number = 0
            while at < bytes.count, at - from < 4, (0x30...0x39).contains(bytes[at]) {
                number = number * 10 + Int(bytes[at] - 0x30)
                at += 1
            }
            guard at > from, at - from <= 3 else { return nil }
            numbers.append(number)
            if numbers.count < 3 {
                guard at < bytes.count, bytes[at] == 0x2E else { return nil }
                at += 1
            }
        }
        // A full stop ends a sentence when nothing like a number follows it.
        if at < bytes.count, belongs(bytes[at]) {
            guard bytes[at] == 0x2E, at + 1 == bytes.count || !belongs(bytes[at + 1]) else { return nil }
        }
        return EnhancedStatus(level: numbers[0], subject: numbers[1], detail: numbers[2])
    }

    private static func belongs(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20) || byte == 0x2E || byte == 0x2D
    }

    /// The first SMTP reply code of a text (RFC 5321 4.2), 400 to 599, that stands alone.
    static func replyCode(in text: some StringProtocol) -> Int? {
        for word in text.split(whereSeparator: { " \t\n\r:;,()[]<>\"'-#".contains($0) }) where word.utf8.count == 3 {
            if let code = Int(word), (400...599).contains(code) { return code }
        }
        return nil
    }
}
