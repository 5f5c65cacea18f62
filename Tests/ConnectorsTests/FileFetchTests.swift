import Foundation
import Model
import Testing
import Transports

@testable import Connectors

@Suite("Files that the other side speaks of")
struct FileFetchTests {
    /// What came of fetching, and the requests that were made.
    private func fetched(
        _ files: String, _ answers: [HTTPOutcome], reference: String = "7", type: String? = nil, size: Int64? = nil,
        base: String = "https://api.example.com/v1"
    ) async throws -> (FileFetch, [HTTPRequest]) {
        let harness = try ConnectorHarness([
            "adapter.yaml": """
            adapter: 1
            id: x
            title: X
            settings:
              token: {secret: true, about: t}
            auth:
              api: {scheme: bearer, value: "{settings.token}"}
            send:
              base_url: \(base)
              auth: api
              headers: {X-Own: yes}
              idempotency: {header: Idempotency-Key}
            files:
            \(files)
            errors:
              - {when: .status == 403, class: throttled, wait: {default: 5s}}
            """,
            "send.jq": "empty",
        ])
        let transport = ScriptedTransport(answers)
        let connector = try harness.connector(["token": ["s3cret-token"]], through: transport)
        let file = FileReference(reference: reference, name: "a.png", type: type, size: size)
        return (await connector.fetch(file), transport.requests)
    }

    private static let byPath = #"  fetch: '{path: "/files/\(.reference)"}'"#
    private static let byURL = "  fetch: '{url: .reference}'\n  hosts: [cdn.example.net]"

    private func header(_ name: String, of request: HTTPRequest?) -> String? {
        request?.headers.first { $0.name == name }?.value
    }

    @Test("A file is asked for with the connector's auth, without a key of ours, and comes back byte for byte")
    func fetch() async throws {
        let bytes = (0...255).map { UInt8($0) }
        let answer = HTTPResponse(status: 200, headers: [HeaderField("content-type", "image/png")], body: bytes)
        let (result, requests) = try await fetched(Self.byPath, [.response(answer)])
        #expect(result == .fetched(CarriedFile(name: "a.png", type: "image/png", bytes: bytes)))
        #expect(requests.map(\.url) == ["https://api.example.com/v1/files/7"])
        #expect(requests.map(\.method) == ["GET"])
        #expect(header("authorization", of: requests.first) == "Bearer s3cret-token")
        #expect(header("idempotency-key", of: requests.first) == nil)
        #expect(requests.first?.responseBytesMax == 25 << 20)
        #expect(requests.first?.timeout == .seconds(120))
    }

