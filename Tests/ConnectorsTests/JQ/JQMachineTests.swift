import Connectors
import Model
import Testing

@Suite("The jq machine")
struct JQMachineTests {
    let runner = ProgramRunner()

    @Test("A program sees its settings, the request and the time")
    func context() async throws {
        let source = #"{setting: $settings.page, method: $req.method, now: "at \($now)", input: .a}"#
        let program = JQProgram(name: "test.jq", source: source, settings: ["page": "p1"])
        let outputs = try await runner.run(program, .json(["a": 1]), request: ["method": "POST"])
        #expect(outputs == [["setting": "p1", "method": "POST", "now": "at 2026-01-02T03:04:05.678Z", "input": 1]])
    }

    @Test("A program that reads only the time gets its input as it is")
    func timeOnly() async throws {
        #expect(try await runner.run(". + [$now]", [1]) == [[1, "2026-01-02T03:04:05.678Z"]])
    }

    @Test("Outputs come in order, and none is fine")
    func outputs() async throws {
        #expect(try await runner.run(".[], 9", [3, 1, 2]) == [3, 1, 2, 9])
        #expect(try await runner.run("empty").isEmpty)
    }

    @Test("A program may begin with definitions and end in a comment without a newline")
    func layout() async throws {
        #expect(try await runner.run("def twice: . * 2;\n.x | twice # done", ["x": 4]) == [8])
    }

    @Test(
        "Every kind of value comes back as it went in",
        arguments: [
            nil, true, false, 0, -7, 1.5, "", "a\u{0}b", "häß 😀 \u{10FFFF}", [], [:],
            [[1, [nil]], ["k": ["": false]]],
            ["9": 9, "π": "pi"],
        ] as [Value])
    func identity(_ value: Value) async throws {
        #expect(try await runner.run(".", value.json) == [value.json])
        #expect(try await runner.run(".", text: value.json.text) == [value.json])
    }

    @Test(
        "Numbers come back shortest and unchanged",
        arguments: [
            ("1.10", JSON.number("1.1")), ("1e2", 100), ("0.1", .number("0.1")), ("-0", 0),
            ("1e300", .number("1e+300")),
            ("5e-324", .number("5e-324")), ("9007199254740992", 9_007_199_254_740_992),
            ("3.141592653589793", .number("3.141592653589793")),
        ])
    func numbers(_ text: String, _ expected: JSON) async throws {
        #expect(try await runner.run(".", text: text) == [expected])
    }

    @Test(
        "Integers beyond 2^53 arrive as digits, from text and from values",
        arguments: [
            ("9007199254740991", JSON.integer(9_007_199_254_740_991)),
            ("-9007199254740992", .integer(-9_007_199_254_740_992)),
            ("9007199254740993", "9007199254740993"), ("-9007199254740993", "-9007199254740993"),
            ("4912661846655238145", "4912661846655238145"), ("99999999999999999999", "99999999999999999999"),
        ])
    func bigIntegers(_ text: String, _ expected: JSON) async throws {
        #expect(try await runner.run(".[0]", text: "[\(text)]") == [expected])
        #expect(try await runner.run(".[0]", try JSON(parsing: "[\(text)]")) == [expected])
    }

    @Test(
        "exact_integer sends every digit on as a number",
        arguments: [
            "4912661846655238145", "-9223372036854775808", "9223372036854775808", "99999999999999999999999", "7", "0",
        ])
    func exactIntegers(_ digits: String) async throws {
        let outputs = try await runner.run("{id: (.id | exact_integer)}", text: "{\"id\": \(digits)}")
        #expect(outputs.map(\.text) == ["{\"id\":\(digits)}"])
        #expect(try await runner.run("exact_integer", .string(digits)).map(\.text) == [digits])
    }

    @Test("exact_integer refuses what is no integer", arguments: ["", "1.5", "1e3", "007", "12a", "-", "+1", "١"])
    func inexactIntegers(_ text: String) async {
        let error = await runner.failure("exact_integer", .string(text))
        #expect(error?.kind == .runtime)
        #expect(error?.problem == "exact_integer needs an integer or a string of its digits")
    }

    @Test("A value that is no JSON is an error, not a null", arguments: ["nan", "[infinite]", "{a: (- infinite)}"])
    func noJSON(_ source: String) async {
        #expect(await runner.failure(source)?.kind == .runtime)
    }

    @Test(
        "A time out of range is an error and not the end of the process",
        arguments: [
            "1e18 | todate", "-1e300 | todate", "nan | date", "infinite | todateiso8601", "1e18 | strftime(\"%Y\")",
            ". as {a: $t} | $t | tonumber | todate",
        ])
    func hostileTime(_ source: String) async {
        #expect(await runner.failure(source, ["a": "99999999999999999999"])?.kind == .runtime)
    }

    @Test("An error without a text is an error", arguments: ["error(null)", ".a | error", "1, error(.a)"])
    func nullError(_ source: String) async {
        let error = await runner.failure(source)
        #expect(error?.kind == .runtime)
        #expect(error?.problem == "an error without a text")
    }

