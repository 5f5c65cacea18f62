// A gateway that a test runs, as IT would: `samtal serve --config FILE`.

import Foundation
import Glibc

/// A running gateway. It is killed when the object goes.
final class GatewayProcess: Sendable {
    let client: WebClient
    private let child: ChildProcess

    var port: Int { client.port }
    /// Its log, line by line.
    var log: Recording<String> { child.errors }
    var id: pid_t { child.id }
    var isRunning: Bool { child.isRunning }

    /// Starts `samtal serve` and waits until it says where it listens.
    init(_ start: GatewayStart) async throws {
        let child = try start.spawn()
        self.child = child
        do {
            let mark = "listening address=http://127.0.0.1:"
            let lines = try await child.errors.wait(for: "the gateway to listen") { lines in
                lines.contains { $0.contains(mark) } || !child.isRunning
            }
            let port = lines.compactMap { line in
                line.range(of: mark).flatMap { Int(line[$0.upperBound...]) }
            }.first
            guard let port else { throw DidNotStart(log: lines) }
            client = WebClient(port: port)
        } catch {
            child.signal(SIGKILL)
            throw error
        }
    }

    convenience init(configuration file: String, in directory: String) async throws {
        try await self.init(GatewayStart(configuration: file, directory: directory))
    }

    deinit { child.signal(SIGKILL) }

    /// Asks it to stop.
    /// - Returns: its exit status.
    func stop(within limit: Duration = .seconds(20)) async throws -> Int32 {
        child.signal(SIGTERM)
        return try await child.exit(within: limit)
    }

    /// Ends it at once, as a power cut would.
    func kill() async throws {
        child.signal(SIGKILL)
        _ = try await child.exit()
    }

    /// Its exit status, once it has ended.
    func exit(within limit: Duration) async throws -> Int32 { try await child.exit(within: limit) }

    func signal(_ number: Int32) { child.signal(number) }

    /// Waits until the log has a line with all of these words, in lines from number `start` on.
    @discardableResult
    func logged(_ words: String..., after start: Int = 0) async throws -> String {
        let matches: @Sendable (String) -> Bool = { line in words.allSatisfy { line.contains($0) } }
        let lines = try await log.wait(for: "a log line with \(words)") { $0.dropFirst(start).contains(where: matches) }
        return lines.dropFirst(start).first(where: matches) ?? ""
    }

    struct DidNotStart: Error {
        let log: [String]
    }
}

/// How a gateway is started.
struct GatewayStart: Sendable {
    let configuration: String
    let directory: String
    /// Added to the test's own.
    var environment: [String: String] = [:]
    /// A program that becomes the gateway, with its arguments.
    var launcher: [String] = []

    /// Starts it and does not wait.
    func spawn() throws -> ChildProcess {
        let words = launcher + [Program.path, "serve", "--config", "\(directory)/\(configuration)"]
        return try ChildProcess(words[0], Array(words.dropFirst()), in: directory, environment: environment)
    }
}
