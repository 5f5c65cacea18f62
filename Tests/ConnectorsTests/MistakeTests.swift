import Connectors
import Foundation
import Testing

/// A good folder with one mistake in it. What the author reads stands in Mistakes/NAME.txt.
struct Mistake: Sendable, CustomTestStringConvertible {
    let name: String
    let file: String
    /// What stands there, and what is put in its place; `nil`: the file is taken away, or added.
    let right: String?
    let wrong: String?

    var testDescription: String { name }

    init(_ name: String, in file: String, _ right: String?, _ wrong: String?) {
        self.name = name
        self.file = file
        self.right = right
        self.wrong = wrong
    }

    static let all = [
        Mistake("yaml-syntax", in: "adapter.yaml", "  base_url: https://api.example.com", "\tbase_url: x"),
        Mistake("missing-key", in: "adapter.yaml", "title: X\n", ""),
        Mistake("unknown-key", in: "adapter.yaml", "  base_url: https", "  base_ulr: https"),
        Mistake("wrong-type", in: "adapter.yaml", "text: {max: 4096}", "text: {max: many}"),
        Mistake("undefined-setting", in: "adapter.yaml", "{settings.secret}", "{settings.secert}"),
        Mistake("unknown-scheme", in: "adapter.yaml", "scheme: hmac", "scheme: hmca"),
        Mistake("unknown-part", in: "adapter.yaml", "signed: [body]", "signed: [bdoy]"),
        Mistake("unknown-step", in: "adapter.yaml", "if_lost: found", "if_lost: fuond"),
        Mistake("unknown-call", in: "adapter.yaml", "call: profile, with", "call: profiles, with"),
        Mistake("unknown-class", in: "adapter.yaml", "class: throttled", "class: throttle"),
        Mistake("jq-syntax", in: "receive.jq", "text: .text}", "text: .text"),
        Mistake("jq-syntax-in-yaml", in: "adapter.yaml", "with: '.[] | ", "with: '.[ | "),
        Mistake("jq-unknown-function", in: "send.jq", "ascii_downcase", "ascii_lower"),
        Mistake("jq-runtime", in: "receive.jq", "text: .text", "text: (.text | .[0].words)"),
        Mistake("jq-runtime-in-send", in: "send.jq", "ascii_downcase", "fromjson"),
        Mistake("missing-thread", in: "receive.jq", "thread: .chat,", ""),
        Mistake("missing-author", in: "receive.jq", "author: {id: .from},", ""),
        Mistake("unknown-member", in: "receive.jq", "text: .text", "text: .text, visiblity: \"public\""),
        Mistake("unknown-auth", in: "send.jq", "path: \"/find\"", "auth: \"apl\", path: \"/find\""),
        Mistake("other-text", in: "samples/message.receive.json", "\"text\": \"a\"", "\"text\": \"b\""),
        Mistake("other-request", in: "send.jq", "path: \"/make\"", "path: \"/make/it\", query: {v: 2}"),
        Mistake("bad-signature", in: "samples/message.receive.http", "\"a\"", "\"A\""),
        Mistake("not-json", in: "samples/reply.send.json", "\"key\"", "key"),
        Mistake("stale-sample", in: "samples/old.receive.json", nil, "{}"),
        Mistake("stray-sample", in: "samples/message.recieve.http", nil, "GET / HTTP/1.1\n"),
        Mistake("missing-sample", in: "samples/message.receive.json", "", nil),
        Mistake("missing-program", in: "send.jq", "", nil),
    ]
}

