import TestSupport
import Testing

@testable import Transports

@Suite("Opening a session with an IMAP server that has other ideas")
struct IMAPOpeningTests {
    private static let greeting = MailScript.Step.say("* OK ready")
    private static let login: [MailScript.Step] = [
        greeting, .hear("CAPABILITY"), .say("* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR"), .say("TAG OK done"),
        .hear("AUTHENTICATE PLAIN"),
    ]

    private func network(openTimeout: Duration = .seconds(10)) -> MailNetwork {
        var network = MailNetwork(
            guard: AddressGuard(allowing: ["127.0.0.0/8"].compactMap { AddressRange($0) }))
        network.openTimeout = openTimeout
        network.answerTimeout = .seconds(10)
        return network
    }

    private func failure(
        _ steps: [MailScript.Step], _ security: MailSecurity = .plain, openTimeout: Duration = .seconds(10)
    ) async throws -> (failure: MailFailure, heard: [String]) {
        let script = try MailScript(steps)
        let failure = await #expect(throws: MailFailure.self) {
            let session = try await IMAPSession.open(
                script.server(security), .password(user: "kim@cust.test", secret: "hunter2"),
                network(openTimeout: openTimeout))
            _ = try await session.select("INBOX")
        }
        return (try #require(failure), script.allHeard)
    }

    @Test("Without STARTTLS nothing secret is said to a server that must have it")
    func noDowngrade() async throws {
        let (failure, heard) = try await failure(
            [Self.greeting, .hear("CAPABILITY"), .say("* CAPABILITY IMAP4rev1 AUTH=PLAIN"), .say("TAG OK"), .silence],
            .startTLS)
        #expect(failure.kind == .tls)
        #expect(heard.allSatisfy { !$0.contains("AUTH") && !$0.contains("LOGIN") })
    }

    @Test(
        "A refusal says whether a person must act or time mends it",
        arguments: [
            ("NO [AUTHENTICATIONFAILED] Invalid credentials", MailFailure.Kind.login),
            ("NO [AUTHORIZATIONFAILED] not yours", .login), ("NO LOGIN failed.", .login),
            ("NO [UNAVAILABLE] Temporary authentication failure.", .unavailable),
            ("NO [INUSE] somebody reads it", .unavailable), ("NO [LIMIT] ten sessions", .throttled),
            ("BAD User is authenticated but not connected.", .unavailable),
            ("NO [CONTACTADMIN] call somebody", .login),
            ("NO [ALERT] Too many simultaneous connections. (Failure)", .throttled),
        ])
    func refusals(words: String, kind: MailFailure.Kind) async throws {
        let (failure, _) = try await failure(Self.login + [.say("TAG \(words)"), .silence])
        #expect(failure.kind == kind)
        #expect(!failure.message.contains("hunter2"))
    }

    @Test("A server that says goodbye first cannot now")
    func goodbye() async throws {
        #expect(try await failure([.say("* BYE Too many connections from your address")]).failure.kind == .throttled)
        #expect(try await failure([.say("* BYE Going down")]).failure.kind == .unavailable)
        #expect(try await failure(Self.login + [.say("* BYE [UNAVAILABLE] later")]).failure.isTransient)
    }

    @Test("A server of another protocol is no mail server, and no person is called")
    func garbled() async throws {
        let (failure, _) = try await failure([.say("SSH-2.0-OpenSSH_9.2"), .silence], openTimeout: .seconds(1))
        #expect(failure.isTransient)
    }

    @Test("A server that offers no way to log in that is known is a refused log-in")
    func noMechanism() async throws {
        let (failure, _) = try await failure([
            Self.greeting, .hear("CAPABILITY"), .say("* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=EXTERNAL"),
            .say("TAG OK"), .silence,
        ])
        #expect(failure.kind == .login)
    }

    private func capabilities(_ words: String) -> [MailScript.Step] {
        [Self.greeting, .hear("CAPABILITY"), .say("* CAPABILITY IMAP4rev1 \(words)"), .say("TAG OK")]
    }

