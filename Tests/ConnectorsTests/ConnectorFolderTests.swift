import Connectors
import Model
import Testing

@Suite("Reading a connector's folder")
struct ConnectorFolderTests {
    private func mistakes(_ yaml: String, _ files: [String: String] = ["receive.jq": "."]) throws -> [String] {
        var files = files
        files["adapter.yaml"] = yaml
        return try ConnectorHarness(files).mistakes()
    }

    private static let good = """
        adapter: 1
        id: x
        title: X
        receive:
          verify: [{scheme: none}]
        """

    @Test("A small folder is read with its defaults")
    func small() throws {
        let harness = try ConnectorHarness(["adapter.yaml": Self.good, "receive.jq": "."])
        let folder = try ConnectorFolder.load(harness.path)
        #expect(folder.id == "x")
        #expect(folder.side == .adapter)
        #expect(folder.parallel == 4)
        #expect(folder.limits.text == nil)
        #expect(folder.limits.window == nil)
        #expect(folder.receives)
        #expect(!folder.sends)
        #expect(!folder.capabilities.edits)
    }

    @Test("What the YAML says is what the folder says")
    func whole() throws {
        let harness = try ConnectorHarness([
            "contract.yaml": """
            contract: 1
            id: x
            title: X
            docs: https://example.com
            settings:
              one: {secret: true, about: first}
              two: {default: 2, about: second}
            send:
              base_url: https://api.example.com
              events: [samtal.message.received, samtal.conversation.closed]
            limits:
              text: {max: 10, unit: utf16, split: true}
              window: 24h
              parallel: 9
            capabilities: {receipts: [read], edits: true}
            """,
            "send.jq": "empty",
        ])
        let folder = try ConnectorFolder.load(harness.path)
        #expect(folder.settings.map(\.name) == ["one", "two"])
        #expect(folder.settings[1].defaultValue == "2")
        #expect(folder.limits.text == TextLimit(max: 10, unit: .utf16, splits: true))
        #expect(folder.limits.window == .seconds(86_400))
        #expect(folder.parallel == 9)
        #expect(folder.capabilities.receipts == [.read])
        #expect(folder.events == [.conversationClosed, .messageReceived])
        let connector = try harness.connector(["one": ["s"]])
        #expect(connector.wants(.messageReceived))
        #expect(!connector.wants(.personCreated))
    }

