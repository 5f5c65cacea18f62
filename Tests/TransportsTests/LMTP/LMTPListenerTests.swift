import Glibc
import Model
import Synchronization
import TestSupport
import Testing

@testable import Transports

@Suite("An LMTP listener")
struct LMTPListenerTests {
    private static let accepts: @Sendable (String) -> LMTPAnswer = { address in
        address.hasPrefix("no") ? .unknownRecipient : .recipientOK
    }

    /// Runs a listener beside `work`, then ends it.
    private func listening(
        _ address: LMTPAddress, _ deliver: @escaping @Sendable (LMTPMail) async -> [LMTPAnswer],
        _ work: @Sendable (LMTPListener) async throws -> Void
    ) async throws {
        var limits = LMTPLimits()
        limits.connectionsMax = 2
        let listener = try LMTPListener(at: address, name: "desk.test", limits: limits, accepts: Self.accepts)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await listener.run(deliver) }
            try await work(listener)
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    private func mail(_ client: MailClient, to recipients: [String]) async throws -> [String] {
        try await client.say("LHLO mx.test")
        _ = try await client.lines(until: "250 ")
        try await client.say(
            "MAIL FROM:<kim@cust.test>\r\n" + recipients.map { "RCPT TO:<\($0)>\r\n" }.joined() + "DATA")
        _ = try await client.lines(until: "354 ")
        try await client.say("Subject: x\r\n\r\nHello\r\n.\r\nNOOP")
        return try await client.lines(until: "250 2.0.0 OK")
    }

    @Test("Mails are handed over, and answered when they are stored")
    func stored() async throws {
        let mails = Mutex<[LMTPMail]>([])
        let deliver: @Sendable (LMTPMail) async -> [LMTPAnswer] = { mail in
            mails.withLock { $0.append(mail) }
            return [.stored, LMTPAnswer(552, "5.2.2", "Full")]
        }
        try await listening(.loopback(port: 0), deliver) { listener in
            let client = try MailClient(port: listener.port)
            #expect(try await client.lines(until: "220 ") == ["220 desk.test LMTP"])
            let replies = try await mail(client, to: ["a@shop.test", "no@shop.test", "b@shop.test"])
            #expect(replies == ["250 2.0.0 Stored", "552 5.2.2 Full", "250 2.0.0 OK"])
        }
        #expect(mails.withLock { $0 }.map(\.recipients) == [["a@shop.test", "b@shop.test"]])
    }

