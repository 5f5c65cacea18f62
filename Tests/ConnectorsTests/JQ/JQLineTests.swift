import Connectors
import Model
import Testing

@Suite("Lines of a program's errors")
struct JQLineTests {
    let runner = ProgramRunner()

    /// Ten lines; the seventh fails on a text where an object should be.
    private static func tenLines(_ seventh: String) -> String {
        """
        # a mapping
        def clean: with_entries(select(.value != null));
        def name:
          .name // "nobody";
        .people[]
        | . as $person
        | \(seventh)
        | {name: name, age: $person.age}
        | clean
        # end
        """
    }

    static let failing = [
        ".address.street", "(.name | .first)", "[.name[]]", "$person.name.first", "{a: .name.first}",
        "if .name.first then . else . end", "(.name + 1)", "(.name | tonumber)", "error(\"wrong\")",
        "\"a \\(.name.first) b\"", ".name |= .first", "(.name | fromjson)", "map(.name.first)",
        "(.name as {a: $a} | $a)",
        "reduce .name[] as $x (0; . + $x)", "(.name | test(\"(\"))", "(try error(\"a\") catch error(\"b\"))",
        "(empty, .name.a)",
        "to_entries[0].value.x", "(.name | keys)", "limit(1; .name[])", "(-.name)", "(\"a\" - 1)",
        "{(1, 2 | tojson | 3): 1}",
        "path(.name.first)", "@base64d", "(@base64d \"\\(.name.a)\")", "(label $out | .name[], break $out)",
        "(.a? // .name.a)", "(.a?.b, .name.x)",
        "([.name] | .[0].x)", "(. as [$a] ?// $a | $a.name.x)", "(.name | ltrimstr(\"A\") | tonumber)",
    ]

    @Test("A runtime error names the line that failed", arguments: failing)
    func runtime(_ seventh: String) async {
        let input: JSON = ["people": [["name": "Ann", "address": "Main Street 1", "age": 3]]]
        let error = await runner.failure(Self.tenLines(seventh), input)
        #expect(error?.kind == .runtime)
        #expect(error?.line == 7, "\(error.map(String.init(describing:)) ?? "no error")")
    }

    static let places: [(about: String, source: String, line: Int)] = [
        ("inside a definition", "def a: .x;\ndef b:\n  .y\n  .z;\n[a,\n b]", 3),
        ("after a definition that came back", "def a: \n.x;\n(a\n | .) + \n.y.z", 5),
        ("before a definition on another line", "def one:\n 1;\n.y\n + one", 3),
        ("inside an array", "[\n .x,\n .y.z\n]", 3),
        ("after a comma", ".x,\n1,\n.y.z,\n2", 3),
        ("in an object's value", "{\n a: .x,\n b: .y.z,\n c: 1\n}", 3),
        ("in an argument", "map(\n .\n)\n | first(\n .[] |\n tonumber)", 6),
        ("in a branch", "if .x\nthen\n .x\nelse\n .y.z\nend", 5),
        ("in an update", "reduce 1 as $i\n(.;\n .x = 1 |\n .y.z\n)", 4),
        ("in a hole of a string", "\"a\n\n\\(.y\n.z)\n\"", 3),
        ("in the second round", ".l[]\n| (.\n| ascii_downcase)\n| length", 3),
        ("in a path", ".x |=\n 1\n| .y.z |=\n 2", 3),
        ("in a text raised as an object", ".x\n| error(\n{a: 1})", 3),
        ("through a caught error", "(try error(\"x\")\n catch .)\n| .y", 3),
    ]

    @Test("A runtime error is found", arguments: places)
    func found(_ about: String, _ source: String, _ line: Int) async {
        let error = await runner.failure(source, ["y": "text", "l": ["a", 1]])
        #expect(error?.kind == .runtime)
        #expect(error?.line == line, "\(about): \(error.map(String.init(describing:)) ?? "no error")")
    }

    @Test("A runtime error reads file, line, problem")
    func description() async {
        let error = await runner.failure(".a\n| .b", ["a": "text"])
        #expect(error?.description == "test.jq:2: Cannot index string with string \"b\"")
    }

    @Test("The line of an error is known without $req and with it, and inside another file")
    func context() async throws {
        let program = JQProgram(name: "samtal.yaml", source: "$req.a\n| $now\n| .[0]", firstLine: 10)
        await #expect {
            try await runner.run(program, .json(nil), request: ["a": 1])
        } throws: { ($0 as? JQError)?.line == 12 }
    }

    @Test("A long error text is cut")
    func longText() async {
        let error = await runner.failure("error(\"x\" * 5000)")
        #expect(error?.problem.count == 300)
    }

    static let broken: [(source: String, line: Int, problem: String)] = [
        (".a\n| foo\n| .b", 2, "foo/0 is not defined"),
        (".a\n\n| $nope", 3, "$nope is not defined"),
        (".a\n| foo\n| bar(1)", 2, "foo/0 is not defined; line 3: bar/1 is not defined"),
        (".a |\n| .b", 2, "syntax error, unexpected '|'"),
        (".a\n| .b |", 2, "the program ends where something is still missing"),
        ("def f: 1;\n", 1, "the program ends where something is still missing"),
        (
            "if .a\nthen 1", 2,
            "the program ends where something is still missing; line 1: Possibly unterminated 'if' statement"
        ),
        ("{\n a: }", 2, "syntax error, unexpected '}'"),
        ("(.a\n| [.b\n", 1, "`(` is opened here and never closed"),
        (".a\n)", 2, "`)` closes nothing that is open"),
        (".a) | (.b", 1, "`)` closes nothing that is open"),
        ("[.a\n)", 2, "`)` closes nothing that is open"),
        (".a\n| \"b\n", 2, "`\"` is opened here and never closed"),
        ("\"\\(\n1", 1, "`\"` is opened here and never closed"),
    ]

    @Test("A program that does not compile is told with its line", arguments: broken)
    func compile(_ source: String, _ line: Int, _ problem: String) async {
        let error = await runner.failure(source)
        #expect(error?.kind == .compile)
        #expect(error?.line == line)
        #expect(error?.problem == problem)
    }

    @Test("An empty program is told apart from one that gives nothing", arguments: ["", "\n", "# only a comment"])
    func empty(_ source: String) async {
        let error = await runner.failure(source)
        #expect(error?.kind == .compile)
        #expect(error?.problem == "the program is empty: write `.` to pass its input on, `empty` for no output")
    }
}
