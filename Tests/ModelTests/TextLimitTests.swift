import Model
import Testing

@Suite("How a long text is cut")
struct TextLimitTests {
    static let family = "👨‍👩‍👧‍👦"
    static let samples = [
        "", "short", String(repeating: "word ", count: 40), String(repeating: "x", count: 100),
        "One. Two! Three? Four… Five. Six. Seven. Eight. Nine. Ten. Eleven. Twelve.",
        "First paragraph, rather long.\n\nSecond paragraph, also long.\n\nThird one.\nWith a line.",
        String(repeating: family, count: 12), "é\u{301}" + String(repeating: "e\u{301}", count: 60),
        "漢字。" + String(repeating: "日本語の文章です。", count: 10), "\r\na\r\nb" + String(repeating: "\r\n", count: 30) + "c",
        String(repeating: "🇸🇪🇫🇮 ", count: 20), "   " + String(repeating: "y ", count: 50) + "   ",
    ]

    @Test("A length is counted in the network's unit")
    func lengths() {
        let text = "aé" + Self.family
        #expect(TextLimit(max: 1, unit: .graphemes, splits: true).length(of: text) == 3)
        #expect(TextLimit(max: 1, unit: .characters, splits: true).length(of: text) == 9)
        #expect(TextLimit(max: 1, unit: .utf16, splits: true).length(of: text) == 13)
        #expect(TextLimit(max: 1, unit: .bytes, splits: true).length(of: text) == 28)
    }

    @Test(
        "No part is longer than the limit or empty, and together the parts say what the text says",
        arguments: TextLimit.Unit.allCases, [1, 2, 7, 20, 64])
    func invariants(unit: TextLimit.Unit, max: Int) throws {
        let limit = TextLimit(max: max, unit: unit, splits: true)
        for sample in Self.samples {
            let parts = try #require(limit.parts(of: sample))
            // One scalar can be longer than the limit: it goes out alone.
            #expect(parts.allSatisfy { limit.length(of: $0) <= max || $0.unicodeScalars.count == 1 })
            if !sample.isEmpty { #expect(parts.allSatisfy { !$0.isEmpty }) }
            #expect(Self.ink(parts.joined()) == Self.ink(sample))
        }
    }

    /// The scalars of a text that are no white space, one by one: cuts inside a cluster do not hide a difference.
    private static func ink(_ text: String) -> [Unicode.Scalar] {
        text.unicodeScalars.filter { !$0.properties.isWhitespace }
    }

    @Test("A text within the limit is one part, as it stands")
    func within() {
        let limit = TextLimit(max: 10, unit: .characters, splits: true)
        #expect(limit.parts(of: " ten chars") == [" ten chars"])
        #expect(limit.parts(of: "") == [""])
    }

    @Test("A network that takes no parts refuses a longer text")
    func noParts() {
        let limit = TextLimit(max: 5, unit: .characters, splits: false)
        #expect(limit.parts(of: "12345") == ["12345"])
        #expect(limit.parts(of: "123456") == nil)
    }

    @Test(
        "A cut is made after a paragraph, else a line, else a sentence, else a word, else anywhere",
        arguments: [
            ("aaaaaa bbb.\n\nccc ddd. eee", ["aaaaaa bbb.", "ccc ddd. eee"]),
            ("aaaaaa. bbb\nccc ddd. eee", ["aaaaaa. bbb", "ccc ddd. eee"]),
            ("aaaaaaa bbb. ccc ddd eee", ["aaaaaaa bbb.", "ccc ddd eee"]),
            ("aaaaaaa bbbb cccc ddd", ["aaaaaaa bbbb", "cccc ddd"]),
            ("aaaaaaaaaaaaaaaaaaaa", ["aaaaaaaaaaaaaaa", "aaaaa"]),
            ("v1.2 is out at 3.14 now", ["v1.2 is out at", "3.14 now"]),
        ])
    func places(text: String, parts: [String]) {
        #expect(TextLimit(max: 15, unit: .characters, splits: true).parts(of: text) == parts)
    }

    @Test("A cluster is cut only when it alone is longer than the limit")
    func clusters() {
        // A family of four is 25 bytes, 11 UTF-16 units, 7 scalars.
        let text = Self.family + Self.family
        #expect(TextLimit(max: 30, unit: .bytes, splits: true).parts(of: text) == [Self.family, Self.family])
        #expect(TextLimit(max: 12, unit: .utf16, splits: true).parts(of: text) == [Self.family, Self.family])
        let cut = TextLimit(max: 5, unit: .utf16, splits: true).parts(of: Self.family)
        #expect(cut?.allSatisfy { $0.utf16.count <= 5 } == true)
        #expect(cut?.map { Array($0.unicodeScalars) }.reduce([], +) == Array(Self.family.unicodeScalars))
    }

    @Test("White space alone beyond the limit makes no empty message")
    func whiteSpace() {
        let limit = TextLimit(max: 4, unit: .characters, splits: true)
        #expect(limit.parts(of: "ab" + String(repeating: " ", count: 20) + "cd") == ["ab", "cd"])
    }
}
