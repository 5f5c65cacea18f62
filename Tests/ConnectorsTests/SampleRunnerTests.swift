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
        #expect(
            Self.failure(results["samples/reply.send.http"]) == """
                expected 2 requests, got 1
                missing: POST https://api.example.com/b
                """)
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
        #expect(Self.failure(results["samples/old.receive.json"])?.contains("no old.receive.http") == true)
        #expect(Self.failure(results["samples/notes.txt"])?.contains("inputs end in .receive.http, ") == true)
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
        let written = try #require(results["samples/message.receive.json"])
        #expect(written == .written("new \(harness.path)/samples/message.receive.json"))
        let runner = SampleRunner(machine: ConnectorHarness.machine)
        #expect(await runner.run(harness.path).allSatisfy { $0.outcome == .passed })
        #expect(await runner.run(harness.path, write: true).allSatisfy { $0.outcome == .passed })
        let requests = try String(contentsOfFile: "\(harness.path)/samples/reply.send.http", encoding: .utf8)
        #expect(
            requests == """
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

    @Test("Writing shows how each file changes")
    func changes() async throws {
        let (harness, results) = try await run(
            ["send.jq": #"{path: "/c", json: {text: "Ho"}}, {path: "/b", text: "b"}"#], write: true)
        let difference = """
            changed \(harness.path)/samples/reply.send.http
              request 1: expected "POST https://api.example.com/a", got "POST https://api.example.com/c"
              request 1: body .text: expected "Hi", got "Ho"
            """
        #expect(results["samples/reply.send.http"] == .written(difference))
    }

    @Test(
        "What a failing program came to is not written over what is expected, nor as something new",
        arguments: [
            ("receive.jq", ".[] | .text.a", "receive.jq:1: Cannot index string"),
            ("receive.jq", #".[] | {kind: "message", colour: 1}"#, "output 1: "),
            ("samples/message.receive.http", "POST /channels/x/wrong HTTP/1.1\n\n[]", "refused with 401"),
        ])
    func refusesToWrite(file: String, text: String, problem: String) async throws {
        let name = "samples/message.receive.json"
        let before = try #require(Self.folder[name])
        let (harness, results) = try await run([file: text], write: true)
        #expect(Self.failure(results[name])?.contains(problem) == true, "\(results)")
        #expect(Self.failure(results[name])?.hasPrefix("nothing is written: ") == true)
        #expect(try String(contentsOfFile: "\(harness.path)/\(name)", encoding: .utf8) == before)
        guard file == "receive.jq" else { return }
        let (fresh, others) = try await run([file: text, name: String?.none], write: true)
        #expect(Self.failure(others[name])?.contains("write the file by hand first") == true)
        #expect(!FileManager.default.fileExists(atPath: "\(fresh.path)/\(name)"))
    }

    @Test("A failure that the sample is about is written")
    func writesFailures() async throws {
        let (_, malformed) = try await run(
            ["samples/bad.receive.http": "POST /channels/x/s3cret HTTP/1.1\n\n{"], write: true)
        guard case .written? = malformed["samples/bad.receive.json"] else {
            Issue.record("\(malformed)")
            return
        }
        let (_, meant) = try await run(
            [
                "samples/bad.receive.http": "POST /channels/x/s3cret HTTP/1.1\n\n[{}]",
                "samples/bad.receive.json": #"{"status": 200, "quarantined": "adapters/x/receive.jq: no"}"#,
            ], write: true)
        guard case .written(let changes)? = meant["samples/bad.receive.json"] else {
            Issue.record("\(meant)")
            return
        }
        #expect(changes.contains(#"got "adapters/x/receive.jq: output 1: .id: is missing""#))
    }

    @Test("An attempt that ends in the connector's own mistake is not written")
    func attemptMistakes() async throws {
        let (harness, results) = try await run(
            [
                "send.jq": #"{path: "/a", colour: 1}"#, "samples/two.send.json": "{}",
                "samples/two.send.answers.http": "HTTP/1.1 200 OK\n\n{}",
            ], write: true)
        #expect(Self.failure(results["samples/two.send.http"])?.contains(".colour") == true, "\(results)")
        #expect(!FileManager.default.fileExists(atPath: "\(harness.path)/samples/two.send.http"))
    }

    // MARK: - Polls

    private static let polling: [String: String?] = [
        "adapter.yaml": """
        adapter: 1
        id: x
        title: X
        settings: {token: {secret: true, about: t}}
        send:
          base_url: https://api.example.com
        poll:
          - id: news
            every: 1m
            request: '{path: "/n", query: {since: .cursor, page: .page}}'
            items: .body.data[]
            next: .body.next
            key: .id
            cursor: {strategy: forward, value: .id}
          - {id: terms, every: 1m, each: '"a", "b"', request: '{path: "/t", query: {q: .item}}'}
        """,
        "receive.jq": #"{kind: "message", id: .id, thread: "t", author: {id: "u"}, text: .text}"#,
        "samples/message.receive.http": String?.none, "samples/message.receive.json": String?.none,
        "samples/more.poll.json": #"{"poll": "news", "cursor": 4, "keys": ["4"]}"#,
        "samples/more.poll.answers.http": """
        HTTP/1.1 200 OK

        {"data": [{"id": 4, "text": "d"}, {"id": 5, "text": "e"}, {"id": 6}], "next": "p2"}
        ###
        HTTP/1.1 429 Too Many Requests
        Retry-After: 30
        """,
        "samples/more.poll.http": """
        GET https://api.example.com/n?since=4
        ###
        GET https://api.example.com/n?page=p2&since=6
        """,
        "samples/more.poll.result.json": """
        {"events": [{"kind": "message", "id": "5", "thread": "t", "author": {"id": "u"}, "text": "e",
           "visibility": "private"}],
         "quarantined": ["adapters/x/receive.jq: output 1: .text: a message needs a text or a file"],
         "cursor": "6", "keys": ["4", "5", "6"],
         "failure": {"class": "transient", "wait": "30s", "reason": "status 429"}}
        """,
    ]

    private func runPolls(
        _ changes: [String: String?] = [:], write: Bool = false
    ) async throws -> (ConnectorHarness, [String: SampleResult.Outcome]) {
        try await run(Self.polling.merging(changes) { _, new in new }, write: write)
    }

    @Test("A poll's sample tells the requests of one run, what was taken, and where the poll stands")
    func poll() async throws {
        let (_, results) = try await runPolls()
        #expect(results["samples/more.poll.http"] == .passed)
        let (_, others) = try await runPolls([
            "samples/more.poll.result.json": #"{"events": [], "cursor": "4", "keys": []}"#
        ])
        let why = try #require(Self.failure(others["samples/more.poll.http"]))
        #expect(why.contains(#".cursor: expected "4", got "6""#))
        #expect(why.contains(".failure: not expected"))
        let (_, asked) = try await runPolls(["samples/more.poll.http": "GET https://api.example.com/n?since=4\n"])
        #expect(
            Self.failure(asked["samples/more.poll.http"])?.hasPrefix("expected 1 requests, got 2\nnew: GET ") == true)
    }

    @Test("A first run is one that takes nothing; a poll without a cursor is one that ran before")
    func firstPoll() async throws {
        let answer = "HTTP/1.1 200 OK\n\n{\"data\": [{\"id\": 1, \"text\": \"a\"}]}\n"
        let (harness, _) = try await runPolls(
            [
                "samples/first.poll.json": #"{"poll": "news", "first": true}"#,
                "samples/first.poll.answers.http": answer,
                "samples/new.poll.json": #"{"poll": "news"}"#, "samples/new.poll.answers.http": answer,
            ], write: true)
        func written(_ name: String) throws -> String {
            try String(contentsOfFile: "\(harness.path)/samples/\(name)", encoding: .utf8)
        }
        #expect(try written("first.poll.result.json").contains(#""events": []"#))
        #expect(try written("first.poll.result.json").contains(#""cursor": "1""#))
        #expect(try written("new.poll.result.json").contains(#""text": "a""#))
        #expect(try written("new.poll.http") == "GET https://api.example.com/n\n\n")
        let again = await SampleRunner(machine: ConnectorHarness.machine).run(harness.path)
        #expect(again.allSatisfy { $0.outcome == .passed }, "\(again)")
    }

    @Test(
        "A poll's sample that cannot be is told",
        arguments: [
            (#"{"poll": "old"}"#, #""poll" must be one of: news, terms"#),
            (#"{"poll": "news", "curser": 1}"#, #""curser" is no member of a poll's sample"#),
            (#"{"poll": "news", "cursor": {}}"#, #""cursor" must be a text"#),
            (#"{"poll": "news", "item": "a"}"#, #"poll news has no `each`, so no "item""#),
            (#"{"poll": "terms"}"#, #"poll terms has `each`: the sample must say "item""#),
            (#"{"poll": "news", "first": true, "keys": ["1"]}"#, #"a first run has neither "cursor" nor "keys""#),
        ])
    func pollMistakes(input: String, problem: String) async throws {
        let (_, results) = try await runPolls(["samples/more.poll.json": input])
        #expect(Self.failure(results["samples/more.poll.http"])?.hasSuffix("more.poll.json: " + problem) == true)
    }

    @Test("A poll's sample needs answers, and its files are no strays")
    func pollAnswers() async throws {
        let (_, results) = try await runPolls(["samples/more.poll.answers.http": String?.none])
        let why = Self.failure(results["samples/more.poll.http"])
        #expect(why?.contains("needs the provider's answers in more.poll.answers.http") == true)
        let (_, strays) = try await runPolls(["samples/more.poll.json": String?.none])
        #expect(Self.failure(strays["samples/more.poll.result.json"])?.contains("no more.poll.json") == true)
    }
}
