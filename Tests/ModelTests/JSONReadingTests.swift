import Model
import Testing

@Suite("Reading JSON (RFC 8259)")
struct JSONReadingTests {
    @Test(
        "Each kind of value is read",
        arguments: [
            ("null", .null), (" true ", true), ("false", false), ("0", 0), ("-0", .integer(0)), ("-12", -12),
            ("1.50", .number("1.50")), ("1e3", .number("1e3")), ("-0.1E-2", .number("-0.1E-2")), ("\"\"", ""),
            ("[]", []), ("{}", [:]), ("[1,[2],{}]", [1, [2], [:]]), ("{\"a\":{\"b\":null}}", ["a": ["b": nil]]),
            ("\u{FEFF}1", 1), ("\t\r\n 1\n", 1),
        ] as [(String, JSON)])
    func values(text: String, value: JSON) throws {
        #expect(try JSON(parsing: text) == value)
    }

    @Test("Integers of 64 bits keep every digit, and larger ones keep theirs as a literal")
    func integers() throws {
        #expect(try JSON(parsing: "9007199254740993") == .integer(9_007_199_254_740_993))
        #expect(try JSON(parsing: "9223372036854775807") == .integer(.max))
        #expect(try JSON(parsing: "-9223372036854775808") == .integer(.min))
        #expect(try JSON(parsing: "9223372036854775808") == .number("9223372036854775808"))
        #expect(try JSON(parsing: "123456789012345678901234567890").text == "123456789012345678901234567890")
    }

    @Test("The last of two members of one name wins")
    func duplicates() throws {
        #expect(try JSON(parsing: #"{"a":1,"b":2,"a":3}"#) == ["a": 3, "b": 2])
    }

    @Test(
        "Escapes become the characters they stand for",
        arguments: [
            (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u00e9\u00C9""#, "éÉ"),
            (#""\ud83d\ude00!""#, "😀!"), (#""a\u0000b""#, "a\u{0}b"), (#""\ud83d""#, "\u{FFFD}"),
            (#""\ud83dx""#, "\u{FFFD}x"), (#""\ude00\ud83d""#, "\u{FFFD}\u{FFFD}"),
            (#""\ud83d\u0041""#, "\u{FFFD}A"), ("\"é😀\"", "é😀"), ("\"\u{7F}\"", "\u{7F}"),
        ])
    func escapes(text: String, value: String) throws {
        #expect(try JSON(parsing: text) == .string(value))
    }

    @Test("Values may lie as deep inside one another as is said, and no deeper")
    func depth() throws {
        let deep = { (count: Int) in
            String(repeating: "[", count: count) + String(repeating: "]", count: count)
        }
        _ = try JSON(parsing: deep(128))
        let error = #expect(throws: JSONSyntaxError.self) { try JSON(parsing: deep(129)) }
        #expect(error?.description == "JSON 1:129: nested deeper than 128")
        _ = try JSON(parsing: #"{"a":[1],"b":[2],"c":[3]}"#, depthMax: 2)
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: #"{"a":[[1]]}"#, depthMax: 2) }
    }

    @Test(
        "A mistake is told with the line and column of the first byte that cannot be right",
        arguments: [
            ("", "1:1"), ("  ", "1:3"), ("nul", "1:1"), ("True", "1:1"), ("1 2", "1:3"), ("[1,]", "1:4"),
            ("[1 2]", "1:4"), ("{\"a\" 1}", "1:6"), ("{a:1}", "1:2"), ("{\"a\":1,}", "1:8"),
            ("{\n  \"a\": 01\n}", "2:8"), ("[\n1,\n+2]", "3:1"), ("-", "1:1"), ("1.", "1:1"), ("1e", "1:1"),
            (".5", "1:1"), ("[-a]", "1:2"), ("\"abc", "1:1"), ("[\"a\nb\"]", "1:4"), ("\"\\x\"", "1:3"),
            ("\"\\u12g4\"", "1:3"), ("\"\\u12", "1:3"), ("\"a\\", "1:4"), ("[1", "1:3"), ("{", "1:2"),
            ("// no\n1", "1:1"), ("'a'", "1:1"), ("NaN", "1:1"), ("\"é\" x", "1:6"), ("1\u{0}", "1:2"),
        ])
    func positions(text: String, place: String) {
        let error = #expect(throws: JSONSyntaxError.self) { try JSON(parsing: text) }
        #expect(error.map { "\($0.line):\($0.column)" } == place)
    }

    @Test(
        "Bytes that are not UTF-8 are refused, in values and in names",
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
            [0x22, 0xF5, 0x80, 0x80, 0x80, 0x22], [0x7B, 0x22, 0xE9, 0x22, 0x3A, 0x31, 0x7D], [0xFF],
            [0x22, 0x5C, 0x6E, 0xFF, 0x22],
        ] as [[UInt8]])
    func invalidUTF8(bytes: [UInt8]) {
        #expect(throws: JSONSyntaxError.self) { try JSON(parsing: bytes) }
    }

    @Test("A mistake never repeats the text, which may be a customer's")
    func discretion() {
        let error = #expect(throws: JSONSyntaxError.self) { try JSON(parsing: #"{"secret": hunter2}"#) }
        #expect(error?.description.contains("hunter2") == false)
        #expect(error?.description == "JSON 1:12: no JSON value begins like this")
    }

    @Test("Members and elements that are not there are null")
    func access() throws {
        let value = try JSON(parsing: #"{"a":[1,"x",true,1.5]}"#)
        #expect(value["a"][0].integer == 1)
        #expect(value["a"][1].string == "x")
        #expect(value["a"][2].bool == true)
        #expect(value["a"][3].double == 1.5)
        #expect(value["a"][3].integer == nil)
        #expect(value["a"][4].isNull)
        #expect(value["a"][-1].isNull)
        #expect(value["b"]["c"][0].isNull)
        #expect(JSON.members(["a": 1, "b": nil, "c": .null]) == ["a": 1, "c": nil])
    }
}
