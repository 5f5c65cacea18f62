import Connectors
import Model
import Testing
import Transports

@Suite("Files in requests")
struct FileSendingTests {
    /// The files of a job.
    private struct Carried: FileSource {
        func file(_ id: String) async throws -> CarriedFile? {
            switch id {
            case "att_1": CarriedFile(name: "a\"b.pdf", type: "application/pdf", bytes: [0, 1, 254, 255])
            case "att_2": CarriedFile(name: nil, type: "text/plain", bytes: Array("hello".utf8))
            case "broken": throw Unreadable()
            default: nil
            }
        }
    }

    private struct Unreadable: Error {}

    private func attempt(_ jq: String, job: JSON = [:]) async throws -> (AttemptResult, [HTTPRequest]) {
        let harness = try ConnectorHarness(send: "", jq: jq)
        let transport = ScriptedTransport([.answer(200)])
        let connector = try harness.connector(["token": ["s3cret-token"]]).carrying(Carried())
        return (await connector.attempt(job, through: transport), transport.requests)
    }

    private func made(_ jq: String, job: JSON = [:]) async throws -> HTTPRequest {
        let (result, requests) = try await attempt(jq, job: job)
        #expect(result.outcome == .ok, "\(result)")
        return try #require(requests.first)
    }

    private func type(of request: HTTPRequest) -> String? {
        request.headers.first { $0.name == "content-type" }?.value
    }