    @Test(
        "Builtins that are mended give what jq gives",
        arguments: [
            ("0 | todate", "1970-01-01T00:00:00Z"), ("1767323045.9 | date", "2026-01-02T03:04:05Z"),
            ("0 | gmtime | strftime(\"%H:%M\")", "00:00"), ("\"a,b,c\" | indices(\",\")", [1, 3]),
            ("\"a,b,c\" | [index(\",\"), rindex(\",\"), index(\"x\")]", [1, 3, nil]), ("[1,2,1] | indices(1)", [0, 2]),
            ("[try error(\"a\", \"b\") catch .]", ["a"]), ("try error({a: 1}) catch .a", 1),
            ("\"a,b\" | [index(\"\"), indices(\"\")]", [nil, nil]),
            (
                "\"abab\" | [sub(\"b\"; \"x\"), gsub(\"b\"; \"x\"), sub(\"B\"; \"x\"; \"gi\")]",
                ["axab", "axax", "axax"]
            ),
            ("\"äbéb!\" | gsub(\"b(?<next>.)\"; \"<\\(.next)>\")", "ä<é><!>"),
            ("\"a b  \" | gsub(\"\\\\s*$\"; \"\")", "a b"),
            ("\"ab\" | sub(\"^\"; \">\")", ">ab"), ("\"aXb\" | gsub(\"X*\"; \"-\") | type", "string"),
            ("\"\" | gsub(\"a\"; \"b\")", ""), ("\"A-B\" | gsub(\"[a-z]\"; \"\"; \"i\")", "-"),
        ] as [(String, JSON)])
    func mended(_ source: String, _ expected: JSON) async throws {
        #expect(try await runner.run(source) == [expected])
    }

    @Test("Ten thousand outputs pass, one more is too many, and an endless program ends")
    func outputLimit() async throws {
        #expect(try await runner.run("range(10000)").count == 10_000)
        #expect(await runner.failure("range(10001)")?.kind == .limit)
        #expect(await runner.failure("repeat(1)")?.kind == .limit)
    }

    @Test("A result nested deeper than our reader takes is refused")
    func deepResult() async throws {
        #expect(try await runner.run("reduce range(127) as $i ([]; [.])").count == 1)
        #expect(await runner.failure("reduce range(128) as $i ([]; [.])")?.kind == .limit)
        #expect(await runner.failure("reduce range(50000) as $i ([]; [.])")?.kind == .limit)
    }

    @Test("A program works again after a run that failed or was cut off")
    func again() async throws {
        let program = JQProgram(name: "test.jq", source: "if . == 0 then error(\"zero\") else range(.) end")
        for _ in 0..<50 {
            await #expect(throws: JQError.self) { try await runner.run(program, .json(0)) }
            await #expect(throws: JQError.self) { try await runner.run(program, .json(20_000)) }
            #expect(try await runner.run(program, .json(2)) == [0, 1])
        }
    }

    @Test("Several programs on four threads each keep to their own answers")
    func parallel() async throws {
        let runner = ProgramRunner(threads: 4)
        let programs = [
            JQProgram(name: "a.jq", source: ".n + 1"),
            JQProgram(name: "b.jq", source: "[.n, $req.n] | map(tostring) | join(\"-\")"),
            JQProgram(name: "c.jq", source: "if (.n | tostring | test(\"7\")) then error(\"seven\") else {n} end"),
            JQProgram(name: "d.jq", source: "$settings.base + .n", settings: ["base": 1000]),
        ]
        let answers = await withTaskGroup(of: (Int, String).self, returning: [Int: String].self) { group in
            for number in 0..<2000 {
                group.addTask {
                    let input = JQInput.bytes(Array("{\"n\": \(number)}".utf8))
                    let request: JSON = ["n": .integer(Int64(number))]
                    do throws(JQError) {
                        let outputs = try await runner.run(programs[number % 4], input, request: request)
                        return (number, outputs.map(\.text).joined())
                    } catch { return (number, error.problem) }
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        for number in 0..<2000 {
            let failing = "\(number)".contains("7") ? "seven" : "{\"n\":\(number)}"
            let expected = ["\(number + 1)", "\"\(number)-\(number)\"", failing, "\(1000 + number)"]
            #expect(answers[number] == expected[number % 4])
        }
    }

    @Test("More programs than a thread keeps still run, the first ones again too")
    func eviction() async throws {
        let runner = ProgramRunner(programsMax: 3)
        let programs = (0..<5).map { JQProgram(name: "\($0).jq", source: "\($0)") }
        for index in [0, 1, 2, 3, 4, 0, 4, 1, 1] {
            #expect(try await runner.run(programs[index], .json(nil)) == [.integer(Int64(index))])
        }
    }

    @Test("A machine that was shut down says so and does not hang")
    func shutdown() async {
        runner.machine.shutdown()
        runner.machine.shutdown()
        #expect(await runner.failure(".")?.kind == .limit)
    }

    @Test("Settings are bound when the program is compiled, and a check finds a program that names another variable")
    func check() async throws {
        try await runner.machine.check(JQProgram(name: "test.jq", source: "$settings.a"))
        await #expect(throws: JQError.self) {
            try await runner.machine.check(JQProgram(name: "test.jq", source: "$setting.a"))
        }
    }
}

/// A value as an argument of a test.
struct Value: Sendable, ExpressibleByStringLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByNilLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    let json: JSON

    init(stringLiteral value: String) { json = .string(value) }
    init(booleanLiteral value: Bool) { json = .bool(value) }
    init(integerLiteral value: Int64) { json = .integer(value) }
    init(floatLiteral value: Double) { json = .number(value.description) }
    init(nilLiteral: ()) { json = .null }
    init(arrayLiteral elements: Value...) { json = .array(elements.map(\.json)) }
    init(dictionaryLiteral members: (String, Value)...) {
        json = .object(Dictionary(members.map { ($0, $1.json) }) { _, last in last })
    }
}
