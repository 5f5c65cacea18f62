// A real PostgreSQL for tests: one server for all that run in this process, a database for each.

import Foundation
import Synchronization

/// A server of this process's own, as an unprivileged user, reached by a socket in its directory. It ends with the
/// process.
package actor PostgreSQLServer {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package static let shared = PostgreSQLServer()

    /// Where the server's programs lie; `nil`: it is not installed.
    package static let programs: String? = {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return versions.compactMap { Int($0) }.sorted(by: >).map { "\(root)/\($0)/bin" }
            .first { FileManager.default.isExecutableFile(atPath: "\($0)/initdb") }
    }()

    /// Whether tests must not go without it, as in `make test`.
    package static let isRequired = ProcessInfo.processInfo.environment["SAMTAL_POSTGRESQL"] == "required"

    /// Whether tests run on it. Its absence is told once, aloud.
    package static let isThere: Bool = {
        if programs != nil || isRequired { return true }
        let words = "PostgreSQL is not installed: NOTHING IS TESTED ON IT (Debian: apt-get install postgresql)\n"
        FileHandle.standardError.write(Data(words.utf8))
        return false
    }()

    /// The same with PgBouncer before it.
    package static let isPoolerThere: Bool = {
        guard isThere else { return false }
        if isRequired || FileManager.default.isExecutableFile(atPath: "/usr/sbin/pgbouncer") { return true }
        let words = "PgBouncer is not installed: NOTHING IS TESTED BEHIND IT (Debian: apt-get install pgbouncer)\n"
        FileHandle.standardError.write(Data(words.utf8))
        return false
    }()

    /// Databases whose tests are over.
    private static let spent = Mutex<[String]>([])

    private var server: Running?
    private var pooler: Running?
    private var count = 0

    struct Running: Sendable {
        let directory: TemporaryDirectory
        /// Held open: the server ends when it is closed.
        let input: FileHandle
        let output: FileHandle
    }

    /// An empty database.
    /// - Parameter isPooled: whether it is reached through PgBouncer in transaction mode.
    package func database(isPooled: Bool = false) throws -> TestDatabase {
        let running = try running()
        count += 1
        let name = "t\(count)"
        let spent = Self.spent.withLock { spent in
            defer { spent = [] }
            return spent
        }
        for name in spent { try Self.execute("DROP DATABASE IF EXISTS \(name) WITH (FORCE)", on: running) }
        try Self.execute("CREATE DATABASE \(name)", on: running)
        let server = running.directory.url.path
        guard isPooled else { return TestDatabase(name: name, server: server) }
        if pooler == nil { pooler = try Self.launch("pgbouncer.sh", [server], in: running.directory) }
        return TestDatabase(name: name, server: "\(server)/pooler&port=6432")
    }

    /// Says that a database is not needed any more.
    fileprivate static func release(_ name: String) {
        spent.withLock { $0.append(name) }
    }

    private func running() throws -> Running {
        if let server { return server }
        let started = try Self.start(in: TemporaryDirectory())
        server = started
        return started
    }

    /// Starts a server in a directory.
    static func start(in directory: TemporaryDirectory, settings: [String] = []) throws -> Running {
        guard let programs else { throw Failure(description: "PostgreSQL is not installed") }
        // What is tested is what is committed, not what a power cut leaves of it: that is the server's own promise.
        let settings = (["fsync=off"] + settings).flatMap { ["-c", $0] }
        return try launch("postgresql.sh", [programs, directory.url.path] + settings, in: directory)
    }

    /// Runs a script that starts a server, says "ready", and ends it when its input ends.
    private static func launch(
        _ script: String, _ arguments: [String], in directory: TemporaryDirectory
    ) throws -> Running {
        let (input, output) = (Pipe(), Pipe())
        let script = Repository.root.appendingPathComponent("Tests/TestSupport/Servers/\(script)").path
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [script] + arguments
        (process.standardInput, process.standardOutput) = (input, output)
        // Programs that are started later must not hold the pipe open that the server's end hangs on.
        for handle in [input.fileHandleForWriting, output.fileHandleForReading] {
            guard fcntl(handle.fileDescriptor, F_SETFD, FD_CLOEXEC) == 0 else {
                throw Failure(description: "a pipe can not be kept to ourselves")
            }
        }
        try process.run()
        guard output.fileHandleForReading.availableData == Data("ready\n".utf8) else {
            throw Failure(description: "\(script) did not start")
        }
        return Running(
            directory: directory, input: input.fileHandleForWriting, output: output.fileHandleForReading)
    }

    private static func execute(_ statement: String, on running: Running) throws {
        try running.input.write(contentsOf: Data("\(statement)\n".utf8))
        guard running.output.availableData == Data("done\n".utf8) else {
            throw Failure(description: "PostgreSQL refuses: \(statement)")
        }
    }
}

/// A database of one test; it is dropped when nobody holds this any more.
package final class TestDatabase: Sendable {
    private let name: String
    package let address: String

    fileprivate init(name: String, server: String) {
        self.name = name
        address = "postgresql:///\(name)?host=\(server)&user=samtal"
    }

    deinit {
        PostgreSQLServer.release(name)
    }
}
