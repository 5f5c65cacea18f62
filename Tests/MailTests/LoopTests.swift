import Model
import Testing

@testable import Mail

/// When programs may answer, and what stops those that never end.
@Suite("Programs do not answer one another")
struct LoopTests {
    static let rules = AnswerRules(addresses: ["Support@shop.example"])

    static func judge(_ extra: String = "", from: String = "ann@kunde.example", to: String = "support@shop.example")
        -> AnswerRules.Verdict
    {
        let headers = MailHeaders(block: Array("\(extra)From: \(from)\nTo: \(to)\nSubject: x\n".utf8))
        return rules.judge(headers, kind: MailKind.of(headers: headers, parts: []).kind)
    }

    @Test("A person who writes to the mailbox, or to its signed address, may be answered")
    func allowed() {
        #expect(Self.judge() == .allowed)
        #expect(Self.judge(to: "SUPPORT+c.abc@shop.example, bob@kunde.example") == .allowed)
        #expect(Self.judge("Auto-Submitted: no\n") == .allowed)
        #expect(Self.judge("Return-Path: <ann@kunde.example>\nPrecedence: first-class\n") == .allowed)
    }

    @Test(
        "No program, list or sender who wants no answer is answered",
        arguments: [
            "Auto-Submitted: auto-generated\n", "Auto-Submitted: auto-replied (vacation)\n", "Return-Path: <>\n",
            "Precedence: bulk\n", "Precedence: list\n", "List-Id: <users.shop.example>\n",
            "List-Unsubscribe: <mailto:x@y.example>\n",
            "X-Auto-Response-Suppress: All\n", "X-Auto-Response-Suppress: DR, OOF, AutoReply\n",
            "X-Loop: support@shop.example\n",
            "Return-Path: <users-bounces+ann=kunde.example@lists.example>\n",
        ])
    func refused(header: String) {
        #expect(Self.judge(header) != .allowed)
    }

    @Test(
        "Nobody is answered behind whose address nobody reads, and neither are we ourselves",
        arguments: [
            "mailer-daemon@kunde.example", "postmaster@kunde.example", "no-reply@kunde.example",
            "NoReply+1@kunde.example",
            "owner-users@lists.example", "users-request@lists.example", "support@shop.example",
            "support+c.x@shop.example",
        ])
    func machines(from: String) {
        #expect(Self.judge(from: from) != .allowed)
    }

    @Test("A mail that only came by a blind copy or a forward is not answered")
    func recipients() {
        #expect(Self.judge(to: "someone@else.example") != .allowed)
    }

    @Test("An automatic answer says that it is one, and an agent's answer does not")
    func headers() {
        #expect(AnswerRules.automaticHeaders.contains { $0 == ("Auto-Submitted", "auto-replied") })
        #expect(!AnswerRules.personalHeaders.contains { $0.name == "Auto-Submitted" })
    }

    // MARK: - The breaker

    static func time(_ seconds: Int64) -> Timestamp { Timestamp(milliseconds: 1_741_000_000_000 + seconds * 1000) }
    static let breaker = LoopBreaker(
        thread: .init(mailsMax: 3, window: .seconds(60)), sender: .init(mailsMax: 5, window: .seconds(600)))

    @Test("The fourth mail of a thread within a minute trips, until the window is quiet")
    func thread() {
        var breaker = Self.breaker
        for second in 0..<3 {
            #expect(breaker.count(thread: "a", sender: "x\(second)", at: Self.time(Int64(second))) == .passes)
        }
        #expect(breaker.count(thread: "a", sender: "y", at: Self.time(3)) == .threadTrips(until: Self.time(61)))
        #expect(breaker.count(thread: "b", sender: "z", at: Self.time(3)) == .passes)
        // What goes on keeps it tripped; quiet closes it.
        #expect(breaker.count(thread: "a", sender: "w", at: Self.time(50)) != .passes)
        #expect(breaker.count(thread: "a", sender: "v", at: Self.time(111)) == .passes)
    }

    @Test("A sender trips over all threads together, in any case of the address")
    func sender() {
        var breaker = Self.breaker
        for count in 0..<5 {
            #expect(
                breaker.count(thread: nil, sender: count % 2 == 0 ? "A@b.example" : "a@B.example", at: Self.time(0))
                    == .passes)
        }
        #expect(
            breaker.count(thread: nil, sender: "a@b.example", at: Self.time(1)) == .senderTrips(until: Self.time(600)))
        #expect(breaker.count(thread: nil, sender: "b@b.example", at: Self.time(1)) == .passes)
        #expect(breaker.count(thread: nil, sender: "a@b.example", at: Self.time(1000)) == .passes)
    }

    @Test("A conversation at the pace of people never trips")
    func pace() {
        var breaker = Self.breaker
        for minute in 0..<100 {
            let verdict = breaker.count(thread: "a", sender: "a@b.example", at: Self.time(Int64(minute) * 150))
            #expect(verdict == .passes)
        }
    }

    @Test("So many senders that nobody could keep them take bounded room")
    func bounded() {
        var breaker = Self.breaker
        for number in 0..<(LoopBreaker.keysMax + 500) {
            _ = breaker.count(thread: nil, sender: "\(number)@b.example", at: Self.time(0) + .milliseconds(number))
        }
        #expect(breaker.keptCount <= 2 * LoopBreaker.keysMax)
    }
}
