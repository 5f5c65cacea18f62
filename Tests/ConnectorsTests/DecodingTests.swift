import Connectors
import Model
import Testing

@Suite("Bodies that are no plain JSON")
struct DecodingTests {
    private func mapped(_ body: String, _ decode: String) async throws -> Reception {
        let receive = "  verify: [{scheme: none}]\n  decode: \(decode)"
        let jq = #"{kind: "notice", id: "n", fields: {body: .}}"#
        let harness = try ConnectorHarness(receive: receive, jq: jq)
        return await (try harness.connector(["secret": ["s"]])).receive(.post(body))
    }

    private func body(_ body: String, _ decode: String) async throws -> JSON? {
        let reception = try await mapped(body, decode)
        return reception.events?.first?.fields?["body"]
    }

    private func problem(_ body: String, _ decode: String = "xml") async throws -> String {
        try #require(try await mapped(body, decode).quarantine)
    }

    @Test("JSON stands in a field of a form, in base64, or behind the type of a text")
    func wrapped() async throws {
        #expect(try await body("payload=%7B%22a%22%3A1%7D&x=1", "{format: form_json, field: payload}") == ["a": 1])
        let base64 = #"{"message": {"data": "eyJhIjoxfQ=="}}"#
        #expect(try await body(base64, "{format: base64_json, field: message.data}") == ["a": 1])
        #expect(try await body(#"{"a": 1}"#, "text_json") == ["a": 1])
        #expect(try await problem("x=1", "{format: form_json, field: payload}").contains("payload is missing"))
        #expect(try await problem("{}", "{format: base64_json, field: m.d}").contains(".m.d is missing"))
    }

    @Test("XML becomes JSON: without prefixes, attributes as @name, text as #text, several elements as an array")
    func xml() async throws {
        let text = """
            <?xml version="1.0"?><s:r xmlns:s="urn:s" s:id="1 &amp; 2"><s:a>x &lt; y</s:a><b k="v">t</b><c/>
            <d>1</d><d>2</d><e><![CDATA[<raw>]]></e></s:r>
            """
        let expected: JSON = [
            "r": [
                "@id": "1 & 2", "a": "x < y", "b": ["@k": "v", "#text": "t"], "c": "", "d": ["1", "2"], "e": "<raw>",
            ]
        ]
        #expect(try await body(text, "xml") == expected)
        #expect(try await body("<r><a>1</a></r>", "{format: xml, force_array: [a]}") == ["r": ["a": ["1"]]])
    }

    @Test(
        "A DTD is refused before anything in it is read",
        arguments: [
            "<!DOCTYPE r><r/>", #"<!DOCTYPE r SYSTEM "http://127.0.0.1:1/x.dtd"><r/>"#,
            #"<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><r>&b;&b;</r>"#,
            #"<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><r>&a;</r>"#,
            #"<!DOCTYPE r [<!ENTITY % p SYSTEM "http://127.0.0.1:1/p"> %p;]><r/>"#,
        ])
    func dtd(text: String) async throws {
        #expect(try await problem(text).contains("the XML has a DTD, which is refused"))
    }

    @Test("An entity that nobody declared, and XML that is not well-formed, are refused")
    func malformed() async throws {
        for text in ["<r>&x;</r>", #"<r a="&x;"/>"#, "<r><a></r>", "<r/><r/>", "", "{}"] {
            #expect(try await problem(text).contains("no well-formed XML"), "\(text)")
        }
    }

    @Test("Deep nesting and too many elements are refused")
    func bounds() async throws {
        let deep = String(repeating: "<a>", count: 200) + String(repeating: "</a>", count: 200)
        #expect(try await problem(deep).contains("nested deeper than 128"))
        let many = "<r>" + String(repeating: "<a/>", count: 200_001) + "</r>"
        #expect(try await problem(many).contains("more than 200000 elements"))
    }

    @Test("A table gives an entry, its *, or an error that names table and key")
    func vocab() async throws {
        let harness = try ConnectorHarness([
            "adapter.yaml": """
            adapter: 1
            id: x
            title: X
            vocab:
              status: {New: open, Closed: closed, "*": other}
              strict: {a: 1}
            receive:
              verify: [{scheme: none}]
            """,
            "receive.jq": """
            {kind: "notice", id: "n", fields: {
              plain: $vocab.status.New, known: vocab("status"; .s), star: vocab("status"; .none),
              strict: vocab("strict"; .k)}}
            """,
        ])
        let connector = try harness.connector([:])
        #expect(await connector.check().isEmpty)
        let good = await connector.receive(.post(#"{"s": "Closed", "k": "a"}"#))
        #expect(good.events?.first?.fields == ["plain": "open", "known": "closed", "star": "other", "strict": 1])
        let bad = await connector.receive(.post(#"{"k": "b"}"#)).quarantine
        #expect(bad?.contains(#"table "strict" has no entry "b""#) == true)
    }
}
