import Testing

@testable import Mail

/// Whether a From address is believed.
@Suite("Who vouches for a From address")
struct TrustTests {
    static func judge(
        _ header: String, from: String = "Ann <ann@kunde.example>",
        policy: TrustPolicy = TrustPolicy(
            authorities: ["MX.shop.example"])
    ) -> FromTrust {
        policy.judge(MailHeaders(block: Array("\(header)\nFrom: \(from)\nSubject: x\n".utf8)))
    }

    @Test(
        "What our server says decides",
        arguments: [
            ("mx.shop.example; dmarc=pass (p=reject dis=none) header.from=kunde.example", "verified"),
            ("MX.SHOP.EXAMPLE 1; DMARC=Pass header.from=KUNDE.example", "verified"),
            (
                "mx.shop.example; spf=fail smtp.mailfrom=x@kunde.example; dmarc=pass header.from=kunde.example",
                "verified"
            ),
            ("mx.shop.example; dkim=pass header.d=kunde.example; dmarc=fail header.from=kunde.example", "failed"),
            ("mx.shop.example; dmarc=pass header.from=evil.example", "unverified"),
            ("mx.shop.example; dkim=pass header.d=kunde.example header.s=a; dmarc=none", "verified"),
            ("mx.shop.example; dkim=pass header.i=@kunde.example", "verified"),
            ("mx.shop.example; dkim=pass header.d=evil.example", "unverified"),
            ("mx.shop.example; dkim=pass header.d=mail.kunde.example", "unverified"),
            ("mx.shop.example; dkim=pass header.d=example", "unverified"),
            ("mx.shop.example; dkim=fail header.d=kunde.example; dkim=pass header.d=kunde.example", "verified"),
            ("mx.shop.example; spf=pass smtp.mailfrom=ann@kunde.example", "verified"),
            ("mx.shop.example; spf=pass smtp.mailfrom=evil.example", "unverified"),
            ("mx.shop.example; spf=pass smtp.helo=kunde.example", "unverified"),
            ("mx.shop.example; spf=fail smtp.mailfrom=ann@kunde.example", "failed"),
            ("mx.shop.example; spf=softfail smtp.mailfrom=ann@kunde.example", "unverified"),
            ("mx.shop.example; none", "unverified"),
            ("mx.shop.example", "unverified"),
            ("mx.shop.example; dmarc=temperror", "unverified"),
            ("evil.example; dmarc=pass header.from=kunde.example", "unverified"),
            ("mx.shop.example.evil.example; dmarc=pass header.from=kunde.example", "unverified"),
            ("mx.shop.example 2; dmarc=pass header.from=kunde.example", "unverified"),
            ("x (mx.shop.example; dmarc=pass) ; dmarc=pass", "unverified"),
            ("mx.shop.example; spf=none (dmarc=pass header.from=kunde.example)", "unverified"),
            (#"mx.shop.example; spf=none reason="; dmarc=pass header.from=kunde.example""#, "unverified"),
            (#""mx.shop.example"; dkim/1 = pass (ok (really)) header.d = "kunde.example""#, "verified"),
        ])
    func findings(value: String, expected: String) {
        let trust = Self.judge("Authentication-Results: \(value)")
        let name =
            switch trust {
            case .verified: "verified"
            case .unverified: "unverified"
            case .failed: "failed"
            }
        #expect(name == expected, "\(trust)")
        #expect(trust.isVerified == (expected == "verified"))
        #expect(!trust.reason.isEmpty)
    }

    @Test("A folded field with comments is read as it is meant")
    func folded() {
        let header = """
            Authentication-Results: mx.shop.example (a \\) b);
             dkim=pass (2048-bit key; unprotected) header.d=kunde.example header.i=@kunde.example header.b=abc;
            \tdmarc=pass (policy=none) header.from=kunde.example
            """
        #expect(Self.judge(header) == .verified("mx.shop.example: DMARC passed"))
        let results = AuthenticationResults("mx.shop.example; dkim=pass (x) header.d=a.example header.s=s; spf=neutral")
        #expect(results?.results.map(\.method) == ["dkim", "spf"])
        #expect(results?.results.first?.properties == ["header.d": "a.example", "header.s": "s"])
    }

    @Test("What the sender wrote below our server's field is not looked at, whatever it says")
    func injected() {
        let ours = "Authentication-Results: mx.shop.example; spf=none smtp.mailfrom=x@evil.example"
        let forged = "Authentication-Results: mx.shop.example; dmarc=pass header.from=kunde.example"
        let hop = "Received: from evil.example by mx.shop.example; Mon, 3 Mar 2025 10:04:00 +0100"
        #expect(!Self.judge("\(ours)\n\(hop)\n\(forged)").isVerified)
        #expect(!Self.judge("\(hop)\n\(ours)\n\(forged)").isVerified)
        // A field of ours may stand above or below the line of our own server.
        #expect(Self.judge("\(hop)\n\(forged)").isVerified)
    }

    @Test("Where the hops of our servers are known, a field below the next one is the sender's")
    func hops() {
        let forged = "Authentication-Results: mx.shop.example; dmarc=pass header.from=kunde.example"
        let ours = "Received: from evil.example by mx.shop.example"
        let theirs = "Received: from home by evil.example"
        let policy = TrustPolicy(authorities: ["mx.shop.example"], ownHops: 1)
        #expect(Self.judge("\(ours)\n\(forged)", policy: policy).isVerified)
        #expect(!Self.judge("\(ours)\n\(theirs)\n\(forged)", policy: policy).isVerified)
    }

    @Test("Nothing is believed without a configured server")
    func unconfigured() {
        let header = "Authentication-Results: mx.shop.example; dmarc=pass header.from=kunde.example"
        #expect(!Self.judge(header, policy: TrustPolicy(authorities: [])).isVerified)
    }

    @Test("Two From fields, two addresses or none are not believed")
    func froms() {
        let pass = "Authentication-Results: mx.shop.example; dmarc=pass header.from=kunde.example"
        #expect(!Self.judge("\(pass)\nFrom: eve@evil.example").isVerified)
        #expect(!Self.judge(pass, from: "ann@kunde.example, eve@evil.example").isVerified)
        #expect(!Self.judge(pass, from: "Ann").isVerified)
        #expect(!Self.judge(pass, from: "\"ann@kunde.example\" <eve@evil.example>").isVerified)
    }

    @Test(
        "A field made to be slow or endless is read to an end", arguments: ["(", ";", "a=b ", "\"", "=", "a;=", "\\"])
    func hostile(piece: String) {
        let trust = Self.judge("Authentication-Results: mx.shop.example; " + String(repeating: piece, count: 20_000))
        #expect(!trust.isVerified)
    }
}