@Suite("What the author of a connector reads")
struct MistakeTests {
    private static let folder = [
        "adapter.yaml": """
        adapter: 1
        id: x
        title: X
        settings:
          secret: {secret: true, about: The key}
          token: {secret: true, about: A token}
        receive:
          verify:
            - {scheme: hmac, hash: sha256, key: "{settings.secret}", signed: [body], encoding: hex, from: "header:Sig"}
          calls:
            - {call: profile, with: '.[] | {key: .from}'}
        auth:
          api: {scheme: bearer, value: "{settings.token}"}
        calls:
          profile: {request: '{path: "/profile"}'}
        send:
          base_url: https://api.example.com
          auth: api
          steps:
            - {id: found, save: '.body.id'}
            - {id: made, if_lost: found}
        errors:
          - {when: .status == 429, class: throttled, wait: {default: 60s}}
        limits:
          text: {max: 4096}
        """,
        "receive.jq": """
        .[]
        | {kind: "message", id: .id, thread: .chat, author: {id: .from},
           text: .text}

        """,
        "send.jq": """
        (.text | ascii_downcase) as $text
        | if .step == "found" then {method: "GET", path: "/find"}
          else {path: "/make", json: {text: $text}} end

        """,
        "samples/settings.yaml": "settings: {secret: k3y, token: t0ken}\nnow: 2026-01-02T03:04:05Z\n",
        "samples/message.receive.http": """
        POST /channels/x HTTP/1.1
        Host: samtal.example.com
        Sig: b14f71345ad1c48235276621d7af57b2ee7e81d7ebdd8bfbaf9e74d527693ade

        [{"id": 1, "chat": "c", "from": "u", "text": "a"}]
        """,
        "samples/message.receive.answers.http": "HTTP/1.1 200 OK\n\n{}\n",
        "samples/message.receive.requests.http":
            "GET https://api.example.com/profile\nauthorization: Bearer t0ken\n\n",
        "samples/message.receive.json": """
        {"status": 200, "events": [
          {"kind": "message", "id": "1", "thread": "c", "author": {"id": "u"}, "text": "a", "visibility": "private"}]}
        """,
        "samples/reply.send.json": "{\"text\": \"Hi\", \"key\": \"k\"}\n",
        "samples/reply.send.answers.http": "HTTP/1.1 200 OK\n\n{}\n###\nHTTP/1.1 200 OK\n\n{}\n",
        "samples/reply.send.http": """
        GET https://api.example.com/find
        authorization: Bearer t0ken

        ###
        POST https://api.example.com/make
        authorization: Bearer t0ken
        content-type: application/json

        {"text": "hi"}
        """,
        "samples/reply.send.result.json":
            #"{"class": "ok", "done": 2, "saved": {"steps": {"found": null, "made": {}}}}"#,
    ]

    private static let golden = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Mistakes")

    /// What `samtal test` prints about the folder, wherever it lies.
    private func printed(_ files: [String: String]) async throws -> String {
        let harness = try ConnectorHarness(files)
        let results = await SampleRunner(machine: ConnectorHarness.machine).run(harness.path)
        return SampleReport.text(of: harness.path, results).replacing(harness.path, with: "adapters/x")
    }

    @Test("The folder is good before a mistake is made")
    func good() async throws {
        #expect(try await printed(Self.folder) == "ok    adapters/x  2 samples\n")
    }

    @Test("Each mistake is told with its place, its cause and its sample", arguments: Mistake.all)
    func told(_ mistake: Mistake) async throws {
        var files = Self.folder
        if let right = mistake.right, let wrong = mistake.wrong {
            let text = try #require(files[mistake.file])
            try #require(text.contains(right))
            files[mistake.file] = text.replacing(right, with: wrong, maxReplacements: 1)
        } else {
            files[mistake.file] = mistake.wrong
        }
        let printed = try await printed(files)
        let file = Self.golden.appendingPathComponent("\(mistake.name).txt")
        if ProcessInfo.processInfo.environment["SAMTAL_WRITE_GOLDEN"] != nil {
            try Data(printed.utf8).write(to: file)
        }
        #expect(printed == (try String(contentsOf: file, encoding: .utf8)))
    }

    @Test("Every golden text belongs to a mistake")
    func noStrays() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.golden.path)
        #expect(files.sorted() == Mistake.all.map { "\($0.name).txt" }.sorted())
    }
}
