import Model
import TestSupport
import Testing

@testable import Transports

@Suite("A session with a real IMAP server", .enabled(if: LiveMailServer.isThere))
struct IMAPSessionTests {
    private func open(
        _ live: LiveMailServer, _ address: String, _ server: MailServer? = nil, limits: IMAPLimits = IMAPLimits()
    ) async throws -> IMAPSession {
        try await .open(server ?? live.imap, live.login(address), live.network, limits: limits)
    }

    /// Puts mails of some size into INBOX.
    private func fill(_ session: IMAPSession, _ count: Int, bytes: Int = 100) async throws {
        for number in 1...count {
            try await session.append(Self.mail(number, bytes: bytes), to: "INBOX")
        }
    }

    private static func failure(_ work: @Sendable () async throws -> Void) async -> MailFailure? {
        do {
            try await work()
            return nil
        } catch {
            return error as? MailFailure
        }
    }

    private static func mail(_ number: Int, bytes: Int) -> [UInt8] {
        let head = Array("Subject: mail \(number)\r\n\r\n".utf8)
        return head + [UInt8](repeating: UInt8(ascii: "x"), count: max(0, bytes - head.count))
    }

    private func all(_ session: IMAPSession, _ uids: UIDSet) async throws -> [FetchedMail] {
        try await session.startFetch(Array(uids.numbers))
        var mails: [FetchedMail] = []
        while let group = try await session.nextMails() { mails += group }
        return mails
    }

    @Test("A password opens a mailbox in the clear where that is said, by STARTTLS and by TLS")
    func opens() async throws {
        let live = try LiveMailServer.shared.get()
        let address = live.newAddress()
        for server in [live.imap, live.imapStartTLS, live.imapTLS] {
            let session = try await open(live, address, server)
            let folder = try await session.select("INBOX")
            #expect(folder.uidValidity > 0 && folder.exists == 0 && !folder.isReadOnly)
            await session.close()
        }
    }

