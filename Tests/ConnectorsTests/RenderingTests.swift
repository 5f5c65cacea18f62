import Connectors
import Model
import Signing
import Testing
import Transports

@Suite("Requests out of send.jq")
struct RenderingTests {
    private func attempt(
        _ jq: String, send: String = "", rest: String = "", job: JSON = ["text": "Hi"],
        settings: [String: [String]] = [:]
    ) async throws -> (AttemptResult, [HTTPRequest]) {
        let harness = try ConnectorHarness(send: send, rest: rest, jq: jq)
        var settings = settings
        settings["token"] = settings["token"] ?? ["t0k/n:1"]
        let transport = ScriptedTransport(Array(repeating: .answer(200), count: 9))
        let connector = try harness.connector(settings)
        let outcome = await connector.attempt(job, through: transport)
        return (outcome, transport.requests)
    }

    private func rendered(_ jq: String, send: String = "", rest: String = "", settings: [String: [String]] = [:])
        async throws -> HTTPRequest
    {
        let (outcome, requests) = try await attempt(jq, send: send, rest: rest, settings: settings)
        #expect(outcome.outcome == .ok, "\(outcome)")
        return try #require(requests.first)
    }

    private func refusal(_ jq: String, send: String = "", rest: String = "") async throws -> String {
        let (outcome, requests) = try await attempt(jq, send: send, rest: rest)
        #expect(outcome.outcome == .permanent)
        #expect(requests.isEmpty)
        let reason = try #require(outcome.reason)
        return reason.firstRange(of: "send.jq: ").map { String(reason[$0.upperBound...]) } ?? reason
    }

