import Model
import TestSupport
import Testing

@testable import Transports

@Suite("A session with a real SMTP server", .enabled(if: LiveMailServer.isThere))
struct SMTPSessionTests {
    private func mail(to recipients: [String], _ subject: String = "Hello") -> SMTPMail {
        SMTPMail(
            sender: "desk@shop.test", recipients: recipients,
            bytes: Array("From: desk@shop.test\nSubject: \(subject)\n\nA line\n.\n..dots\n".utf8))
    }

    /// The mails in INBOX, when there are `count`.
    private func inbox(_ live: LiveMailServer, _ address: String, _ count: UInt32) async throws -> [String] {
        let session = try await IMAPSession.open(live.imap, live.login(address), live.network)
        while try await session.select("INBOX").exists < count {
            #expect(try await session.wait(atMost: .seconds(30)) == .changed)
        }
        try await session.startFetch(Array(1...count))
        var texts: [String] = []
        while let mails = try await session.nextMails() {
            for case .whole(let bytes) in mails.map(\.content) { texts.append(String(decoding: bytes, as: UTF8.self)) }
        }
        await session.close()
        return texts
    }

    @Test("A mail goes to a mailbox as it is, its dots too")
    func roundTrip() async throws {
        let live = try LiveMailServer.shared.get()
        let address = live.newAddress()
        let session = try await SMTPSession.open(live.smtp, .none, live.network, greeting: "desk.shop.test")
        let report = await session.send(mail(to: [address]))
        #expect(report.attempt.outcome == .ok)
        #expect(report.accepted?.contains("queued as") == true)
        let came = try await inbox(live, address, 1)
        #expect(came[0].contains("\r\nSubject: Hello\r\n"))
        #expect(came[0].hasSuffix("\r\n\r\nA line\r\n.\r\n..dots\r\n"))
        #expect(came[0].contains("desk.shop.test"))
    }

    @Test("Of several recipients each has its own answer, and the good ones get the mail")
    func recipients() async throws {
        let live = try LiveMailServer.shared.get()
        let address = live.newAddress()
        let session = try await SMTPSession.open(live.smtp, .none, live.network, greeting: "desk.shop.test")
        let report = await session.send(
            mail(to: ["nobody@cust.test", address, "later@cust.test", "full@cust.test", "x@elsewhere.test"]))
        let outcomes: [OutcomeClass] = [
            .recipientUnreachable, .ok, .transient, .transient, .recipientUnreachable,
        ]
        #expect(report.results.map(\.outcome) == outcomes)
        #expect(report.results.map { $0.reply?.enhanced } == ["5.1.1", "2.0.0", "4.7.1", "4.2.2", "5.1.2"])
        #expect(report.left == ["later@cust.test", "full@cust.test"])
        #expect(try await inbox(live, address, 1).count == 1)
        let alone = await session.send(mail(to: ["later@cust.test"]))
        #expect(alone.attempt.outcome == .transient)
        #expect(alone.attempt.reason?.contains("Greylisted") == true)
        #expect(await session.send(mail(to: [address])).attempt.outcome == .ok)
    }

    @Test("A log-in goes through STARTTLS and TLS, by password and by token")
    func logins() async throws {
        let live = try LiveMailServer.shared.get()
        let address = live.newAddress()
        let logins = [live.login(address), .token(user: address, secret: try live.token(address))]
        for server in [live.submission, live.submissionTLS] {
            for login in logins {
                let session = try await SMTPSession.open(server, login, live.network, greeting: "desk.shop.test")
                #expect(await session.send(mail(to: [address])).attempt.outcome == .ok)
                await session.close()
            }
        }
        #expect(try await inbox(live, address, 4).count == 4)
    }

    @Test("A refused log-in is a person's, a stale token is refreshed, and neither is told")
    func refused() async throws {
        let live = try LiveMailServer.shared.get()
        let logins: [(MailLogin, OutcomeClass)] = [
            (.password(user: "kim@cust.test", secret: "hunter2"), .auth),
            (.token(user: "kim@cust.test", secret: "hunter2"), .authRefresh),
        ]
        for (login, outcome) in logins {
            let sender = SMTPSender(live.submissionTLS, live.network, greeting: "desk.shop.test") { login }
            let report = await sender.send(mail(to: ["kim@cust.test"]))
            #expect(report.attempt.outcome == outcome)
            #expect(report.attempt.reason?.contains("hunter2") == false)
        }
    }

    @Test("A server that wants a log-in says so")
    func needsLogin() async throws {
        let live = try LiveMailServer.shared.get()
        let session = try await SMTPSession.open(live.submissionTLS, .none, live.network, greeting: "desk.shop.test")
        let report = await session.send(mail(to: ["kim@cust.test"]))
        #expect(report.attempt.outcome == .permanent || report.attempt.outcome == .auth)
        #expect(report.accepted == nil)
    }

