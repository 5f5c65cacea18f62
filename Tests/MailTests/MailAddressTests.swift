import Testing

@testable import Mail

@Suite("Addresses of a mail")
struct MailAddressTests {
    @Test(
        "Addresses are read as programs write them",
        arguments: [
            ("ann@example.com", "ann@example.com"),
            ("Ann Lee <Ann@Example.COM>", "Ann Lee <Ann@example.com>"),
            (
                "\"Lee, Ann\" <ann@example.com>, bob@example.com (Bob)",
                "Lee, Ann <ann@example.com>|Bob <bob@example.com>"
            ),
            ("Lee, Ann <ann@example.com>", "Lee, Ann <ann@example.com>"),
            (
                "Team: ann@example.com, Bob <bob@example.com>;, c@example.com",
                "ann@example.com|Bob <bob@example.com>|c@example.com"
            ),
            ("undisclosed-recipients:;", ""),
            ("=?utf-8?Q?Lee,_Ann?= <ann@example.com>", "Lee, Ann <ann@example.com>"),
            ("\"=?utf-8?Q?=C3=85sa?=\" <a@example.com>", "Åsa <a@example.com>"),
            ("=?utf-8?B?QW5uIDxhbm5AZXhhbXBsZS5jb20+?=", "Ann <ann@example.com>"),
            ("ann @ example . com", "ann@example.com"),
            ("Ann Lee ann@example.com", "Ann Lee <ann@example.com>"),
            ("<<ann@example.com>>", "ann@example.com"),
            ("Ann <ann@example.com", "Ann <ann@example.com>"),
            ("\"Ann <ann@example.com>", "Ann <ann@example.com>"),
            ("<@a.example,@b.example:ann@example.com>", "ann@example.com"),
            ("Ann (the (real) one) <ann@example.com> (home)", "Ann <ann@example.com>"),
            ("\"ann.lee\"@example.com", "ann.lee@example.com"),
            ("\"ann lee\"@example.com", "\"ann lee\"@example.com"),
            ("'Ann' <ann@example.com>; mailto:bob@example.com", "Ann <ann@example.com>|bob@example.com"),
            ("ann@example.com <ann@example.com>", "ann@example.com <ann@example.com>"),
            ("MAILER-DAEMON", "MAILER-DAEMON"),
            ("Mail Delivery System <>", "Mail Delivery System <>"),
            ("<>", ""), (",,;,", ""), ("", ""), ("ann@[192.0.2.1]", "ann@[192.0.2.1]"),
            ("Ann <work> <ann@example.com>", "Ann work <ann@example.com>"),
            ("ann@example.com(comment).", "comment <ann@example.com>"),
        ])
    func addresses(value: String, expected: String) {
        let found = MailAddress.list(Array(value.utf8)).map { one in
            one.name.map { "\($0) <\(one.address)>" } ?? one.address
        }
        #expect(found.joined(separator: "|") == expected)
    }
}