    @Test("A socket in the file system lets in those whom its mode allows, and is taken over from a dead process")
    func socketFile() async throws {
        let directory = try TemporaryDirectory()
        let address = LMTPAddress.socket(path: directory.path("lmtp"), mode: 0o600)
        for _ in 1...2 {
            try await listening(address, { _ in [.stored] }) { _ in
                var status = stat()
                #expect(stat(directory.path("lmtp"), &status) == 0 && status.st_mode & 0o777 == 0o600)
                let client = try MailClient(path: directory.path("lmtp"))
                _ = try await client.lines(until: "220 ")
                #expect(try await mail(client, to: ["a@shop.test"]).first == "250 2.0.0 Stored")
            }
        }
        try directory.write("mine", to: "file")
        let failure = #expect(throws: MailFailure.self) {
            _ = try LMTPListener(
                at: .socket(path: directory.path("file"), mode: 0o600), name: "d", accepts: Self.accepts)
        }
        #expect(failure?.kind == .refused)
    }

    @Test("Too many clients are asked to come later, and all are let go when it ends")
    func clients() async throws {
        let kept = Mutex<[MailClient]>([])
        try await listening(.loopback(port: 0), { _ in [.stored] }) { listener in
            for _ in 1...2 {
                let client = try MailClient(port: listener.port)
                _ = try await client.lines(until: "220 ")
                kept.withLock { $0.append(client) }
            }
            let third = try MailClient(port: listener.port)
            #expect(try await third.lines(until: "421 ") == ["421 4.3.2 Too many clients"])
        }
        for client in kept.withLock({ $0 }) {
            #expect(try await client.lines(until: "421 ") == ["421 4.3.2 Goodbye"])
        }
    }

    @Test("A listener that ends while a mail is being stored still answers it")
    func ends() async throws {
        let (begun, begin) = AsyncStream.makeStream(of: Void.self)
        let (ended, end) = AsyncStream.makeStream(of: Void.self)
        let listener = try LMTPListener(at: .loopback(port: 0), name: "desk.test", accepts: Self.accepts)
        let client = try MailClient(port: listener.port)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                await listener.run { _ in
                    begin.yield()
                    // Iterating stops at once when the task is cancelled.
                    for await _ in ended {}
                    return [.stored]
                }
            }
            _ = try await client.lines(until: "220 ")
            try await client.say("LHLO a\r\nMAIL FROM:<>\r\nRCPT TO:<a@shop.test>\r\nDATA")
            _ = try await client.lines(until: "354 ")
            try await client.say("x\r\n.")
            for await _ in begun { break }
            group.cancelAll()
            try await group.waitForAll()
            end.finish()
        }
        #expect(try await client.lines(until: "250 ") == ["250 2.0.0 Stored"])
    }

    @Test("A real MTA hands its mail over", .enabled(if: LiveMailServer.isThere))
    func postfix() async throws {
        let live = try LiveMailServer.shared.get()
        let (mails, came) = AsyncStream.makeStream(of: LMTPMail.self)
        let deliver: @Sendable (LMTPMail) async -> [LMTPAnswer] = { mail in
            came.yield(mail)
            return mail.recipients.map { _ in .stored }
        }
        try await listening(.loopback(port: live.deskPort), deliver) { _ in
            let session = try await SMTPSession.open(live.smtp, .none, live.network, greeting: "mx.cust.test")
            let sent = SMTPMail(
                sender: "kim@cust.test", recipients: ["support+x1@desk.test", "sales@desk.test"],
                bytes: Array("Subject: Hei\n\nMoi\n.\nhyvä\n".utf8))
            #expect(await session.send(sent).attempt.outcome == .ok)
            for await mail in mails {
                #expect(Set(mail.recipients) == Set(sent.recipients))
                #expect(mail.sender == "kim@cust.test")
                #expect(String(decoding: mail.bytes, as: UTF8.self).hasSuffix("\r\nMoi\r\n.\r\nhyvä\r\n"))
                break
            }
        }
    }
}

/// A client on a plain socket that waits for lines, on a thread of its own.
private actor MailClient {
    struct Gone: Error {}

    nonisolated private let executor: ThreadExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    init(port: UInt16) throws {
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_port = port.bigEndian
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        try self.init(AF_INET, name)
    }

    init(path: String) throws {
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        try self.init(AF_UNIX, name)
    }

    private init<Name>(_ family: Int32, _ name: Name) throws {
        guard let executor = ThreadExecutor() else { throw Gone() }
        (self.executor, descriptor) = (executor, socket(family, Int32(SOCK_STREAM.rawValue), 0))
        let status = withUnsafePointer(to: name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<Name>.size))
            }
        }
        guard status == 0 else { throw Gone() }
    }

    deinit {
        close(descriptor)
    }

    func say(_ text: String) throws {
        let bytes = Array("\(text)\r\n".utf8)
        let count = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
        guard count == bytes.count else { throw Gone() }
    }

    /// The lines up to one that begins with these words.
    func lines(until words: String) throws -> [String] {
        var lines: [String] = []
        while lines.last?.hasPrefix(words) != true {
            if let end = buffer.firstIndex(of: 0x0A) {
                lines.append(String(decoding: buffer[..<end].filter { $0 != 0x0D }, as: UTF8.self))
                buffer.removeFirst(end + 1)
            } else {
                var part = [UInt8](repeating: 0, count: 4096)
                let count = read(descriptor, &part, part.count)
                guard count > 0 else { throw Gone() }
                buffer += part[..<count]
            }
        }
        return lines
    }
}
