import Connectors
import Foundation
import Testing

@Suite("Golden samples")
struct SampleRunnerTests {
    private static let folder = [
        "adapter.yaml": """
        adapter: 1
        id: x
        title: X
        settings: {token: {secret: true, about: t}}
        receive:
          verify: [{scheme: secret_path, value: "{settings.token}"}]
        send:
          base_url: https://api.example.com
          result: {id: .body.id}
        """,
        "receive.jq": #".[] | {kind: "message", id: .id, thread: "t", author: {id: "u"}, text: .text}"#,
        "send.jq": #"{path: "/a", json: {text}}, {path: "/b", text: "b"}"#,
        "samples/settings.yaml": "settings: {token: s3cret}\nnow: 2026-01-02T03:04:05Z\n",
        "samples/message.receive.http":
            "POST /channels/x/s3cret HTTP/1.1\r\nHost: h\r\n\r\n" + #"[{"id":1,"text":"a"}]"# + "\n",
        "samples/message.receive.json": """
        {"status": 200, "events": [{"kind": "message", "id": "1", "thread": "t", "author": {"id": "u"}, "text": "a",
         "visibility": "private"}]}
        """,
        "samples/reply.send.json": "{\"text\": \"Hi\", \"key\": \"k\"}",
        "samples/reply.send.http": """
        POST https://api.example.com/a
        Content-Type: application/json

        {"text":
          "Hi"}
        ###
        POST https://api.example.com/b
        Content-Type: text/plain; charset=utf-8

        b
        """,
        "samples/slow.answer.http": "HTTP/1.1 429 Too Many Requests\nRetry-After: 90\n\nslow down",
        "samples/slow.answer.json": #"{"class": "transient", "wait": "90s", "reason": "status 429: slow down"}"#,
    ]

    private func run(
        _ changes: [String: String?] = [:], write: Bool = false
    ) async throws -> (ConnectorHarness, [String: SampleResult.Outcome]) {
        var files = Self.folder
        for (file, text) in changes {
            if let text { files[file] = text } else { files.removeValue(forKey: file) }
        }
        let harness = try ConnectorHarness(files)
        let results = await SampleRunner(machine: ConnectorHarness.machine).run(harness.path, write: write)
        let named = results.map { ($0.file.replacing(harness.path + "/", with: ""), $0.outcome) }
        return (harness, Dictionary(named) { first, _ in first })
    }

    private static func failure(_ outcome: SampleResult.Outcome?) -> String? {
        if case .failed(let why) = outcome { why } else { nil }
    }

    @Test("Samples that say what comes out pass")
    func pass() async throws {
        let (_, results) = try await run()
        #expect(
            results == [
                "samples/message.receive.json": .passed, "samples/reply.send.http": .passed,
                "samples/slow.answer.json": .passed,
            ])
    }

    @Test("A sample that fails tells the member that differs")
    func differs() async throws {
        let (_, results) = try await run([
            "receive.jq":
                #".[] | {kind: "message", id, thread: "t", author: {id: "u"}, text: "b", format: "html"}"#,
            "send.jq": #"{path: "/c", json: {text: "Ho"}}, {path: "/b", text: "b", headers: {"x-new": 1}}"#,
            "samples/slow.answer.http": "HTTP/1.1 400 Bad\n\nslow down",
        ])
        #expect(
            Self.failure(results["samples/message.receive.json"])
                == ".events[0].format: not expected, got \"html\"\n.events[0].text: expected \"a\", got \"b\"")
        #expect(
            Self.failure(results["samples/reply.send.http"]) == """
                request 1: expected "POST https://api.example.com/a", got "POST https://api.example.com/c"
                request 1: body .text: expected "Hi", got "Ho"
                request 2: header x-new: not expected, got "1"
                """)
        #expect(
            Self.failure(results["samples/slow.answer.json"]) == """
                .class: expected "transient", got "permanent"
                .reason: expected "status 429: slow down", got "status 400: slow down"
                .wait: expected "90s", but it is missing
                """)
    }

    @Test("Another number of requests is told")
    func count() async throws {
        let (_, results) = try await run(["send.jq": #"{path: "/a", json: {text}}"#])
        #expect(Self.failure(results["samples/reply.send.http"]) == "expected 2 requests, got 1")
    }

    @Test("A program that fails fails its samples with its line")
    func program() async throws {
        let (_, results) = try await run(["send.jq": ".text |\n error"])
        #expect(Self.failure(results["samples/reply.send.http"])?.contains("send.jq:2: ") == true)
    }

    @Test("A missing expectation, a stray file and a mistyped key fail")
    func strays() async throws {
        let (_, results) = try await run([
            "samples/message.receive.json": String?.none, "samples/old.receive.json": "{}", "samples/notes.txt": "",
        ])
        #expect(Self.failure(results["samples/message.receive.json"]) == "is missing; `samtal test --write` writes it")
        #expect(Self.failure(results["samples/old.receive.json"]) == "belongs to no sample")
        #expect(Self.failure(results["samples/notes.txt"]) == "belongs to no sample")
        let (harness, broken) = try await run(["adapter.yaml": "adapter: 1\nid: x\n"])
        #expect(Self.failure(broken[harness.path])?.contains("adapter.yaml:1:1: \"title\" is missing") == true)
    }

    @Test("A reason in a sample does not tell where the folder lies on this machine")
    func portable() async throws {
        let (_, results) = try await run([
            "samples/bad.receive.http": "POST /channels/x/s3cret HTTP/1.1\n\n[{}]",
            "samples/bad.receive.json":
                #"{"status": 200, "quarantined": "adapters/x/receive.jq: output 1: .id: is missing"}"#,
        ])
        #expect(results["samples/bad.receive.json"] == .passed)
    }

    @Test("A folder without samples fails")
    func empty() async throws {
        let nothing = Self.folder.keys.filter { $0.hasPrefix("samples/") && !$0.hasSuffix("settings.yaml") }
        let (_, results) = try await run(Dictionary(uniqueKeysWithValues: nothing.map { ($0, String?.none) }))
        #expect(results == ["samples": .failed("the folder has no samples")])
        let (_, none) = try await run(["samples/settings.yaml": String?.none])
        #expect(none.values.allSatisfy { Self.failure($0)?.contains("settings.yaml: is missing") == true })
    }

    @Test("Writing makes the files that pass from then on, and a second writing changes nothing")
    func writes() async throws {
        let (harness, results) = try await run(["samples/message.receive.json": String?.none], write: true)
        #expect(results["samples/message.receive.json"] == .written)
        let runner = SampleRunner(machine: ConnectorHarness.machine)
        #expect(await runner.run(harness.path).allSatisfy { $0.outcome == .passed })
        #expect(await runner.run(harness.path, write: true).allSatisfy { $0.outcome == .passed })
        let written = try String(contentsOfFile: "\(harness.path)/samples/reply.send.http", encoding: .utf8)
        #expect(
            written == """
                POST https://api.example.com/a
                content-type: application/json

                {
                  "text": "Hi"
                }
                ###
                POST https://api.example.com/b
                content-type: text/plain; charset=utf-8

                b

                """)
    }
}