    @Test("A password is tried where Kerberos and NTLM are offered too, and by LOGIN where nothing is offered")
    func passwords() async throws {
        let login = MailLogin.password(user: "kim@cust.test", secret: "hunter2")
        let done: [MailScript.Step] = [.say("TAG OK in"), .hear("CAPABILITY"), .say("TAG OK"), .silence]
        let many = try MailScript(
            capabilities("AUTH=GSSAPI AUTH=NTLM AUTH=PLAIN") + [.hear("AUTHENTICATE PLAIN"), .say("+ "), .hear("")]
                + done)
        _ = try await IMAPSession.open(many.server(), login, network())
        let none = try MailScript(capabilities("ID") + [.hear("LOGIN")] + done)
        _ = try await IMAPSession.open(none.server(), login, network())
    }

    @Test("A token goes out as XOAUTH2 where that is offered, and never as a password")
    func token() async throws {
        let login = MailLogin.token(user: "kim@cust.test", secret: "t0ken")
        let start = capabilities("AUTH=XOAUTH2 AUTH=PLAIN") + [.hear("AUTHENTICATE XOAUTH2"), .say("+ "), .hear("")]
        let good = try MailScript(start + [.say("TAG OK in"), .hear("CAPABILITY"), .say("TAG OK"), .silence])
        _ = try await IMAPSession.open(good.server(), login, network())
        // "user=kim@cust.test^Aauth=Bearer t0ken^A^A" in base64.
        #expect(good.allHeard.contains("dXNlcj1raW1AY3VzdC50ZXN0AWF1dGg9QmVhcmVyIHQwa2VuAQE="))

        let stale = try MailScript(
            start + [
                .say("+ eyJzdGF0dXMiOiI0MDAifQ=="), .hear(""),
                .say("TAG NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)"), .silence,
            ])
        let plain = try MailScript(capabilities("AUTH=PLAIN") + [.silence])
        for script in [stale, plain] {
            let failure = await #expect(throws: MailFailure.self) {
                _ = try await IMAPSession.open(script.server(), login, network())
            }
            #expect(failure?.kind == .login)
        }
        #expect(plain.allHeard.allSatisfy { !$0.contains("AUTH") })
    }

    @Test("A mailbox of which the server tells no UIDVALIDITY is not read")
    func noUIDValidity() async throws {
        let (failure, _) = try await failure(
            Self.login + [
                .say("TAG OK in"), .hear("CAPABILITY"), .say("TAG OK"), .hear("SELECT"), .say("* 1 EXISTS"),
                .say("TAG OK"), .silence,
            ])
        #expect(failure.kind == .rejected)
    }

    @Test("A cancelled task stops connecting to a server that says nothing")
    func cancelled() async throws {
        let script = try MailScript([.silence])
        let network = network(openTimeout: .seconds(600))
        let start = ContinuousClock.now
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                let failure = await #expect(throws: MailFailure.self) {
                    _ = try await IMAPSession.open(script.server(), .none, network)
                }
                #expect(failure?.kind == .cancelled)
            }
            group.cancelAll()
        }
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test("A server that says nothing is given up in time")
    func timeout() async throws {
        let script = try MailScript([.silence])
        let network = network(openTimeout: .milliseconds(300))
        let failure = await #expect(throws: MailFailure.self) {
            _ = try await IMAPSession.open(script.server(), .none, network)
        }
        #expect(failure?.kind == .timeout)
    }

    @Test(
        "Hosts that would make another URL are refused", arguments: ["", "a/b", "a b", "x:1@h", "h\r\nQUIT", "[::1]"])
    func hosts(host: String) async throws {
        let failure = await #expect(throws: MailFailure.self) {
            _ = try await IMAPSession.open(MailServer(host: host, port: 143, security: .tls), .none, network())
        }
        #expect(failure?.kind == .refused)
    }
}
