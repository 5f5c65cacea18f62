import Model
import Testing

@Suite("Weighted lengths, second limits and suffixes")
struct WeightedLengthTests {
    @Test(
        "Latin counts 1, CJK 2, an emoji 2 however many scalars it has, a URL 23",
        arguments: [
            ("hello", 5), ("åäö", 3), ("漢字", 4), ("😀", 2), ("👨‍👩‍👧‍👦", 2), ("🇸🇪", 2), ("“quoted”…", 10),
            ("see https://example.com/a/very/long/path/that/goes/on?and=on.", 28), ("http://example.com", 23),
            ("漢字https://example.com漢", 29),
        ])
    func lengths(text: String, length: Int) {
        #expect(TextLimit(max: 280, unit: .weighted, splits: true).length(of: text) == length)
    }

    @Test("Both limits hold")
    func also() throws {
        let limit = TextLimit(.init(max: 30, unit: .graphemes), also: .init(max: 40, unit: .bytes), splits: true)
        let parts = try #require(limit.parts(of: String(repeating: "åäö abc ", count: 40)))
        #expect(parts.allSatisfy { $0.count <= 30 && $0.utf8.count <= 40 })
    }

    @Test("The suffix counts, and tells each part's number and how many there are")
    func suffix() throws {
        let limit = TextLimit(.init(max: 20, unit: .characters), splits: true, suffix: " ({n}/{total})")
        let parts = try #require(limit.parts(of: String(repeating: "word ", count: 40)))
        #expect(parts.count >= 10)
        #expect(parts.allSatisfy { $0.count <= 20 })
        #expect(parts.first?.hasSuffix(" (1/\(parts.count))") == true)
        #expect(parts.last?.hasSuffix(" (\(parts.count)/\(parts.count))") == true)
        #expect(limit.parts(of: "short") == ["short"])
    }
}
