import Connectors
import Model
import Testing

@Suite("JSON text on its way into jq")
struct JQInputTests {
    private static let runner = ProgramRunner()
    private static let identity = JQProgram(name: "test.jq", source: ".")

    private func passed(_ bytes: some Sequence<UInt8>) async throws(JQError) -> [JSON] {
        try await Self.runner.run(Self.identity, .bytes(Array(bytes)))
    }

    private func failure(_ bytes: some Sequence<UInt8>) async -> JQError? {
        do { _ = try await passed(bytes) } catch { return error }
        return nil
    }

    static let mistakes: [(text: String, problem: String)] = [
        ("", "JSON 1:1: the text ends where a value should stand"),
        (" \n ", "JSON 2:2: the text ends where a value should stand"),
        ("{", "JSON 1:2: expected a member's name in quotes"),
        ("{\"a\"", "JSON 1:5: expected ':' after a member's name"),
        ("{\"a\":", "JSON 1:6: the text ends where a value should stand"),
        ("{\"a\":1", "JSON 1:7: expected ',' or '}'"),
        ("[1,\n 2", "JSON 2:3: expected ',' or ']'"),
        ("[1,]", "JSON 1:4: no JSON value begins like this"),
        ("{\"a\":1,}", "JSON 1:8: expected a member's name in quotes"),
        ("[,1]", "JSON 1:2: no JSON value begins like this"),
        ("{a:1}", "JSON 1:2: expected a member's name in quotes"),
        ("{'a':1}", "JSON 1:2: expected a member's name in quotes"),
        ("{\"a\" 1}", "JSON 1:6: expected ':' after a member's name"),
        ("{\"a\":1 \"b\":2}", "JSON 1:8: expected ',' or '}'"),
        ("[1 2]", "JSON 1:4: expected ',' or ']'"),
        ("[1}", "JSON 1:3: expected ',' or ']'"),
        ("]", "JSON 1:1: no JSON value begins like this"),
        ("1 2", "JSON 1:3: something stands after the value"),
        ("{}{}", "JSON 1:3: something stands after the value"),
        ("null,", "JSON 1:5: something stands after the value"),
        ("nan", "JSON 1:1: no JSON value begins like this"),
        ("[NaN]", "JSON 1:2: no JSON value begins like this"),
        ("Infinity", "JSON 1:1: no JSON value begins like this"),
        ("nul", "JSON 1:1: no JSON value begins like this"),
        ("truee", "JSON 1:5: something stands after the value"),
        ("\"abc", "JSON 1:1: this string has no end"),
        ("\"ab\\", "JSON 1:5: not an escape that JSON knows"),
        ("\"a\\x\"", "JSON 1:4: not an escape that JSON knows"),
        ("\"\\u12G4\"", "JSON 1:3: not an escape that JSON knows"),
        ("\"\\u12", "JSON 1:3: not an escape that JSON knows"),
        ("\"a\nb\"", "JSON 1:3: a control character must be escaped in a string"),
        ("\"\\n\u{1}\"", "JSON 1:4: a control character must be escaped in a string"),
        ("[1\u{0}]", "JSON 1:3: expected ',' or ']'"),
        ("\u{A0}1", "JSON 1:1: no JSON value begins like this"),
        ("1e999", "JSON 1:1: a number beyond the range of a double"),
        ("[-1E400]", "JSON 1:2: a number beyond the range of a double"),
        ("01", "JSON 1:1: not a number"), ("-01", "JSON 1:1: not a number"), ("-", "JSON 1:1: not a number"),
        ("1.", "JSON 1:1: not a number"), ("1.e3", "JSON 1:1: not a number"), ("1e", "JSON 1:1: not a number"),
        ("1e+", "JSON 1:1: not a number"), ("+1", "JSON 1:1: no JSON value begins like this"),
        (".5", "JSON 1:1: no JSON value begins like this"), ("0x10", "JSON 1:2: something stands after the value"),
        ("// no\n1", "JSON 1:1: no JSON value begins like this"),
        (String(repeating: "[", count: 100_000), "JSON 1:129: nested deeper than 128"),
        (String(repeating: "{\"a\":", count: 100_000), "JSON 1:641: nested deeper than 128"),
    ]

    @Test("Text that is no JSON is refused with its place", arguments: mistakes)
    func refused(_ text: String, _ problem: String) async {
        let error = await failure(text.utf8)
        #expect(error?.kind == .input)
        #expect(error?.problem == problem)
        #expect(error?.line == nil)
    }

