import Connectors
import Model
import Testing

@Suite("Words that a mapping must not use")
struct JQRefusalTests {
    let runner = ProgramRunner()

    static let impure = [
        "env", "$ENV", "$ ENV", "$#\nENV", "$ENV.PATH", "env.PATH", "input", "inputs", "[inputs]", "debug",
        ". | debug(1)",
        "stderr", "input_filename", "input_line_number", "now", "now|todate", "import \"a\" as a; .",
        "include \"a\"; .",
        "\"a\" | modulemeta", "get_search_list", "halt", "halt_error", "halt_error(1)", "localtime",
        "strflocaltime(\"%H\")", "$__prog_args", "\"x\\(env)\"", "\"a\\(\"b\\(.c | env)\")\"", "@base64 \"\\(env)\"",
        "{a: env}", "{(env): 1}", "{\"a\": env}", "{a: [1, env]}", "{a: (1, env)}", "{$ENV}", ". as {$ENV} | 1",
        "def env: 1; env", "def f: env; f", ".[env]", ".a|env", "[.a,env]", "# ok\n\"#\" | env", "\"\\\"\" | env",
        "reduce env as $x (0; .)", "if env then 1 else 2 end", ".a//env", "..|env", "-now", "path(env)",
        ". as [$a] | env",
    ]

    @Test("An impure word is refused wherever it stands", arguments: impure)
    func refused(_ source: String) async {
        let error = await runner.failure(source)
        #expect(error?.kind == .refused)
        #expect(error?.problem.contains("is not allowed in a mapping: ") == true)
    }

    static let innocent: [(source: String, expected: JSON)] = [
        (".env", 1), (".env.now?, .a.now", nil), (".\"env\"", 1), (".[\"env\"]", 1), ("{env}", ["env": 1]),
        ("{env: 2}", ["env": 2]),
        ("{env : 2}", ["env": 2]), ("{a: 1, input: 2, now: 3}", ["a": 1, "input": 2, "now": 3]), ("{now, env}.now", 5),
        (". as {env: $e} | $e", 1), (". as {now: $now} | $now", 5), ("\"env\"", "env"),
        ("\"now \\(.now) $ENV\"", "now 5 $ENV"),
        ("1 # env $ENV", 1), ("# input\n.env", 1), (".now as $input | $input", 5), (". as $env | $env.env", 1),
        ("def environment: 3; environment", 3), ("def now_and: 4; now_and", 4), ("[.env,.now]", [1, 5]),
        ("..|.env?", 1),
        ("{\"a\": .env, debug: 1}", ["a": 1, "debug": 1]), ("$settings", [:]), ("{(\"env\"): 1}", ["env": 1]),
        ("\"\\\\(env)\"", "\\(env)"), ("\"a\" | @text \"env \\(.)\"", "env a"), ("{if: 1, env}", ["if": 1, "env": 1]),
    ]

    @Test("A field, a key, a variable, a string and a comment may be called like one", arguments: innocent)
    func allowed(_ source: String, _ expected: JSON) async throws {
        #expect(try await runner.run(source, ["env": 1, "now": 5]).contains(expected))
    }

    @Test("A refusal names the file, the line and the cure")
    func place() async {
        let error = await runner.failure("def f: .a;\n\n. as $x\n| \"\n\\(now)\"")
        #expect(error?.description == "test.jq:5: `now` is not allowed in a mapping: read `$now`, an RFC 3339 text")
    }

    @Test("A program inside another file counts that file's lines")
    func firstLine() async {
        let program = JQProgram(name: "samtal.yaml", source: ".a\n| env", firstLine: 40)
        await #expect {
            try await runner.machine.check(program)
        } throws: { ($0 as? JQError)?.line == 41 }
    }
}
