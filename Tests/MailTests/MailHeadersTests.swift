import Testing

@testable import Mail

@Suite("Header fields of a mail")
struct MailHeadersTests {
    @Test("Fields keep their order, names compare without case, and folded lines are one value")
    func fields() {
        let headers = MailHeaders(block: Array("Subject: a\r\n  b\r\nX-One : 1\nx-one:2\n\nBody: no".utf8))
        #expect(headers.fields.map(\.name) == ["Subject", "X-One", "x-one"])
        #expect(headers.first("SUBJECT") == "a  b")
        #expect(headers.all("x-one") == ["1", "2"])
        #expect(headers.first("body") == nil)
    }

    @Test("Bytes without a charset are kept as they are and read as what they look like")
    func bytes() {
        let headers = MailHeaders(block: [0x41, 0x3A, 0xE9, 0x0A, 0x42, 0x3A, 0xC3, 0xA9])
        #expect(headers.first("a") == "\u{E9}")
        #expect(headers.text("a") == "é")
        #expect(headers.first("b") == "\u{C3}\u{A9}")
        #expect(headers.text("b") == "é")
    }

    @Test(
        "Encoded words are read as programs write them",
        arguments: [
            ("=?utf-8?Q?=C3=A9t=C3=A9?=", "été"),
            ("a =?iso-8859-1?q?=E9?= b", "a é b"),
            ("=?utf-8?B?w6k=?= =?utf-8?B?w6k=?=", "éé"),
            // A character cut in two, and base64 cut anywhere.
            ("=?utf-8?Q?=C3?=\t=?utf-8?Q?=A9?=", "é"),
            ("=?utf-8?B?w6?= =?utf-8?B?k=?=", "é"),
            ("\"=?utf-8?Q?a?=\"", "\"a\""),
            ("=?utf-8?Q?What?=20now?=", "What? now"),
            ("=?utf-8?Q?=3D?==?utf-8?Q?x?=", "=x"),
            ("=?gb2312?B?xOO6ww==?=", "你好"),
            ("=?utf-8*en?Q?a_b?=", "a b"),
            ("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"),
            ("=?windows-1252?Q?=80?= =?nonsense?Q?=E9?=", "€é"),
            ("=?utf-8?Q?cut", "cut"),
            ("=?utf-8?X?a?= =?= ?=", "=?utf-8?X?a?= =?= ?="),
            ("=?utf-8?Q?a=0D=0ABcc:_x?=", "a  Bcc: x"),
        ])
    func words(value: String, text: String) {
        #expect(EncodedWords.decode(Array(value.utf8)) == text)
    }
}