    @Test(
        "Bytes that are no UTF-8 are refused",
        arguments: [
            [0xFF], [0xC3], [0xC3, 0x28], [0x80], [0xC0, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80],
            [0xF4, 0x90, 0x80, 0x80],
            [0xF8, 0x88, 0x80, 0x80, 0x80], [0xF0, 0x80, 0x80, 0xAF], [0x5C, 0x6E, 0xE2, 0x28, 0xA1],
        ] as [[UInt8]])
    func badBytes(_ bytes: [UInt8]) async {
        for text in ["[\"x".utf8 + bytes + "\"]".utf8, "{\"x".utf8 + bytes + "\":1}".utf8] as [[UInt8]] {
            let error = await failure(text)
            #expect(error?.kind == .input)
            #expect(error?.problem == "JSON 1:2: this string is not valid UTF-8")
        }
    }

    @Test(
        "Text at the edge of what JSON allows is taken",
        arguments: [
            (" \t\r\n1 \n", JSON.integer(1)), ("\u{FEFF}{\"a\":1}", ["a": 1]), ("-0", 0), ("-0.0", 0), ("0e5", 0),
            ("1E+2", 100), ("1e-400", 0), ("\"\\ud83d\\ude00\"", "😀"), ("\"\\ud800\"", "\u{FFFD}"),
            ("\"\\udc00x\"", "\u{FFFD}x"), ("\"\\ud800\\u0041\"", "\u{FFFD}A"),
            ("\"\\ud800\\ud83d\\ude00\"", "\u{FFFD}😀"),
            ("\"\\u0000\\/\\b\\f\\n\\r\\t\\\\\\\"\"", "\u{0}/\u{8}\u{C}\n\r\t\\\""), ("{\"a\":1,\"a\":2}", ["a": 2]),
            ("\"\u{7F}\u{FFFF}\u{10FFFF}\"", "\u{7F}\u{FFFF}\u{10FFFF}"), ("[ ]", []),
            ("{ }", [:]), ("{\"\":[{}]}", ["": [[:]]]),
            (
                "[9007199254740991,9007199254740992,9007199254740993]",
                [9_007_199_254_740_991, 9_007_199_254_740_992, "9007199254740993"]
            ),
            ("[1234567890123456789,12345678901234567890]", ["1234567890123456789", "12345678901234567890"]),
            ("[9007199254740993.0]", [9_007_199_254_740_992]),
        ] as [(String, JSON)])
    func taken(_ text: String, _ expected: JSON) async throws {
        #expect(try await passed(text.utf8) == [expected])
    }

    @Test("Nesting at the limit passes")
    func deepest() async throws {
        let text = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
        #expect(try await passed(text.utf8) == [try JSON(parsing: text)])
    }

    @Test("Every beginning of a message is refused and leaves the next run untouched")
    func truncated() async throws {
        let text = #"{"a":[1.5e3,{"b\u00e4":"\ud83d\ude00ü"},[true,false,null]],"c":"\"","d":12345678901234567}"#
        let whole = Array(text.utf8)
        for count in 0..<whole.count {
            await #expect(throws: JQError.self) { try await passed(whole[..<count]) }
        }
        let expected: JSON = [
            "a": [1500, ["bä": "😀ü"], [true, false, nil]], "c": "\"", "d": "12345678901234567",
        ]
        #expect(try await passed(whole) == [expected])
    }

    @Test("The reader for jq and the reader of the house agree on every message with one byte changed")
    func agreement() async throws {
        let whole = Array(#"{"a":[1.5,-2e1,{"b\u00e4":"\ud83dü"}],"c":null,"d":1}"#.utf8)
        let changes: [UInt8] = Array(#"{}[]",:\ue01-+.tfn"#.utf8) + [0x00, 0x0A, 0x20, 0x80, 0xC3, 0xFF]
        for (place, change) in whole.indices.flatMap({ place in changes.map { (place, $0) } }) {
            var bytes = whole
            bytes[place] = change
            let ours = try? JSON(parsing: bytes)
            let jqs = try? await passed(bytes).first
            #expect((ours == nil) == (jqs == nil), "\(String(decoding: bytes, as: UTF8.self))")
        }
    }

    @Test("Members keep the order of the text that came in; those of a value of ours are sorted, always")
    func order() async throws {
        let names = (0..<40).map { "n\(($0 * 7 + 3) % 40)" }
        let text = "{\(names.map { "\"\($0)\": {\"b\": 1, \"a\": 2}" }.joined(separator: ","))}"
        let walk = "[keys_unsorted[], (.n3 | keys_unsorted[])]"
        let came = try await Self.runner.run(walk, text: text)
        #expect(came == [.array((names + ["b", "a"]).map { .string($0) })])
        let ours = try await Self.runner.run(walk, try JSON(parsing: text))
        #expect(ours == [.array((names.sorted() + ["a", "b"]).map { .string($0) })])
    }

    @Test("A value of ours that a double cannot hold is refused before the program runs")
    func infinite() async {
        #expect(await Self.runner.failure(".", ["a": [.number("1e999")]])?.kind == .input)
    }
}
