// A real Request Tracker 5 on loopback, with a database of its own in a temporary directory.

import Foundation
import Glibc
import Model

/// A Request Tracker that a test may stop and start. It ends with the object.
final class RequestTracker: Sendable {
    /// The word that its Scrip sends with every call.
    static let hookSecret = "made-up-hook-word"
    private static let script = "\(Repository.path)/Tests/EndToEndTests/Servers/request-tracker.sh"

    let port: Int
    /// For the user that samtal works as.
    let token: String
    /// For the agent Kim.
    let agentToken: String
    private let directory: String
    private let client: WebClient

    /// Makes the database; nothing is served yet.
    /// - Parameter hook: what the Scrip calls when something happens to a ticket.
    init(in place: Place, hook: String) async throws {
        directory = place.file("rt")
        let free = try LocalSocket.freePort()
        port = free
        client = WebClient(port: free)
        let made = try await Program.run(
            "/bin/bash", [Self.script, "prepare", directory, String(free), hook, Self.hookSecret], in: place.path)
        let tokens = made.output.split(separator: " ").map(String.init)
        guard made.status == 0, tokens.count == 2 else { throw NotMade(errors: made.errors + made.output) }
        (token, agentToken) = (tokens[0], tokens[1])
    }

    /// Serves it until the returned process is told to stop.
    func serve() async throws -> ChildProcess {
        let child = try ChildProcess("/bin/bash", [Self.script, "serve", directory, String(port)], in: directory)
        do {
            try await child.output.wait(for: "Request Tracker to listen") { $0.contains("ready") || !child.isRunning }
            guard child.isRunning else { throw NotMade(errors: child.errors.items.joined(separator: "\n")) }
            return child
        } catch {
            child.signal(SIGKILL)
            throw error
        }
    }

    /// What the agent Kim does over REST 2.
    func call(_ method: String, _ target: String, _ json: JSON? = nil) async throws -> WebAnswer {
        var headers = [HeaderField("authorization", "token \(agentToken)")]
        if json != nil { headers.append(HeaderField("content-type", "application/json")) }
        return try await client.send(WebRequest(method, target, headers: headers, body: json?.bytes ?? []))
    }

    struct NotMade: Error {
        let errors: String
    }
}
