import Connectors
import Model
import Testing

@Suite("Builtins for texts")
struct JQTextTests {
    let runner = ProgramRunner()

    private func run(_ program: String, _ input: JSON) async throws -> JSON {
        try #require(try await runner.run(program, input).first)
    }

    @Test(
        "Markup becomes text: breaks, paragraphs, items, the texts of links; the rest goes",
        arguments: [
            ("<p>Hi <b>there</b><br>you</p>\n<p>2 &lt; 3</p>", "Hi there\nyou\n\n2 < 3"),
            ("<ul><li>one</li><li><p>two</p></li></ul>", "- one\n- two"),
            ("<a href=\"https://x.example/?a>b\">a link</a>", "a link"), ("a < b <3 <x", "a < b <3 <x"),
            ("a<script>x < y</script><!-- <p>no</p> --><STYLE>p {}</STYLE>b", "ab"),
            ("<div>a</div> <div>b</div>&nbsp;<BR/>c", "a\nb\nc"), ("a<br><br>b", "a\n\nb"), ("", ""),
            ("a\n  b", "a b"),
            ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
            ("<p></p>", ""),
        ])
    func markup(html: String, text: String) async throws {
        #expect(try await run("html_to_text", .string(html)) == .string(text))
    }

    @Test(
        "Entities are read; what is none stays",
        arguments: [
            ("&amp;&#38;&#x1F600;&eacute;", "&&😀é"), ("&nope; & x; &", "&nope; & x; &"),
            ("&amp;lt;", "&lt;"),
            ("&#xD800;&#0;", "\u{FFFD}\u{FFFD}"), ("&#99999999999;&#;&#x;", "&#99999999999;&#;&#x;"),
            ("", ""),
        ])
    func entities(html: String, text: String) async throws {
        #expect(try await run("html_unescape", .string(html)) == .string(text))
    }

    @Test("Text becomes markup, and comes back")
    func escaping() async throws {
        let html = try await run("text_to_html", "a<b>\r\n\"c\" & 'd'\n")
        #expect(html == "a&lt;b&gt;<br>&quot;c&quot; &amp; &#39;d&#39;<br>")
        #expect(try await run("text_to_html | html_to_text", "a <b> & 'c'\nd") == "a <b> & 'c'\nd")
        #expect(try await run("escape_markup", "<@U1> & \"b\"") == "&lt;@U1&gt; &amp; \"b\"")
        #expect(try await run("escape_markup | unescape_markup", "<a> &amp; &lt;") == "<a> &amp; &lt;")
    }

    @Test("Lengths are counted in UTF-16 units")
    func utf16() async throws {
        #expect(try await runner.run("\"aé😀\", \"\" | utf16_length") == [4, 0])
    }

    @Test("A text becomes a document of paragraphs and hard breaks, and comes back")
    func documents() async throws {
        let document = try await run("adf", "a\r\nb\n\n\n\nc\n")
        let first: JSON = [
            "type": "paragraph",
            "content": [
                ["type": "text", "text": "a"], ["type": "hardBreak"], ["type": "text", "text": "b"],
            ],
        ]
        let second: JSON = ["type": "paragraph", "content": [["type": "text", "text": "c"]]]
        #expect(document == ["type": "doc", "version": 1, "content": [first, second]])
        #expect(try await run("adf_to_text", document) == "a\nb\n\nc")
        #expect(try await run("adf", "") == ["type": "doc", "version": 1, "content": []])
    }

    @Test("Lists, mentions and what nobody knows in a document are read as well as can be")
    func documentParts() async throws {
        let program = """
            def item: {type: "listItem", content: [{type: "paragraph", content: [{type: "text", text: .}]}]};
            {type: "doc", content: [{type: "paragraph", content: [{type: "mention", attrs: {text: "@Kim"}}]},
              {type: "bulletList", content: ["a" | item]}, {type: "orderedList", content: ["b", "c" | item]},
              {type: "rule"}, 3, {type: 4, content: 5, attrs: []}]} | adf_to_text
            """
        #expect(try await run(program, nil) == "@Kim\n\n- a\n\n1. b\n2. c")
    }

    @Test("Matches are told by their places in UTF-8")
    func offsets() async throws {
        let found = try await run("byte_offsets(\"@(?<who>[\\\\p{L}.]+)(z)?\")", "é @kim 😀 @å.b")
        let none: JSON = ["name": nil, "start": nil, "end": nil, "text": nil]
        #expect(
            found == [
                [
                    "start": 3, "end": 7, "text": "@kim",
                    "captures": [["name": "who", "start": 4, "end": 7, "text": "kim"], none],
                ],
                [
                    "start": 13, "end": 18, "text": "@å.b",
                    "captures": [["name": "who", "start": 14, "end": 18, "text": "å.b"], none],
                ],
            ])
        #expect(try await run("byte_offsets(\"(?<=é)x\") | map(.start)", "xéxéx") == [3, 6])
    }

    @Test(
        "A match of nothing is no match, and ends no process",
        arguments: ["", "x*", "\\\\b", "(?=é)", "$"])
    func nothing(regex: String) async throws {
        #expect(try await run("byte_offsets(\"\(regex)\")", "éaé") == [])
    }

    @Test(
        "A time is read with its offset",
        arguments: [
            ("Wed Oct 10 20:19:24 +0000 2018", "%a %b %d %H:%M:%S %z %Y", 1_539_202_764),
            ("Wed Oct 10 22:19:24 +0200 2018", "%a %b %d %H:%M:%S %z %Y", 1_539_202_764),
            ("2018-10-10T14:49:24-05:30", "%Y-%m-%dT%H:%M:%S%z", 1_539_202_764),
            ("2018-10-10T20:19:24Z", "%Y-%m-%dT%H:%M:%S%z", 1_539_202_764),
            ("Wed, 10 Oct 2018 20:19:24 GMT", "%a, %d %b %Y %H:%M:%S %z", 1_539_202_764),
            ("2018-10-10 20:19", "%Y-%m-%d %H:%M", 1_539_202_740),
        ] as [(String, String, Int64)])
    func times(text: String, format: String, seconds: Int64) async throws {
        #expect(try await run("parse_time(\"\(format)\")", .string(text)) == .integer(seconds))
    }

    @Test("What is no time is an error that tells the format")
    func noTime() async throws {
        let problem = await runner.failure("parse_time(\"%Y %z\")", "soon")?.problem
        #expect(problem == "parse_time: \"soon\" does not match format \"%Y %z\"")
    }

    @Test(
        "What is no text is an error that names the builtin",
        arguments: [
            "html_to_text", "text_to_html", "html_unescape", "escape_markup", "unescape_markup",
            "utf16_length", "adf",
            "byte_offsets(\"x\")", "parse_time(\"%Y\")",
        ])
    func noText(program: String) async throws {
        let name = program.prefix { $0 != "(" }
        for (input, kind) in [(nil, "null"), (3, "number"), ([], "array")] as [(JSON, String)] {
            #expect(
                await runner.failure(program, input)?.problem == "\(name): expected a string, got \(kind)")
        }
        #expect(
            await runner.failure("adf_to_text", "x")?.problem
                == "adf_to_text: expected an object, got string")
    }

    @Test("A program may define a builtin's name for itself")
    func shadowed() async throws {
        #expect(try await run("def adf: 1; adf", "x") == 1)
    }
}
