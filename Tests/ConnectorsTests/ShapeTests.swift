import Connectors
import Model
import Testing

@Suite("Shapes of YAML files")
struct ShapeTests {
    private static let shape = Shape.object([
        .init("name", .text(.name), required: true, about: "the name"),
        .init("count", .integer(1...9), default: "3", about: "how many"),
        .init("wait", .duration, about: "how long", example: "5m"),
        .init("size", .byteSize, default: "1MB", about: "how large"),
        .init("flag", .boolean, default: "false", about: "whether"),
        .init("color", .enumeration(["red", "green"]), about: "which"),
        .init("secrets", .scalarOrList(.string), about: "one or more"),
        .init("tags", .list(of: .string), default: "[a, b]", about: "tags"),
        .init("by", .map(of: .integer(0...9), names: .identifier), about: "by name"),
        .init(
            "auth",
            .oneOf(
                by: "scheme",
                [
                    .init("basic", about: "b", [.init("user", .template, required: true, about: "the user")]),
                    .init("none", about: "n", []),
                ]), about: "auth"),
        .init("extra", .any, about: "anything"),
    ])

    private func problems(_ text: String) -> [String] {
        do throws(ConfigurationProblems) {
            _ = try Self.shape.read(text, file: "f.yaml")
            return []
        } catch {
            return error.description.split(separator: "\n").map(String.init)
        }
    }

    @Test("Values come out by name and type, defaults filled in")
    func values() throws {
        let fields = try #require(
            try Self.shape.read(
                """
                name: x-1
                wait: 5m
                secrets: 007
                by: {a: 1}
                extra: {n: 1, s: '1', t: yes, z: ~, l: [true]}
                """, file: "f"
            ).fields)
        #expect(fields.string("name") == "x-1")
        #expect(fields.integer("count") == 3)
        #expect(fields.duration("wait") == .seconds(300))
        #expect(fields.byteSize("size")?.bytes == 1 << 20)
        #expect(fields.boolean("flag") == false)
        #expect(fields.strings("secrets") == ["007"])
        #expect(fields.strings("tags") == ["a", "b"])
        #expect(fields.fields("by")?.integer("a") == 1)
        #expect(fields["color"] == nil)
        #expect(fields["extra"]?.json == ["n": 1, "s": "1", "t": "yes", "z": nil, "l": [true]])
        #expect(fields.position("wait") == Position(file: "f", line: 2, column: 7))
    }

    @Test("Each mistake has its place and a way out")
    func mistakes() {
        #expect(problems("") == ["f.yaml:1:1: \"name\" is missing: the name"])
        #expect(
            problems("name: A_b") == ["f.yaml:1:7: expected a name of a-z, 0-9 and -, at most 63 long, got \"A_b\""])
        #expect(problems("name: x\ncout: 1") == ["f.yaml:2:1: unknown key \"cout\", did you mean \"count\"?"])
        #expect(problems("name: x\ncount: 10") == ["f.yaml:2:8: expected an integer from 1 to 9, got \"10\""])
        #expect(problems("name: x\ncount:") == ["f.yaml:2:7: \"count\" has no value"])
        #expect(problems("name: x\nflag: 'true'") == ["f.yaml:2:7: expected true or false, got a string"])
        #expect(problems("name: x\ncolor: gren") == ["f.yaml:2:8: \"gren\" is unknown, did you mean \"green\"?"])
        #expect(problems("name: x\ncolor: b") == ["f.yaml:2:8: \"b\" is unknown; known are: red, green"])
        #expect(problems("name: x\ntags: a") == ["f.yaml:2:7: expected a list, got \"a\""])
        #expect(problems("name: x\nsecrets: [a, [b]]") == ["f.yaml:2:14: expected a string, got a list"])
        #expect(problems("name: x\nsize: 1TB").first?.hasPrefix("f.yaml:2:7: expected a size") == true)
        #expect(problems("name: x\nby: {A: 1}").first?.hasPrefix("f.yaml:2:6: \"A\": expected a name") == true)
        #expect(problems("- a") == ["f.yaml:1:1: expected an object, got a list"])
        #expect(
            problems("name: x\nauth: {user: u}") == ["f.yaml:2:7: \"scheme\" is missing: it is one of basic, none"])
        #expect(
            problems("name: x\nauth: {scheme: none, user: u}")
                == ["f.yaml:2:22: unknown key \"user\"; known are: scheme"])
        #expect(
            problems("name: x\nauth: {scheme: basic, user: '{settings.a'}")
                == ["f.yaml:2:29: a template's \"{\" has no \"}\"; a brace is written {{"])
        #expect(
            problems("name: x\nauth: {scheme: basic, user: '{env.A}'}")
                == ["f.yaml:2:29: \"{env.A}\": a template knows {settings.NAME} only; a brace is {{"])
    }

    @Test("All mistakes are told at once, in the order of the file")
    func order() {
        let found = problems("size: x\nflag: x\nname: x\ncount: x")
        #expect(found.map { $0.prefix(9) } == ["f.yaml:1:", "f.yaml:2:", "f.yaml:4:"])
    }

    @Test("Deep documents are stopped")
    func deep() {
        let text = "name: x\nextra: " + String(repeating: "[", count: 100) + String(repeating: "]", count: 100)
        #expect(problems(text).first?.hasSuffix("too large or too deep, aliases written out") == true)
    }

    @Test("Two documents in one file are a mistake")
    func twoDocuments() {
        #expect(problems("name: x\n---\nname: y").count == 1)
    }

    @Test("The shape becomes a JSON Schema")
    func schema() {
        let schema = Self.shape.jsonSchema(title: "A file")
        #expect(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema")
        #expect(schema["title"] == "A file")
        #expect(schema["required"] == ["name"])
        #expect(schema["additionalProperties"] == false)
        let properties = schema["properties"]
        #expect(
            properties["count"]
                == ["type": "integer", "minimum": 1, "maximum": 9, "default": 3, "description": "how many"])
        #expect(properties["wait"]["examples"] == ["5m"])
        #expect(properties["tags"]["default"] == ["a", "b"])
        #expect(properties["color"]["enum"] == ["red", "green"])
        #expect(properties["auth"]["oneOf"][0]["properties"]["scheme"] == ["const": "basic"])
        #expect(properties["auth"]["oneOf"][0]["required"] == ["scheme", "user"])
        #expect(ConnectorSide.adapter.shape.jsonSchema(title: "x")["properties"]["receive"]["type"] == "object")
    }

    @Test("Durations and sizes are read strictly")
    func units() {
        #expect(Shape.duration.accepts("500ms"))
        for text in ["5", "m", "-5m", "5 m", "5M", "1.5h", "9999999999999d", "5µs"] {
            #expect(!Shape.duration.accepts(text))
        }
        #expect(Shape.byteSize.accepts("12"))
        #expect(Shape.byteSize.accepts("2GB"))
        for text in ["GB", "-1", "1 MB", "1025GB", "1.5MB"] { #expect(!Shape.byteSize.accepts(text)) }
    }
}

extension Shape {
    fileprivate func accepts(_ text: String) -> Bool {
        (try? check(YAMLValue(.scalar(text, isPlain: true), at: Position(file: "", line: 1, column: 1)))) != nil
    }
}