    @Test("A file that must be located first is fetched from where the answer says")
    func locate() async throws {
        let files = """
              locate: '{path: "/media/\\(.reference)"}'
              fetch: '{url: .located.url, auth: "api"}'
              hosts: [cdn.example.net]
            """
        let (result, requests) = try await fetched(
            files, [.answer(200, #"{"url": "https://cdn.example.net/7?x=1"}"#), .answer(200, "bytes")])
        #expect(result == .fetched(CarriedFile(name: "a.png", type: MediaType.unknown, bytes: Array("bytes".utf8))))
        #expect(requests.map(\.url) == ["https://api.example.com/v1/media/7", "https://cdn.example.net/7?x=1"])
        #expect(header("authorization", of: requests.last) == "Bearer s3cret-token")
        #expect(header("x-own", of: requests.last) == nil)
    }

    @Test("A locate without an output is passed over; a fetch without one says that the file is gone")
    func noOutput() async throws {
        let files = """
              locate: 'select(.type == "video/mp4") | {path: "/media/\\(.reference)"}'
              fetch: 'if .located.gone then empty else {path: "/files/\\(.reference)"} end'
            """
        let (picture, requests) = try await fetched(files, [.answer(200, "bytes")], type: "image/png")
        #expect(picture == .fetched(CarriedFile(name: "a.png", type: "image/png", bytes: Array("bytes".utf8))))
        #expect(requests.map(\.url) == ["https://api.example.com/v1/files/7"])
        let (film, _) = try await fetched(files, [.answer(200, #"{"gone": true}"#)], type: "video/mp4")
        #expect(film == .refused("is not there any more"))
    }

    @Test("An answer of success that is not the file is no empty file: it comes later", arguments: [202, 204, 206])
    func notReady(status: Int) async throws {
        let answer = HTTPOutcome.answer(status, "", [HeaderField("retry-after", "7")])
        let (result, _) = try await fetched(Self.byPath, [answer])
        #expect(result == .later("status \(status): it is not ready yet", wait: .seconds(7)))
    }

    @Test("A file in base64 inside JSON is decoded, line breaks or not")
    func content() async throws {
        let (result, _) = try await fetched(
            Self.byPath + "\n  content: .body.data", [.answer(200, #"{"data": "aGVs\nbG8=\n"}"#)])
        #expect(result == .fetched(CarriedFile(name: "a.png", type: MediaType.unknown, bytes: Array("hello".utf8))))
        let (broken, _) = try await fetched(Self.byPath + "\n  content: .body.data", [.answer(200, #"{"data": "%"}"#)])
        #expect(broken == .refused("the answer holds no file"))
    }

    @Test(
        "The declared type stays, unless it is missing or says nothing",
        arguments: [
            ("image/jpeg", "application/octet-stream", "image/jpeg"), ("image/jpeg", "text/html", "image/jpeg"),
            (nil, "Image/PNG; charset=binary", "image/png"), ("application/octet-stream", "audio/ogg", "audio/ogg"),
            ("image", nil, "application/octet-stream"), (nil, "no type", "application/octet-stream"),
        ] as [(String?, String?, String)])
    func types(declared: String?, told: String?, expected: String) async throws {
        let headers = told.map { [HeaderField("content-type", $0)] } ?? []
        let (result, _) = try await fetched(Self.byPath, [.answer(200, "x", headers)], type: declared)
        #expect(result == .fetched(CarriedFile(name: "a.png", type: expected, bytes: Array("x".utf8))))
    }

    @Test("A file that says it is too large, or of another type, is not even asked for")
    func declared() async throws {
        let limited = Self.byPath + "\n  max: 1KB\n  types: [image/*]"
        let (large, none) = try await fetched(limited, [], type: "image/png", size: 1025)
        #expect(large == .refused("is larger than 1 KB"))
        let (wrong, neither) = try await fetched(limited, [], type: "text/html")
        #expect(wrong == .refused("is of the type text/html"))
        #expect((none + neither).isEmpty)
    }

    @Test("A file that turns out too large, or of another type, is refused")
    func found() async throws {
        let limited = Self.byPath + "\n  max: 1KB\n  types: [image/*]"
        let (large, _) = try await fetched(limited, [.lost(.tooLarge, sent: true)])
        #expect(large == .refused("is larger than 1 KB"))
        let page = [HeaderField("content-type", "text/html; charset=utf-8")]
        let (wrong, _) = try await fetched(limited, [.answer(200, "<p>Log in", page)])
        #expect(wrong == .refused("is of the type text/html"))
    }

    @Test(
        "What is gone is refused, what may come is for later, and a dead credential leaves the file where it is",
        arguments: [
            (.answer(404), .refused("status 404")), (.answer(410), .refused("status 410")),
            (.answer(503), .later("status 503", wait: nil)),
            (.answer(403), .later("status 403", wait: .seconds(5))),
            (.answer(401), .unavailable("status 401")),
            (.lost(.timeout, sent: true), .later("timeout: the test says timeout", wait: nil)),
            (.lost(.refused, sent: false), .refused("refused: the test says refused")),
        ] as [(HTTPOutcome, FileFetch)])
    func failures(answer: HTTPOutcome, expected: FileFetch) async throws {
        let (result, _) = try await fetched(Self.byPath, [answer])
        #expect(result == expected)
    }

    @Test("Of an address that may be a credential itself only the host is shown")
    func hidden() async throws {
        let reference = "https://cdn.example.net/token/s3cret?signature=s3cret"
        let (_, requests) = try await fetched(Self.byURL, [.answer(200, "x")], reference: reference)
        #expect(requests.first?.url == reference)
        #expect(requests.first?.redactedURL == "https://cdn.example.net/…")
    }

    @Test("A mistake of the connector is told with its line, and not with the place of its folder on this machine")
    func mistakes() async throws {
        let (result, requests) = try await fetched("  fetch: '.reference | error'", [])
        #expect(result == .unavailable("adapters/x/adapter.yaml:14: 7"))
        let (other, _) = try await fetched("  fetch: '{}'", [])
        #expect(other == .unavailable("adapters/x/adapter.yaml: .path: either path or url must be given"))
        #expect(requests.isEmpty)
    }

    @Test(
        "A redirect is read against the address that gave it, whatever stands in its query",
        arguments: [
            ("/b?from=https://example.net/c", "https://api.example.com/b?from=https://example.net/c"),
            ("b?u=http://x", "https://api.example.com/v1/files/b?u=http://x"),
            ("?u=https://x", "https://api.example.com/v1/files/7?u=https://x"),
            ("https://cdn.example.net/b?u=https://x", "https://cdn.example.net/b?u=https://x"),
        ])
    func nestedAddress(location: String, expected: String) async throws {
        let moved = HTTPOutcome.answer(302, "", [HeaderField("location", location)])
        let (result, requests) = try await fetched(Self.byPath, [moved, .answer(200, "x")])
        #expect(requests.map(\.url).last == expected)
        guard case .fetched = result else {
            Issue.record("\(result)")
            return
        }
    }

    @Test("A secret in an answer that refuses is not repeated")
    func secrets() async throws {
        let (result, _) = try await fetched(Self.byPath, [.answer(404, "no s3cret-token")])
        #expect(result == .refused("status 404: no ‹token›"))
    }

    @Test(
        "A file lies on the hosts that the folder names, by https, and nowhere else",
        arguments: [
            "https://elsewhere.example.org/7", "http://cdn.example.net/7", "https://cdn.example.net:8443/7",
            "https://cdn.example.net.example.org/7", "file:///etc/passwd", "https://me@cdn.example.net/7",
        ])
    func hosts(reference: String) async throws {
        let (result, requests) = try await fetched(Self.byURL, [.answer(200, "x")], reference: reference)
        guard case .unavailable = result else {
            Issue.record("\(result)")
            return
        }
        #expect(requests.isEmpty)
    }

    @Test("A whole address gets neither the connector's auth nor its headers unless it names them")
    func foreign() async throws {
        let (_, requests) = try await fetched(Self.byURL, [.answer(200, "x")], reference: "https://cdn.example.net/7")
        #expect(header("authorization", of: requests.first) == nil)
        #expect(header("x-own", of: requests.first) == nil)
    }

    @Test("Any host may be allowed, but then no credential goes along, and http only where base_url is http")
    func anyHost() async throws {
        let any = "  fetch: '{url: .reference}'\n  hosts: [\"*\"]"
        let (result, _) = try await fetched(any, [.answer(200, "x")], reference: "https://a.example.org:99/7")
        #expect(result == .fetched(CarriedFile(name: "a.png", type: MediaType.unknown, bytes: Array("x".utf8))))
        let named = "  fetch: '{url: .reference, auth: \"api\"}'\n  hosts: [\"*\"]"
        let (refused, none) = try await fetched(named, [.answer(200, "x")], reference: "https://a.example.org/7")
        #expect(refused == .unavailable(".url: lies on no host of files.hosts"))
        let (plain, neither) = try await fetched(any, [.answer(200, "x")], reference: "http://a.example.org/7")
        #expect(plain == .unavailable(".url: lies on no host of files.hosts"))
        #expect((none + neither).isEmpty)
        let (local, _) = try await fetched(
            any, [.answer(200, "x")], reference: "http://a.example.org/7", base: "http://api.example.com")
        #expect(local == result)
    }

    @Test("An adapter without files says so")
    func without() async throws {
        let harness = try ConnectorHarness(send: "", jq: "empty")
        let connector = try harness.connector(["token": ["t"]])
        let result = await connector.fetch(FileReference(reference: "7"))
        #expect(result == .unavailable("files of x can not be fetched"))
    }

    @Test("Files without a send have no address to be fetched from")
    func needsSend() throws {
        let harness = try ConnectorHarness([
            "adapter.yaml": """
            adapter: 1
            id: x
            title: X
            receive:
              verify: [{scheme: none}]
            files: {fetch: "{path: .reference}"}
            """,
            "receive.jq": "empty",
        ])
        #expect(
            harness.mistakes() == [
                "x/adapter.yaml:6:8: files are fetched behind send.base_url, but \"send\" does not stand here"
            ])
    }
}

@Suite("Redirects of files")
struct FileRedirectTests {
    private func followed(_ answers: [HTTPOutcome], from url: String = "https://a.example.com/7") async
        -> (HTTPOutcome, [HTTPRequest])
    {
        let transport = ScriptedTransport(answers)
        var request = HTTPRequest(
            method: "GET", url: url, headers: [HeaderField("authorization", "Bearer t"), HeaderField("accept", "*/*")],
            body: [], timeout: .seconds(1), redactedURL: url)
        request.responseBytesMax = 10
        return (await Redirects(transport: transport).follow(request), transport.requests)
    }

    private static func to(_ place: String, status: Int = 302) -> HTTPOutcome {
        .answer(status, "", [HeaderField("location", place)])
    }

    @Test(
        "A redirect is followed with the same bound, also by a relative address",
        arguments: [
            ("/b?x=1", "https://a.example.com/b?x=1"), ("b", "https://a.example.com/b"),
            ("https://a.example.com/c#part", "https://a.example.com/c"), ("?x", "https://a.example.com/7?x"),
        ])
    func same(place: String, expected: String) async {
        let (outcome, requests) = await followed([Self.to(place), .answer(200, "x")])
        #expect(outcome.status == 200)
        #expect(requests.last?.url == expected)
        #expect(requests.last?.responseBytesMax == 10)
        #expect(requests.last?.headers.count == 2)
    }

    @Test(
        "To another host, port or scheme goes no credential",
        arguments: ["https://b.example.com/7", "https://a.example.com:8443/7", "//b.example.com/7"])
    func other(place: String) async {
        let (outcome, requests) = await followed([Self.to(place, status: 307), .answer(200, "x")])
        #expect(outcome.status == 200)
        #expect(requests.last?.headers == [HeaderField("accept", "*/*")])
    }

    @Test("A signed address that a redirect leads to is not shown")
    func hidden() async {
        let (_, requests) = await followed([Self.to("https://b.example.com/7?signature=s3cret"), .answer(200, "x")])
        #expect(requests.last?.redactedURL == "https://b.example.com/…")
    }

    @Test(
        "A redirect away from https, or to no web address, is refused",
        arguments: ["http://a.example.com/7", "ftp://a.example.com/7", "file:///etc/passwd", "https://me@b.example/7"])
    func refused(place: String) async {
        let (outcome, requests) = await followed([Self.to(place), .answer(200, "x")])
        #expect(outcome.failureKind == .refused)
        #expect(requests.count == 1)
    }

    @Test("A redirect to an address that the guard refuses is refused")
    func guarded() async {
        let (outcome, _) = await followed([Self.to("https://10.0.0.1/7"), .lost(.refused, sent: false)])
        #expect(outcome.failureKind == .refused)
    }

    @Test("Five redirects are followed, a sixth is not")
    func endless() async {
        let (outcome, requests) = await followed(Array(repeating: Self.to("/again"), count: 9))
        #expect(outcome.failureKind == .refused)
        #expect(requests.count == 6)
    }
}

extension HTTPOutcome {
    var status: Int? { if case .response(let response) = self { response.status } else { nil } }
    var failureKind: TransportFailure.Kind? { if case .failure(let failure) = self { failure.kind } else { nil } }
}
