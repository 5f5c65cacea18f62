import Model
import Testing

@Suite("Writing JSON")
struct JSONWritingTests {
    @Test("One value has one text: members are sorted and nothing is put between")
    func compact() {
        let value: JSON = ["b": [1, .number("2.50"), nil], "a": ["z": true, "y": false], "ä": "x", "B": ""]
        #expect(value.text == #"{"B":"","a":{"y":false,"z":true},"b":[1,2.50,null],"ä":"x"}"#)
        #expect(String(decoding: value.bytes, as: UTF8.self) == value.text)
    }

    @Test("Members are sorted by their UTF-8 bytes, whatever their scalars")
    func sorting() {
        let names = ["é", "z", "a", "\u{FF5E}", "😀", "A", ""]
        let value = JSON.object(Dictionary(uniqueKeysWithValues: names.map { ($0, JSON.null) }))
        let sorted = names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        #expect(value.text == "{" + sorted.map { "\"\($0)\":null" }.joined(separator: ",") + "}")
    }

    @Test("Only what must be escaped is escaped")
    func escapes() {
        #expect(JSON.string("\"\\/\n\r\t\u{0}\u{1F}\u{7F}é😀").text == "\"\\\"\\\\/\\n\\r\\t\\u0000\\u001f\u{7F}é😀\"")
    }

    @Test("For people it has one member a line")
    func pretty() {
        let value: JSON = ["a": [1, 2], "b": [:], "c": []]
        #expect(
            value.prettyText == """
                {
                  "a": [
                    1,
                    2
                  ],
                  "b": {},
                  "c": []
                }

                """)
    }

    @Test("What is written is read back as the same value")
    func roundTrip() throws {
        var random = Pseudorandom(seed: 1)
        for _ in 0..<500 {
            let value = random.json(depth: 4)
            #expect(try JSON(parsing: value.bytes) == value)
            #expect(try JSON(parsing: value.prettyText) == value)
        }
    }
}

/// The same values at every run: a failure can be looked at again.
private struct Pseudorandom: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func text() -> String {
        let scalars: [Unicode.Scalar] = ["a", "\"", "\\", "\n", "\u{0}", "\u{1F}", "é", "漢", "😀", "\u{200D}", "/", " "]
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0..<8, using: &self) { text.append(scalars.randomElement(using: &self) ?? "x") }
        return String(text)
    }

    mutating func json(depth: Int) -> JSON {
        switch Int.random(in: 0..<(depth == 0 ? 5 : 7), using: &self) {
        case 0: return .null
        case 1: return .bool(.random(using: &self))
        case 2: return .integer(.random(in: .min ... .max, using: &self))
        case 3: return .number("\(Int.random(in: -99...99, using: &self)).5e3")
        case 4: return .string(text())
        case 5: return .array((0..<3).map { _ in json(depth: depth - 1) })
        default:
            var members: [String: JSON] = [:]
            for _ in 0..<3 { members[text()] = json(depth: depth - 1) }
            return .object(members)
        }
    }
}
