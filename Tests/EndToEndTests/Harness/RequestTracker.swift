// A real Request Tracker 5 on loopback, with a database of its own in a temporary directory.

import Glibc
import Model
import Signing
import TestSupport

/// A Request Tracker that a test may stop and start.
final class RequestTracker: RealCRM {
    static let contract = "request-tracker"
    static let isThrottling = false
    static let stopSignal = SIGTERM
    private static let script = "\(Repository.path)/Tests/EndToEndTests/Servers/request-tracker.sh"

    private let port: Int
    /// For the user that samtal works as.
    private let token: String
    /// For the agent Kim.
    private let agentToken: String
    private let directory: String

    init(in place: Place, hook: String) async throws {
        directory = place.file("rt")
        port = try LocalSocket.freePort()
        let made = try await Program.run(
            "/bin/bash",
            [Self.script, "prepare", directory, String(port), hook, RealDesk<RequestTracker>.hookSecret],
            in: place.path)
        let tokens = made.output.split(separator: " ").map(String.init)
        guard made.status == 0, tokens.count == 2 else { throw NotMade(errors: made.errors + made.output) }
        (token, agentToken) = (tokens[0], tokens[1])
    }

    var settings: [String: String] {
        ["base_url": "http://127.0.0.1:\(port)", "token": token, "user": "samtal"]
    }

    func serve() async throws -> ChildProcess {
        try await ChildProcess.ready("/bin/bash", [Self.script, "serve", directory, String(port)], in: directory)
    }

    func texts() async throws -> [String: [String]] {
        var texts: [String: [String]] = [:]
        let found = try await call("GET", "/REST/2.0/tickets?query=Queue='General'&per_page=100")
        for ticket in found["items"].array ?? [] {
            guard let id = ticket["id"].string ?? ticket["id"].integer.map({ String($0) }) else { continue }
            let history = try await call(
                "GET", "/REST/2.0/ticket/\(id)/attachments?fields=Content,ContentType&per_page=100")
            texts[id] = (history["items"].array ?? []).filter { $0["ContentType"] == "text/plain" }
                .compactMap { $0["Content"].string }
        }
        return texts
    }

    func files(of ticket: String) async throws -> [String: [UInt8]] {
        var files: [String: [UInt8]] = [:]
        let found = try await call("GET", "/REST/2.0/ticket/\(ticket)/attachments?fields=Filename&per_page=100")
        for item in found["items"].array ?? [] {
            guard let name = item["Filename"].string, !name.isEmpty, let id = item["id"].string else { continue }
            let content = try await call("GET", "/REST/2.0/attachment/\(id)")["Content"].string ?? ""
            files[name] = BinaryText.base64.decode(content.filter { !$0.isWhitespace })
        }
        return files
    }

    func answer(_ text: String, with file: DeskFile?, on ticket: String) async throws {
        let files = file.map { file -> JSON in
            [
                [
                    "FileName": .string(file.name), "FileType": .string(file.type),
                    "FileContent": .string(BinaryText.base64.encode(file.bytes)),
                ]
            ]
        }
        let answer = JSON.members(["Content": .string(text), "ContentType": "text/plain", "Attachments": files])
        _ = try await call("POST", "/REST/2.0/ticket/\(ticket)/correspond", answer)
    }

    func close(_ ticket: String) async throws {
        _ = try await call("PUT", "/REST/2.0/ticket/\(ticket)", ["Status": "resolved"])
    }

    func isOpen(_ ticket: String) async throws -> Bool {
        try await call("GET", "/REST/2.0/ticket/\(ticket)")["Status"] == "open"
    }

    func remove(_ ticket: String) async throws {
        _ = try await call("PUT", "/REST/2.0/ticket/\(ticket)", ["Status": "deleted"])
    }

    /// What the agent Kim does over REST 2.
    private func call(_ method: String, _ target: String, _ json: JSON? = nil) async throws -> JSON {
        var headers = [HeaderField("authorization", "token \(agentToken)")]
        if json != nil { headers.append(HeaderField("content-type", "application/json")) }
        let request = WebRequest(method, target, headers: headers, body: json?.bytes ?? [])
        let answer = try await WebClient(port: port).send(request)
        guard (200..<300).contains(answer.status) else { throw NotMade(errors: "\(answer)") }
        return answer.json
    }
}

/// A server that could not be made, or did not do what an agent asked.
struct NotMade: Error {
    let errors: String
}

extension ChildProcess {
    /// Starts a server's script and waits until it prints "ready".
    static func ready(_ path: String, _ arguments: [String], in directory: String) async throws -> ChildProcess {
        let child = try ChildProcess(path, arguments, in: directory)
        do {
            try await child.output.wait(for: "the server to listen") { $0.contains("ready") || !child.isRunning }
            guard child.isRunning else { throw NotMade(errors: child.errors.items.joined(separator: "\n")) }
            return child
        } catch {
            child.signal(SIGTERM)
            throw error
        }
    }
}
