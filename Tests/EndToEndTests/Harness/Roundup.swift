// A real Roundup on loopback, with a tracker of its own in a temporary directory.

import Foundation
import Glibc
import Model
import Signing
import TestSupport

/// A Roundup that a test may stop and start.
final class Roundup: RealCRM {
    static let contract = "roundup"
    static let isThrottling = true
    static let stopSignal = SIGTERM
    private static let script = "\(Repository.path)/Tests/EndToEndTests/Servers/roundup.sh"
    /// Where the Python of the tests has its programs.
    private static let programs =
        ProcessInfo.processInfo.environment["SAMTAL_PYTHON"].map {
            URL(fileURLWithPath: $0).deletingLastPathComponent().path
        } ?? "/nowhere"

    private let port: Int
    private let directory: String

    init(in place: Place, hook: String) async throws {
        directory = place.file("roundup")
        port = try LocalSocket.freePort()
        let made = try await Program.run(
            "/bin/bash",
            [
                Self.script, "prepare", Self.programs, directory, String(port), hook, RealDesk<Roundup>.hookSecret,
            ], in: place.path)
        guard made.status == 0 else { throw NotMade(errors: made.errors + made.output) }
    }

    var settings: [String: String] {
        ["base_url": "\(origin)/crm", "origin": origin, "user": "samtal", "password": "samtal-pass"]
    }

    private var origin: String { "http://127.0.0.1:\(port)" }

    func serve() async throws -> ChildProcess {
        try await ChildProcess.ready(
            "/bin/bash", [Self.script, "serve", Self.programs, directory, String(port)], in: directory)
    }

    func texts() async throws -> [String: [String]] {
        var texts: [String: [String]] = [:]
        for issue in try await call("GET", "issue")["data"]["collection"].array ?? [] {
            guard let id = issue["id"].string else { continue }
            let messages = try await call("GET", "issue/\(id)")["data"]["attributes"]["messages"].array ?? []
            for message in messages {
                guard let number = message["id"].string else { continue }
                let content = try await call("GET", "msg/\(number)/content")["data"]["data"]
                texts[id, default: []].append(content.string ?? content.text)
            }
        }
        return texts
    }

    func files(of ticket: String) async throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        let found = try await call("GET", "issue/\(ticket)")["data"]["attributes"]["files"].array ?? []
        for file in found {
            guard let id = file["id"].string,
                let name = try await call("GET", "file/\(id)")["data"]["attributes"]["name"].string
            else { continue }
            files[name] = try await send("GET", "file/\(id)/binary_content", [HeaderField("accept", "*/*")]).body
        }
        return files
    }

    func answer(_ text: String, with file: DeskFile?, on ticket: String) async throws {
        var change: [String: JSON] = ["@op": "add"]
        if let file {
            let made = try await upload(file)
            change["files"] = [.string(made)]
        }
        let message = try await call("POST", "msg", ["content": .string(text)])["data"]["id"].string ?? ""
        change["messages"] = [.string(message)]
        try await self.change(ticket, .object(change))
    }

    /// A form, as the web page sends it: JSON can say no bytes.
    private func upload(_ file: DeskFile) async throws -> String {
        let boundary = "made-up-boundary"
        var body: [UInt8] = []
        for (name, value) in [("name", file.name), ("type", file.type)] {
            body += Array(
                "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n\(value)\r\n".utf8)
        }
        let head = "Content-Disposition: form-data; name=\"content\"; filename=\"\(file.name)\""
        body += Array("--\(boundary)\r\n\(head)\r\nContent-Type: \(file.type)\r\n\r\n".utf8) + file.bytes
        body += Array("\r\n--\(boundary)--\r\n".utf8)
        let type = "multipart/form-data; boundary=\(boundary)"
        return try await send("POST", "file", [HeaderField("content-type", type)], body).json["data"]["id"].string ?? ""
    }

    func close(_ ticket: String) async throws {
        try await change(ticket, ["status": "resolved"])
    }

    func isOpen(_ ticket: String) async throws -> Bool {
        let status = try await call("GET", "issue/\(ticket)")["data"]["attributes"]["status"]["id"].string ?? ""
        let name = try await call("GET", "status/\(status)")["data"]["attributes"]["name"]
        return name != "resolved"
    }

    /// An agent's change goes with the tag that was just read, as Roundup wants it.
    private func change(_ ticket: String, _ json: JSON) async throws {
        let tag = try await call("GET", "issue/\(ticket)")["data"]["@etag"].string ?? ""
        _ = try await call("PATCH", "issue/\(ticket)", json, tag: tag)
    }

    func remove(_ ticket: String) async throws {
        let tag = try await call("GET", "issue/\(ticket)")["data"]["@etag"].string ?? ""
        _ = try await call("DELETE", "issue/\(ticket)", tag: tag)
    }

    /// What the agent Kim does over REST.
    private func call(_ method: String, _ path: String, _ json: JSON? = nil, tag: String? = nil) async throws -> JSON {
        var headers: [HeaderField] = []
        if json != nil { headers.append(HeaderField("content-type", "application/json")) }
        if let tag { headers.append(HeaderField("if-match", tag)) }
        return try await send(method, path, headers, json?.bytes ?? []).json
    }

    private func send(
        _ method: String, _ path: String, _ headers: [HeaderField], _ body: [UInt8] = []
    ) async throws -> WebAnswer {
        let login = BinaryText.base64.encode(Array("kim:kim-pass".utf8))
        let always = [
            HeaderField("host", "127.0.0.1:\(port)"), HeaderField("authorization", "Basic \(login)"),
            HeaderField("x-requested-with", "rest"),
            HeaderField("referer", "\(origin)/crm/"), HeaderField("origin", origin),
        ]
        let request = WebRequest(method, "/crm/rest/data/\(path)", headers: always + headers, body: body)
        let answer = try await WebClient(port: port).send(request)
        guard (200..<300).contains(answer.status) else { throw NotMade(errors: "\(method) \(path): \(answer)") }
        return answer
    }
}