    @Test("{\"$file\": id} anywhere in JSON becomes the file in base64")
    func json() async throws {
        let request = try await made(
            #"{path: "/a", json: {list: [{data: {"$file": "att_1"}}], n: {"$file": "att_2"}}}"#)
        let json = try JSON(parsing: request.body)
        #expect(json["list"][0]["data"] == "AAH+/w==")
        #expect(json["n"] == "aGVsbG8=")
    }

    @Test("A request may carry a slice of a file, as its body or in a form")
    func slices() async throws {
        let body = try await made(#"{path: "/a", body_file: "att_2", slice: {offset: 1, size: 3}}"#)
        #expect(body.body == Array("ell".utf8))
        #expect(type(of: body) == "text/plain")
        let form = try await made(
            #"{path: "/a", multipart: [{name: "m", file: "att_2", slice: {offset: 3, size: 2}}]}"#)
        #expect(String(decoding: form.body, as: UTF8.self).contains("\r\n\r\nlo\r\n--"))
    }

    @Test(
        "A slice that cannot be is refused before anything goes out",
        arguments: [
            (#"{path: "/a", body_file: "att_2", slice: {offset: 4, size: 2}}"#, "lies beyond the end of the file"),
            (#"{path: "/a", body_file: "att_2", slice: {offset: 0, size: 0}}"#, ".slice.size: is no number of bytes"),
            (#"{path: "/a", body_file: "att_2", slice: {offset: 0, size: 1, of: 3}}"#, ".slice.of"),
            (#"{path: "/a", text: "x", slice: {offset: 0, size: 1}}"#, ".slice: goes with body_file"),
            (
                #"{path: "/a", multipart: [{name: "m", value: "x", slice: {offset: 0, size: 1}}]}"#,
                ".multipart[0].slice: is of a file"
            ),
        ])
    func badSlices(jq: String, problem: String) async throws {
        let (result, requests) = try await attempt(jq)
        #expect(result.outcome == .permanent)
        #expect(result.reason?.contains(problem) == true, "\(result.reason ?? "")")
        #expect(requests.isEmpty)
    }

    @Test("An object that only looks like a file stays what it is")
    func lookalikes() async throws {
        let request = try await made(#"{path: "/a", json: {a: {"$file": 1}, b: {"$file": "x", c: 2}}}"#)
        #expect(try JSON(parsing: request.body) == ["a": ["$file": 1], "b": ["$file": "x", "c": 2]])
    }

    @Test("A form has each field as a part, and the same boundary for the same delivery")
    func multipart() async throws {
        let jq = #"""
            {path: "/a", multipart: [{name: "chat", value: 42}, {name: "meta", value: {a: 1}},
              {name: "doc", file: "att_1"}, {name: "t", file: "att_2", filename: "x.txt", type: "text/csv"}]}
            """#
        let request = try await made(jq)
        let declared = try #require(type(of: request))
        #expect(declared.hasPrefix("multipart/form-data; boundary=samtal-"))
        let boundary = "--" + declared.split(separator: "=")[1]
        let head = """
            \(boundary)\r
            Content-Disposition: form-data; name="chat"\r
            \r
            42\r
            \(boundary)\r
            Content-Disposition: form-data; name="meta"\r
            Content-Type: application/json\r
            \r
            {"a":1}\r
            \(boundary)\r
            Content-Disposition: form-data; name="doc"; filename="a%22b.pdf"\r
            Content-Type: application/pdf\r
            \r

            """
        let tail = """
            \r
            \(boundary)\r
            Content-Disposition: form-data; name="t"; filename="x.txt"\r
            Content-Type: text/csv\r
            \r
            hello\r
            \(boundary)--\r

            """
        #expect(request.body == Array(head.utf8) + [0, 1, 254, 255] + Array(tail.utf8))
        #expect(try await made(jq).body == request.body)
    }

    @Test("A file may be the whole body, with its own type or another")
    func bodyFile() async throws {
        let plain = try await made(#"{path: "/a", body_file: "att_1"}"#)
        #expect(plain.body == [0, 1, 254, 255])
        #expect(type(of: plain) == "application/pdf")
        let named = try await made(#"{path: "/a", body_file: "att_1", content_type: "application/x-own"}"#)
        #expect(type(of: named) == "application/x-own")
    }

    @Test("A text may have a type of its own")
    func text() async throws {
        let request = try await made(#"{path: "/a", text: "<a/>", content_type: "application/xml; charset=utf-8"}"#)
        #expect(type(of: request) == "application/xml; charset=utf-8")
        #expect(String(decoding: request.body, as: UTF8.self) == "<a/>")
    }

    @Test(
        "A file that is none of the job's, or a body that cannot be, is refused before anything is sent",
        arguments: [
            (#"{path: "/a", json: {a: {"$file": "att_9"}}}"#, #".: the job carries no file "att_9""#),
            (#"{path: "/a", body_file: "att_9"}"#, #".: the job carries no file "att_9""#),
            (#"{path: "/a", body_file: "att_1", text: "x"}"#, "only one of json, form, text, multipart and body_file"),
            (#"{path: "/a", json: {}, content_type: "a/b"}"#, "goes with text and body_file only"),
            (#"{path: "/a", text: "x", content_type: "a"}"#, ".content_type: is no media type"),
            (#"{path: "/a", multipart: {}}"#, ".multipart: expected a list of fields"),
            (#"{path: "/a", multipart: [{name: "a"}]}"#, ".multipart[0].value: either value or file must be given"),
            (#"{path: "/a", multipart: [{name: "a", value: 1, file: "att_1"}]}"#, "either value or file"),
            (#"{path: "/a", multipart: [{name: "a", value: 1, nmae: 1}]}"#, "no such member in the vocabulary"),
            (#"{path: "/a", multipart: [{name: "a", file: "att_1", type: "a\r\nb/c"}]}"#, "is no media type"),
        ])
    func refused(jq: String, expected: String) async throws {
        let (result, requests) = try await attempt(jq)
        #expect(result.outcome == .permanent)
        #expect(result.reason?.contains(expected) == true, "\(result.reason ?? "")")
        #expect(requests.isEmpty)
    }

    @Test("A file that cannot be read now is tried again")
    func unreadable() async throws {
        let (result, requests) = try await attempt(#"{path: "/a", body_file: "broken"}"#)
        #expect(result.outcome == .transient)
        #expect(requests.isEmpty)
    }

    @Test("No auth goes with a request that names none")
    func none() async throws {
        let harness = try ConnectorHarness(
            send: "  auth: api", rest: "auth: {api: {scheme: bearer, value: \"{settings.token}\"}}",
            jq: #"{path: "/a", auth: "none"}, {path: "/b"}"#)
        let transport = ScriptedTransport([.answer(200), .answer(200)])
        _ = try await harness.connector(["token": ["s3cret-token"]]).attempt(through: transport)
        let sent = transport.requests.map { $0.headers.contains { $0.name == "authorization" } }
        #expect(sent == [false, true])
    }
}
