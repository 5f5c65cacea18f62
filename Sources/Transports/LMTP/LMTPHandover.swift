// Hands one mail over by LMTP (RFC 2033), for an MTA that can only start a program.

import Model

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A client of one mail. It blocks: commands use it, services do not.
package struct LMTPHandover: ~Copyable {
    /// How long the other side may say nothing; the answer to a mail comes after its commit.
    private static let patience = Duration.seconds(300)
    private static let lineBytesMax = 4096

    private let descriptor: Int32
    private var buffer: [UInt8] = []

    /// - Throws: when nobody listens there.
    package init(to address: LMTPAddress) throws(MailFailure) {
        descriptor = try LMTPSocket.connected(to: address)
    }

    deinit {
        close(descriptor)
    }

    /// Hands a mail over.
    /// - Parameter sender: of the envelope; empty: none.
    /// - Returns: the answer for the recipient; 2yz says that the mail is safe.
    /// - Throws: when the other side said nothing, or no answer of the protocol: the mail may be handed over again.
    package mutating func hand(
        _ mail: [UInt8], from sender: String, to recipient: String
    ) throws(MailFailure) -> LMTPAnswer {
        guard [sender, recipient].allSatisfy({ $0.utf8.allSatisfy { $0 > 0x20 && $0 != 0x3C && $0 != 0x3E } }) else {
            throw MailFailure(.refused, "an address has characters that no address has")
        }
        var answer = try answer()
        for command in ["LHLO localhost", "MAIL FROM:<\(sender)>", "RCPT TO:<\(recipient)>", "DATA"] {
            guard answer.code / 100 == 2 else { return answer }
            try write(Array("\(command)\r\n".utf8))
            answer = try self.answer()
        }
        guard answer.code == 354 else { return answer }
        try write(SMTPContent(mail).stuffed + SMTPContent.end)
        return try self.answer()
    }

    private func write(_ bytes: [UInt8]) throws(MailFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 || errno == EINTR else { throw MailFailure(.broken, "the connection broke") }
            rest = rest.dropFirst(max(count, 0))
        }
    }

    /// The next answer: its last line (RFC 5321 section 4.2.1).
    private mutating func answer() throws(MailFailure) -> LMTPAnswer {
        while true {
            let line = try line()
            guard let code = Int(line.prefix(3)), (200..<600).contains(code) else {
                throw MailFailure(.garbled, "the other side speaks no LMTP")
            }
            if line.dropFirst(3).first != "-" { return LMTPAnswer(code, "", String(line.dropFirst(4))) }
        }
    }

    private mutating func line() throws(MailFailure) -> String {
        while true {
            if let end = buffer.firstIndex(of: 0x0A) {
                defer { buffer.removeFirst(end + 1) }
                return String(decoding: buffer[..<end].filter { $0 != 0x0D }, as: UTF8.self)
            }
            guard buffer.count < Self.lineBytesMax else { throw MailFailure(.garbled, "a line is too long") }
            guard LMTPSocket.wait(for: descriptor, POLLIN, nil, Self.patience) == .ready else {
                throw MailFailure(.timeout, "no answer came")
            }
            var piece = [UInt8](repeating: 0, count: 1024)
            let count = read(descriptor, &piece, piece.count)
            guard count > 0 else { throw MailFailure(.broken, "the other side closed the connection") }
            buffer += piece[..<count]
        }
    }
}