    @Test("Mails one after the other go over one connection, which the server counts")
    func reuse() async throws {
        let live = try LiveMailServer.shared.get()
        let address = live.newAddress()
        let sender = SMTPSender(live.smtp, live.network, greeting: "desk.shop.test") { .none }
        for number in 1...37 { #expect(await sender.send(mail(to: [address], "\(number)")).attempt.outcome == .ok) }
        await sender.close()
        #expect(try live.postfixLogged("disconnect from .* mail=37 rcpt=37 data=37") == 1)
        #expect(try await inbox(live, address, 37).count == 37)
    }

    @Test("Many mails at a time share a few connections, and all arrive")
    func many() async throws {
        let live = try LiveMailServer.shared.get()
        let address = live.newAddress()
        let sender = SMTPSender(live.smtp, live.network, greeting: "desk.shop.test") { .none }
        let outcomes = await withTaskGroup(of: OutcomeClass.self) { group in
            for number in 1...40 {
                group.addTask { await sender.send(mail(to: [address], "\(number)")).attempt.outcome }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes == Array(repeating: .ok, count: 40))
        #expect(try await inbox(live, address, 40).count == 40)
    }
}

@Suite("An SMTP server that has other ideas")
struct SMTPTroubleTests {
    private static let greeting: [MailScript.Step] = [
        .say("220 mx.test"), .hear("EHLO"), .say("250 mx.test"), .hear("EHLO"), .say("250-mx.test\r\n250 PIPELINING"),
    ]
    private static let taken: [MailScript.Step] = [
        .hear("DATA"), .say("250 ok\r\n250 ok\r\n354 go on"), .hear("."),
    ]

    private var network: MailNetwork {
        var network = MailNetwork(guard: AddressGuard(allowing: ["127.0.0.0/8"].compactMap { AddressRange($0) }))
        (network.openTimeout, network.answerTimeout) = (.seconds(10), .seconds(10))
        return network
    }

    private let mail = SMTPMail(sender: "a@b.test", recipients: ["kim@cust.test"], bytes: Array("A: b\n\nHello\n".utf8))

    private func sender(_ script: MailScript) -> SMTPSender {
        SMTPSender(script.server(), network, greeting: "desk.shop.test") { .none }
    }

    @Test("A connection that ends after the last dot leaves the mail in the unknown, and it is not sent twice")
    func unknown() async throws {
        let script = try MailScript(Self.greeting + Self.taken)
        let attempt = await sender(script).send(mail).attempt
        #expect(attempt.outcome == .unknownOutcome)
        #expect(script.allHeard.count { $0 == "." } == 1)
    }

    @Test("A connection that ends before the content leaves it to be sent again")
    func before() async throws {
        let script = try MailScript(Self.greeting + [.hear("DATA"), .say("250 ok\r\n250 ok")])
        #expect(await sender(script).send(mail).attempt.outcome == .transient)
    }

    @Test("A server that closes between mails is asked again at once")
    func replaced() async throws {
        let script = try MailScript(Self.greeting + Self.taken + [.say("250 2.0.0 queued")])
        let sender = sender(script)
        for _ in 1...3 { #expect(await sender.send(mail).attempt.outcome == .ok) }
        #expect(script.allHeard.count { $0 == "." } == 3)
        #expect(script.allHeard.count { $0.hasPrefix("EHLO") } == 6)
    }

    @Test("A server that closes with 421 cannot now")
    func closing() async throws {
        let script = try MailScript(Self.greeting + [.hear("DATA"), .say("421 4.3.2 shutting down")])
        let attempt = await sender(script).send(mail).attempt
        #expect(attempt.outcome == .transient)
        #expect(attempt.reason?.contains("shutting down") == true)
        let busy = try MailScript([.say("421 4.7.0 Too many connections")])
        #expect(await self.sender(busy).send(mail).attempt.outcome == .transient)
    }

    @Test("Without STARTTLS nothing is handed to a server that must have it")
    func noDowngrade() async throws {
        let script = try MailScript([.say("220 mx.test"), .hear("EHLO"), .say("250 mx.test"), .silence])
        let sender = SMTPSender(script.server(.startTLS), network, greeting: "desk.shop.test") {
            .password(user: "kim", secret: "hunter2")
        }
        #expect(await sender.send(mail).attempt.outcome == .transient)
        #expect(script.allHeard.allSatisfy { !$0.contains("AUTH") && !$0.contains("MAIL") })
    }

    @Test("A name to greet with that is no host's is refused", arguments: ["", "a b", "a\r\nQUIT", "a/b"])
    func greetings(name: String) async throws {
        let failure = await #expect(throws: MailFailure.self) {
            _ = try await SMTPSession.open(
                MailServer(host: "localhost", port: 25, security: .plain), .none, network, greeting: name)
        }
        #expect(failure?.kind == .refused)
    }
}