    @Test("A JSON request has its method, address, type and body")
    func json() async throws {
        let jq = """
            {path: "/say", query: {b: "ü &", a: [1, true, null]}, headers: {"X-One": 1}, json: {t: .text, k: .key}}
            """
        let send = "  headers: {X-Version: 2, X-Unset: '{settings.extra}'}\n  timeout: 5s"
        let request = try await rendered(jq, send: send)
        #expect(request.method == "POST")
        #expect(request.url == "https://api.example.com/v1/say?a=1&a=true&b=%C3%BC%20%26")
        #expect(request.body == Array(#"{"k":"dlv_1","t":"Hi"}"#.utf8))
        #expect(
            request.headers == [
                HeaderField("content-type", "application/json"), HeaderField("x-one", "1"),
                HeaderField("x-version", "2"),
            ])
        #expect(request.timeout == .seconds(5))
    }

    @Test("Forms and texts are written as such")
    func formAndText() async throws {
        let form = try await rendered(#"{path: "/f", form: {b: "é +&", a: ["x", 2]}}"#)
        #expect(String(decoding: form.body, as: UTF8.self) == "a=x&a=2&b=%C3%A9+%2B%26")
        #expect(form.headers == [HeaderField("content-type", "application/x-www-form-urlencoded")])
        let text = try await rendered(#"{method: "put", path: "f", text: "é", headers: {"content-type": "text/x"}}"#)
        #expect(text.method == "PUT")
        #expect(text.url == "https://api.example.com/v1/f")
        #expect(text.body == Array("é".utf8))
        #expect(text.headers == [HeaderField("content-type", "text/x")])
    }

    @Test("Integers beyond 2^53 leave as they came in")
    func integers() async throws {
        let harness = try ConnectorHarness(send: "", jq: #"{path: "/", json: {id: (.context.id | exact_integer)}}"#)
        let transport = ScriptedTransport([.answer(200)])
        _ = await (try harness.connector(["token": ["t"]])).attempt(
            ["context": ["id": 4_912_661_846_655_238_145]], through: transport)
        #expect(transport.requests.first?.body == Array(#"{"id":4912661846655238145}"#.utf8))
    }

    @Test("A path is made safe, and what is escaped stays so")
    func path() async throws {
        let request = try await rendered(#"{method: "GET", path: "/a b/\u00fc?#%2F%/{x}"}"#)
        #expect(request.url == "https://api.example.com/v1/a%20b/%C3%BC%3F%23%2F%25/%7Bx%7D")
        #expect(request.headers.isEmpty)
    }

    @Test("A path never climbs", arguments: ["/../admin", "/a/./b", "/a/%2e%2E/b", "/.."])
    func climbing(path: String) async throws {
        #expect(try await refusal("{path: \"\(path)\"}") == "output 1: .path: has a segment . or ..")
    }

    @Test(
        "A url must lie on the host of base_url",
        arguments: [
            "https://api.example.com.evil.org/x", "https://evil.org/x", "http://api.example.com/x",
            "https://api.example.com:444/x", "https://api.example.com@evil.org/x",
            "https://evil.org\\\\@api.example.com/x",
            "//api.example.com/x", "ftp://api.example.com/x", "https://api.example.com/x#y",
            "https://api.example.com /x",
        ])
    func foreign(url: String) async throws {
        let reason = try await refusal("{url: \"\(url)\"}")
        #expect(
            ["lies on another host than base_url", "is no http or https address"].contains { reason.hasSuffix($0) })
    }

    @Test("A url on the host of base_url is taken with its query")
    func url() async throws {
        let request = try await rendered(#"{url: "https://API.example.com:443/v2/x?y=1", query: {z: 2}}"#)
        #expect(request.url == "https://api.example.com/v2/x?y=1&z=2")
    }

    @Test("Each auth puts its credential where it belongs, and no log shows it")
    func auths() async throws {
        let rest = """
            auth:
              bearer: {scheme: bearer, value: "{settings.token}"}
              header: {scheme: header, name: X-Key, value: "{settings.token}", prefix: "Token "}
              basic: {scheme: basic, user: "me/token", password: "{settings.token}"}
              query: {scheme: param, in: query, name: t, value: "{settings.token}"}
              form: {scheme: param, in: form, name: t, value: "{settings.token}"}
              path: {scheme: param, in: path, name: token, value: "{settings.token}"}
              unset: {scheme: bearer, value: "{settings.extra}"}
            """
        func with(_ auth: String, _ more: String = "") async throws -> HTTPRequest {
            try await rendered("{path: \"/x{token}/y\", auth: \"\(auth)\"\(more)}", rest: rest)
        }
        #expect(try await with("bearer").headers == [HeaderField("authorization", "Bearer t0k/n:1")])
        #expect(try await with("header").headers == [HeaderField("x-key", "Token t0k/n:1")])
        #expect(try await with("basic").headers == [HeaderField("authorization", "Basic bWUvdG9rZW46dDBrL246MQ==")])
        let query = try await with("query")
        #expect(query.url.hasSuffix("/v1/x%7Btoken%7D/y?t=t0k%2Fn%3A1"))
        #expect(query.redactedURL.hasSuffix("/v1/x%7Btoken%7D/y?t=‹token›"))
        #expect(try await with("form", ", form: {a: 1}").body == Array("a=1&t=t0k%2Fn%3A1".utf8))
        let path = try await with("path")
        #expect(path.url == "https://api.example.com/v1/xt0k%2Fn:1/y")
        #expect(path.redactedURL == "https://api.example.com/v1/x‹token›/y")
        #expect(try await with("unset").headers == [])
    }

    @Test("Standard Webhooks signs with every key, by the attempt's time and the request's key")
    func signed() async throws {
        let keys = ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx"]
        let rest = "auth:\n  sign: {scheme: standard_webhooks, key: \"{settings.token}\"}"
        let request = try await rendered(
            #"{path: "", json: {a: 1}}"#, send: "  auth: sign", rest: rest, settings: ["token": keys])
        #expect(request.url == "https://api.example.com/v1")
        let expected = try WebhookSigner(keys: keys).headers(id: "dlv_1", at: ConnectorHarness.now, body: request.body)
        #expect(Set(expected).isSubset(of: Set(request.headers)))
        let harness = try ConnectorHarness(send: "  auth: sign", rest: rest, jq: "empty")
        let error = #expect(throws: SettingProblems.self) { try harness.connector(["token": ["whsec_hidden"]]) }
        #expect(error?.description.hasPrefix("settings.token: ") == true)
        #expect(error?.description.contains("hidden") == false)
    }

    @Test("The idempotency header carries the key, and the place when there are several requests")
    func idempotency() async throws {
        let send = "  idempotency: {header: Idempotency-Key}"
        let one = try await attempt(#"{path: "/"}"#, send: send).1
        #expect(one.map(\.headers) == [[HeaderField("idempotency-key", "dlv_1")]])
        let two = try await attempt(#"{path: "/a"}, {path: "/b"}"#, send: send).1
        #expect(two.flatMap(\.headers).map(\.value) == ["dlv_1-1", "dlv_1-2"])
    }

    @Test("No output is nothing to do")
    func nothing() async throws {
        let (outcome, requests) = try await attempt("empty")
        #expect(outcome.outcome == .ok)
        #expect(outcome.done == 0)
        #expect(requests.isEmpty)
    }

    @Test("What cannot be sent is permanent and names the output and the member")
    func mistakes() async throws {
        #expect(try await refusal("{}") == "output 1: .path: either path or url must be given")
        #expect(try await refusal(#"{path: "/"}, {path: 1}"#) == "output 2: .path: expected a string, got a number")
        let unknown = "output 1: .jsn: no such member in the vocabulary, did you mean \"json\"?"
        #expect(try await refusal(#"{path: "/", jsn: 1}"#) == unknown)
        #expect(try await refusal(#"{path: "/", json: 1, text: "x"}"#).contains("only one of json, form, text"))
        #expect(try await refusal(#"{path: "/", query: {a: {}}}"#).hasPrefix("output 1: .query.a: expected a text"))
        #expect(try await refusal(#"{path: "/", headers: {"X": "a\r\nY: b"}}"#).contains("cannot stand in a header"))
        #expect(try await refusal(#"{path: "/", method: "A B"}"#) == "output 1: .method: is no HTTP method")
        #expect(try await refusal(#"{path: "/", auth: "nope"}"#) == "output 1: .auth: no auth is called \"nope\"")
        #expect(try await refusal("error(\"no chat\")").contains("no chat"))
    }

    @Test("A base_url that is none is a mistake of the setting", arguments: ["example.com", "ftp://x", "", "https://"])
    func baseURL(address: String) throws {
        let harness = try ConnectorHarness([
            "adapter.yaml": """
            adapter: 1
            id: x
            title: X
            settings: {base: {about: b}}
            send: {base_url: "{settings.base}"}
            """, "send.jq": "empty",
        ])
        let error = #expect(throws: SettingProblems.self) { try harness.connector(["base": [address]]) }
        #expect(error?.description == "settings.base: makes no http or https address for send.base_url")
    }
}
