import Connectors
import Model
import Testing

@Suite("Regular expressions over any text")
struct JQMatchTests {
    private func run(_ source: String, _ input: JSON) async throws -> [JSON] {
        try await ConnectorHarness.machine.run(
            JQProgram(name: "x/receive.jq", source: source), .json(input), request: [:], now: ConnectorHarness.now)
    }

    /// libjq 1.6 reads past the end of memory when a match of nothing stands before a sign of several bytes.
    @Test(
        "A match of nothing before a sign beyond ASCII does not end the process",
        arguments: ["x*", "", "a|", "(?=é)", "(?<=a)", "\\\\b", "^", "$", "(x)?", "é*?"])
    func survives(regex: String) async throws {
        let text: JSON = "aé€😀b é"
        for call in [
            "match(R; \"g\")", "scan(R)", "capture(R; \"g\")", "splits(R)", "gsub(R; \"-\")", "split(R; null)",
        ] {
            _ = try await run("[\(call.replacing("R", with: "\"\(regex)\""))]", text)
        }
    }

    @Test("With the flag g only matches of something count; the rest is as jq has it")
    func results() async throws {
        #expect(try await run(#"[scan("é+|x*")]"#, "aéé€é") == [["éé", "é"]])
        #expect(try await run(#"[match("é"; "g").offset]"#, "aéé€é") == [[1, 2, 4]])
        #expect(try await run(#"[match(["É", "gi"]) | .string]"#, "é") == [["é"]])
        #expect(try await run(#"[splits(", *")]"#, "å, ä,ö") == [["å", "ä", "ö"]])
        #expect(try await run(#"split(" +"; null)"#, "å  ä") == [["å", "ä"]])
        #expect(try await run(#"split(", ")"#, "å, ä") == [["å", "ä"]])
        #expect(try await run(#"[scan("(é)(x)?")]"#, "éxé") == [[["é", "x"], ["é", nil]]])
        #expect(
            try await run(#"[capture("(?<a>é)(?<b>x)?"; "g")]"#, "éxé") == [
                [["a": "é", "b": "x"], ["a": "é", "b": nil]]
            ])
        #expect(try await run(#"capture("(?<a>é)")"#, "aé") == [["a": "é"]])
        #expect(try await run(#"match("x*") | .length"#, "é") == [0])
    }

    @Test("What would make a match of nothing of one of something is an error")
    func keep() async throws {
        await #expect(throws: JQError.self) { try await run(#"[match(".\\K"; "g")]"#, "a€b") }
        await #expect(throws: JQError.self) { try await run(#"gsub("€\\K"; "-")"#, "a€b") }
    }
}