    @Test("A wrong password is a refused log-in, and is not told")
    func wrongPassword() async throws {
        let live = try LiveMailServer.shared.get()
        for server in [live.imap, live.imapTLS] {
            let failure = await #expect(throws: MailFailure.self) {
                _ = try await IMAPSession.open(
                    server, .password(user: live.newAddress(), secret: "hunter2"), live.network)
            }
            #expect(failure?.kind == .login)
            #expect(failure?.message.contains("hunter2") == false)
        }
    }

    @Test("A token opens a mailbox; a stale one and one of nobody's are refused log-ins")
    func tokens() async throws {
        let live = try LiveMailServer.shared.get()
        let address = live.newAddress()
        let session = try await IMAPSession.open(
            live.imapTLS, .token(user: address, secret: live.token(address)), live.network)
        _ = try await session.select("INBOX")
        for token in [try live.token(address, seconds: -10), "nonsense"] {
            let login = MailLogin.token(user: address, secret: token)
            let failure = await #expect(throws: MailFailure.self) {
                _ = try await IMAPSession.open(live.imapTLS, login, live.network)
            }
            #expect(failure?.kind == .login)
            #expect(failure?.outcome(of: login) == .authRefresh)
            #expect(failure?.message.contains(token) == false)
        }
    }

    @Test("A certificate by an authority that is not known, or of another name, is not trusted")
    func certificates() async throws {
        let live = try LiveMailServer.shared.get()
        var stranger = live.network
        stranger.authorities = nil
        for (server, network) in [(live.imapTLS, stranger), (live.imapStartTLS, stranger)] {
            let failure = await #expect(throws: MailFailure.self) {
                _ = try await IMAPSession.open(server, live.login("a@cust.test"), network)
            }
            #expect(failure?.kind == .tls)
        }
    }

    @Test("The address guard holds for mail servers")
    func guarded() async throws {
        let live = try LiveMailServer.shared.get()
        var network = live.network
        network.addressGuard = AddressGuard()
        let failure = await #expect(throws: MailFailure.self) {
            _ = try await IMAPSession.open(live.imap, live.login("a@cust.test"), network)
        }
        #expect(failure?.kind == .refused)
    }

    @Test("A thousand mails come whole, in order, each once")
    func thousand() async throws {
        let live = try LiveMailServer.shared.get()
        let session = try await open(live, live.newAddress())
        try await fill(session, 1000)
        _ = try await session.select("INBOX")
        let uids = try await session.uids(after: 0)
        #expect(uids.text == "1:1000")
        let mails = try await all(session, uids)
        #expect(mails.map(\.uid) == Array(1...1000))
        #expect(mails.allSatisfy { $0.content == .whole(Self.mail(Int($0.uid), bytes: 100)) })
        #expect(mails.allSatisfy { $0.internalDate != nil && !$0.flags.contains("\\Seen") })
        #expect(try await session.uids(after: 990).text == "991:1000")
        #expect(try await session.uids(after: 1000).isEmpty)
        #expect(try await session.uids(after: .max).isEmpty)
    }

    @Test("A mail of 20 MB comes whole; past the limit its beginning comes, and the mails after it")
    func large() async throws {
        let live = try LiveMailServer.shared.get()
        let address = live.newAddress()
        let session = try await open(live, address, live.imapTLS)
        try await session.append(Self.mail(1, bytes: 20 << 20), to: "INBOX")
        try await session.append(Self.mail(2, bytes: 50), to: "INBOX")
        _ = try await session.select("INBOX")
        let mails = try await all(session, UIDSet([1, 2]))
        #expect(mails.map(\.content) == [.whole(Self.mail(1, bytes: 20 << 20)), .whole(Self.mail(2, bytes: 50))])

        var limits = IMAPLimits()
        (limits.mailBytesMax, limits.cutBytesMax) = (1 << 20, 1000)
        let careful = try await open(live, address, limits: limits)
        _ = try await careful.select("INBOX")
        let cut = try await all(careful, UIDSet([1, 2]))
        #expect(cut.first?.content == .cut(Array(Self.mail(1, bytes: 1000)), size: 20 << 20))
        #expect(cut.last?.content == .whole(Self.mail(2, bytes: 50)))
    }

    @Test("A wait ends when a mail comes, also one that came before the wait")
    func waits() async throws {
        let live = try LiveMailServer.shared.get()
        let address = live.newAddress()
        let (reader, writer) = (try await open(live, address), try await open(live, address))
        #expect(await reader.capabilities.contains("IDLE"))
        _ = try await reader.select("INBOX")
        let start = ContinuousClock.now
        async let waited = reader.wait(atMost: .seconds(60))
        try await fill(writer, 1)
        #expect(try await waited == .changed)
        #expect(try await reader.uids(after: 0).text == "1")

        try await fill(writer, 1)
        // The news comes with the answer to another command, and is not lost with it.
        try await reader.flag([1], ["\\Flagged"])
        #expect(try await reader.wait(atMost: .seconds(60)) == .changed)
        #expect(try await reader.wait(atMost: .milliseconds(50)) == .quiet)
        #expect(ContinuousClock.now - start < .seconds(30))
    }

    @Test("IDLE is begun anew in time, and a server without it is asked now and then")
    func renews() async throws {
        let live = try LiveMailServer.shared.get()
        let address = live.newAddress()
        var limits = IMAPLimits()
        limits.idleRenewal = .milliseconds(20)
        let (reader, writer) = (try await open(live, address, limits: limits), try await open(live, address))
        _ = try await reader.select("INBOX")
        #expect(try await reader.wait(atMost: .milliseconds(200)) == .quiet)
        try await fill(writer, 1)
        #expect(try await reader.wait(atMost: .seconds(60)) == .changed)
    }

    @Test("A server that is restarted while a session idles is one that cannot now; the next session goes on")
    func restart() async throws {
        let live = try LiveMailServer()
        let address = live.newAddress()
        let session = try await open(live, address)
        try await fill(session, 3)
        let folder = try await session.select("INBOX")
        async let waiting = Self.failure { _ = try await session.wait(atMost: .seconds(60)) }
        try live.stopDovecot()
        let failure = try #require(await waiting)
        #expect(failure.isTransient)
        let refused = await #expect(throws: MailFailure.self) { _ = try await self.open(live, address) }
        #expect(refused?.kind == .connect)
        await #expect(throws: failure) { _ = try await session.uids(after: 0) }

        try live.startDovecot()
        let next = try await open(live, address)
        #expect(try await next.select("INBOX").uidValidity == folder.uidValidity)
        #expect(try await next.uids(after: 1).text == "2:3")
    }

    @Test("When the connection is cut in a fetch, what came whole is given, and the next session brings the rest")
    func cut() async throws {
        let live = try LiveMailServer()
        let address = live.newAddress()
        let session = try await open(live, address)
        try await fill(session, 60, bytes: 500_000)
        _ = try await session.select("INBOX")
        var came: [UInt32] = []
        try await session.startFetch(Array(1...60))
        came += try #require(await session.nextMails()).map(\.uid)
        try live.cutSessions()
        let failure = await #expect(throws: MailFailure.self) {
            while let mails = try await session.nextMails() {
                came += mails.map(\.uid)
                #expect(mails.allSatisfy { $0.content == .whole(Self.mail(Int($0.uid), bytes: 500_000)) })
            }
        }
        #expect(failure?.kind == .broken)
        #expect((16..<60).contains(came.count))

        let next = try await open(live, address)
        _ = try await next.select("INBOX")
        came += try await all(next, next.uids(after: came.max() ?? 0)).map(\.uid)
        #expect(came == Array(1...60))
    }

    @Test("A folder that was deleted and made anew has another UIDVALIDITY")
    func uidValidity() async throws {
        let live = try LiveMailServer.shared.get()
        let session = try await open(live, live.newAddress())
        try await session.create("Työ & \"asiat\"")
        let first = try await session.select("Työ & \"asiat\"")
        _ = try await session.select("INBOX")
        try await session.deleteFolder("Työ & \"asiat\"")
        let failure = await #expect(throws: MailFailure.self) { _ = try await session.select("Työ & \"asiat\"") }
        #expect(failure?.kind == .rejected)
        try await session.create("Työ & \"asiat\"")
        let second = try await session.select("Työ & \"asiat\"")
        #expect(second.uidValidity != first.uidValidity)
    }

    @Test("A mail that is deleted meanwhile is gone, and the others come")
    func expunged() async throws {
        let live = try LiveMailServer.shared.get()
        let address = live.newAddress()
        let (reader, writer) = (try await open(live, address), try await open(live, address))
        try await fill(writer, 5)
        _ = try await reader.select("INBOX")
        let uids = try await reader.uids(after: 0)
        _ = try await writer.select("INBOX")
        try await writer.delete([2, 4])
        let mails = try await all(reader, uids)
        #expect(mails.filter { $0.content == .gone }.map(\.uid).sorted() == [2, 4])
        #expect(mails.map(\.uid).sorted() == Array(1...5))
        #expect(try await reader.uids(after: 0).text == "1,3,5")
    }

    @Test("Mails are flagged and moved to a folder that is made when it is missing")
    func moves() async throws {
        let live = try LiveMailServer.shared.get()
        let session = try await open(live, live.newAddress())
        try await fill(session, 3)
        let folder = try await session.select("INBOX")
        let sequence = try #require(folder.highestModificationSequence)
        try await session.flag([1, 3], ["\\Seen", "$Ticket"])
        let changes = try await session.changes(since: sequence)
        #expect(Set(changes.flags.keys) == [1, 3])
        #expect(changes.flags[1].map { Set($0).isSuperset(of: ["\\Seen", "$Ticket"]) } == true)
        try await session.flag([1], ["\\Seen"], remove: true)
        try await session.move([2, 3, 99], to: "Erledigt.Käse")
        #expect(try await session.uids(after: 0).text == "1")
        #expect(try await session.changes(since: sequence).vanished == UIDSet([2, 3]))
        #expect(try await session.select("Erledigt.Käse").exists == 2)
        let mails = try await all(session, session.uids(after: 0))
        #expect(mails.map(\.content) == [2, 3].map { .whole(Self.mail($0, bytes: 100)) })
    }

    @Test("A backfill finds mails by their day")
    func since() async throws {
        let live = try LiveMailServer.shared.get()
        let session = try await open(live, live.newAddress())
        try await fill(session, 2)
        _ = try await session.select("INBOX", readOnly: true)
        let came = try #require(await all(session, UIDSet([1])).first?.internalDate)
        #expect(try await session.uids(since: came).text == "1:2")
        #expect(try await session.uids(since: came + .seconds(3 * 86_400)).isEmpty)
        #expect(await session.folder?.isReadOnly == true)
    }

    @Test("A fetch that nobody ends does not hold up the next command")
    func abandoned() async throws {
        let live = try LiveMailServer.shared.get()
        var limits = IMAPLimits()
        limits.groupMailsMax = 2
        let session = try await open(live, live.newAddress(), limits: limits)
        try await fill(session, 10)
        _ = try await session.select("INBOX")
        try await session.startFetch(Array(1...10), perCommand: 1)
        #expect(try await session.nextMails()?.map(\.uid) == [1, 2])
        #expect(try await session.uids(after: 8).text == "9:10")
        #expect(try await session.nextMails() == nil)
    }

    @Test("A cancelled task stops waiting at once, and the session is closed")
    func cancelled() async throws {
        let live = try LiveMailServer.shared.get()
        let session = try await open(live, live.newAddress())
        _ = try await session.select("INBOX")
        let start = ContinuousClock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                let failure = await #expect(throws: MailFailure.self) {
                    _ = try await session.wait(atMost: .seconds(600))
                }
                #expect(failure?.kind == .cancelled)
            }
            group.cancelAll()
            try await group.waitForAll()
        }
        #expect(ContinuousClock.now - start < .seconds(10))
        let later = await #expect(throws: MailFailure.self) { _ = try await session.uids(after: 0) }
        #expect(later?.kind == .cancelled)
    }
}