    @Test("Every mistake is named with its place, all at once")
    func allAtOnce() throws {
        let found = try mistakes(
            """
            adapter: 2
            id: y
            titel: X
            settings:
              secret: {secret: yes, about: s}
            receive:
              verify:
                - {scheme: hmca}
                - scheme: hmac
                  hash: sha265
                  key: "{settings.secrt}"
                  signed: [bdy]
                  encoding: hex
                  from: X-Sig
              on_failure: 200
            send:
              base_url: https://example.com
              timeout: soon
            """, [:])
        #expect(
            found == [
                "x/adapter.yaml:1:10: expected an integer from 1 to 1, got \"2\"",
                "x/adapter.yaml:3:1: unknown key \"titel\", did you mean \"title\"?",
                "x/adapter.yaml:5:20: expected true or false, got \"yes\"",
                "x/adapter.yaml:8:16: \"hmca\" is unknown, did you mean \"hmac\"?",
                "x/adapter.yaml:10:13: \"sha265\" is unknown, did you mean \"sha256\"?",
                "x/adapter.yaml:11:12: no setting is called \"secrt\", did you mean \"secret\"?",
                "x/adapter.yaml:12:16: expected a part: body, header:NAME, query:NAME, body:.path, method, path, url, "
                    + "lit:TEXT or settings.NAME, got \"bdy\"",
                "x/adapter.yaml:14:13: expected header:NAME, query:NAME, body:.path, bearer or basic, got \"X-Sig\"",
                "x/adapter.yaml:15:15: expected an integer from 400 to 499, got \"200\"",
                "x/adapter.yaml:18:12: expected a duration like 500ms, 30s, 5m, 24h or 7d, got \"soon\"",
                "x/receive.jq: is missing or cannot be read; \"receive\" in adapter.yaml needs it",
                "x/send.jq: is missing or cannot be read; \"send\" in adapter.yaml needs it",
            ])
    }

    @Test("What no shape can see is found too")
    func meaning() throws {
        let found = try mistakes(
            """
            adapter: 1
            id: y
            title: X
            settings:
              secret: {secret: true, default: abc, about: s}
            receive:
              verify:
                - scheme: hmac
                  hash: sha256
                  key: "{settings.secret}"
                  signed: [settings.secrt]
                  encoding: hex
                  from: header:X-Sig
            auth:
              api: {scheme: bearer, value: "{settings.secret}"}
            send:
              base_url: https://example.com
              auth: apo
            """, ["receive.jq": ".", "send.jq": "."])
        #expect(
            found == [
                "x/adapter.yaml:2:5: \"y\" is not the folder's name, \"x\"",
                "x/adapter.yaml:5:35: a secret cannot have a default",
                "x/adapter.yaml:11:16: no setting is called \"secrt\", did you mean \"secret\"?",
                "x/adapter.yaml:18:9: no auth is called \"apo\", did you mean \"api\"?",
            ])
    }

    @Test("Keys of the other side are refused", arguments: ["events: ['*']", "result: {ticket: .body.id}"])
    func otherSide(line: String) throws {
        let found = try mistakes(
            """
            adapter: 1
            id: x
            title: X
            send:
              base_url: https://example.com
              \(line)
            """, ["send.jq": "."])
        #expect(found.count == 1)
        #expect(found.first?.contains("unknown key") == true)
    }

    @Test("A key that stands there twice is named")
    func twice() throws {
        let found = try mistakes(Self.good + "\ntitle: Y\n")
        #expect(found == ["x/adapter.yaml:3:1: \"title\" stands here more than once in one object"])
    }

    @Test("What is no YAML is told with its place and without its text")
    func noYAML() throws {
        let found = try mistakes("adapter: 1\nid: [x\ntitle: \"whsec_hidden\n")
        #expect(found.count == 1)
        #expect(found[0].hasPrefix("x/adapter.yaml:"))
        #expect(!found[0].contains("hidden"))
    }

    @Test("Aliases that would fill the memory are stopped")
    func bomb() throws {
        var yaml = Self.good + "\nerrors:\n  - &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            yaml += "  - &a\(level) [" + Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ") + "]\n"
        }
        let found = try mistakes(yaml)
        #expect(found.count == 1)
        #expect(found[0].hasSuffix("the document is too large or too deep, aliases written out"))
    }

    @Test("A folder without its file is told apart from one with two")
    func noFile() throws {
        #expect(try ConnectorHarness(["a": ""]).mistakes() == ["x: has neither adapter.yaml nor contract.yaml"])
        let both = try ConnectorHarness(["adapter.yaml": "", "contract.yaml": ""])
        #expect(both.mistakes() == ["x: has both adapter.yaml and contract.yaml"])
    }

    @Test("jq in the YAML that does not compile is named by the YAML's line")
    func snippets() async throws {
        let harness = try ConnectorHarness(
            send: "  result: {ok: .status == }",
            rest: """
                errors:
                  - {when: "true", class: permanent}
                  - when: |
                      .status == 400
                      and nosuch
                    class: permanent
                """, jq: "{path: \"/\"} |\n nosuch2")
        let problems = await (try harness.connector(["token": ["t"]])).check()
        let places = problems.map { $0.description.replacing(harness.path, with: "x") }
        #expect(places.count == 3, "\(places)")
        #expect(places.contains { $0.hasPrefix("x/send.jq:2:") && $0.contains("nosuch2") })
        #expect(places.contains { $0.hasPrefix("x/adapter.yaml:9:") })
        #expect(places.contains { $0.hasPrefix("x/adapter.yaml:14:") && $0.contains("nosuch") })
    }
}
