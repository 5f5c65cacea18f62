// A real PostgreSQL for tests: one server for all that run in this process, a database for each.

import Foundation
import Synchronization

@testable import Storage

/// A server of this process's own, as an unprivileged user, reached by a socket in its directory. It ends with the
/// process.
package actor PostgreSQLServer {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// What is tested on it is what is committed, not what a power cut leaves of it: that is the server's own promise.
    package static let shared = PostgreSQLServer(settings: ["-c", "fsync=off"])

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

    private let settings: [String]
    private let spent = SpentDatabases()
    private var server: (server: Running, clerk: Clerk)?
    private var pooler: Running?
    private var count = 0

    /// A server that nobody else uses. It starts when it is needed.
    /// - Parameter settings: arguments of the server.
    package init(settings: [String] = []) {
        self.settings = settings
    }

    /// A script that runs a server.
    struct Running: Sendable {
        let directory: TemporaryDirectory
        /// Held open: the server ends when it is closed.
        let input: FileHandle
        let output: FileHandle
    }

    /// An empty database.
    /// - Parameter isPooled: whether it is reached through PgBouncer in transaction mode.
    package func database(isPooled: Bool = false) async throws -> TestDatabase {
        let running = try running()
        count += 1
        let name = "t\(count)"
        let drops = spent.take().map { "DROP DATABASE IF EXISTS \($0) WITH (FORCE)" }
        try await running.clerk.execute(drops + ["CREATE DATABASE \(name)"])
        let path = running.server.directory.url.path
        guard isPooled else { return TestDatabase(name: name, server: path, port: 5432, spent: spent) }
        if pooler == nil { pooler = try Self.launch("pgbouncer.sh", [path], in: running.server.directory) }
        return TestDatabase(name: name, server: "\(path)/pooler", port: 6432, spent: spent)
    }

    /// Ends the server at once, as a crash would (`pg_ctl restart -m immediate`), and starts it again.
    package func crash() throws {
        let running = try running()
        try running.server.input.write(contentsOf: Data("restart\n".utf8))
        guard Self.answer(of: running.server.output) == "done\n" else {
            throw Failure(description: "PostgreSQL did not start again")
        }
    }

    private func running() throws -> (server: Running, clerk: Clerk) {
        if let server { return server }
        let started = try Self.start(settings)
        server = started
        return started
    }

    private static func start(_ settings: [String]) throws -> (server: Running, clerk: Clerk) {
        // The script removes it, after the server's end.
        let directory = try TemporaryDirectory(isOurs: false)
        let address = "postgresql:///postgres?host=\(directory.url.path)&user=samtal"
        return (try launch(in: directory, settings), Clerk(address: address))
    }

    /// Starts a server in a directory.
    static func launch(in directory: TemporaryDirectory, _ settings: [String]) throws -> Running {
        guard let programs else { throw Failure(description: "PostgreSQL is not installed") }
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
        guard answer(of: output.fileHandleForReading) == "ready\n" else {
            throw Failure(description: "\(script) did not start")
        }
        return Running(
            directory: directory, input: input.fileHandleForWriting, output: output.fileHandleForReading)
    }

    /// What the script says next. FileHandle would end the process when a signal comes meanwhile.
    private static func answer(of output: FileHandle) -> String {
        var bytes = [UInt8](repeating: 0, count: 64)
        while true {
            let count = read(output.fileDescriptor, &bytes, bytes.count)
            if count >= 0 { return String(decoding: bytes.prefix(count), as: UTF8.self) }
            guard errno == EINTR else { return "" }
        }
    }
}

/// Carries out commands that no transaction can hold, on a thread of its own.
private final class Clerk: Sendable {
    private let queue = DispatchQueue(label: "samtal.test.postgresql")
    private let address: String

    init(address: String) {
        self.address = address
    }

    func execute(_ commands: [String]) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            queue.async { [address] in
                continuation.resume(
                    with: Result {
                        let connection = try PostgreSQLConnection(address)
                        for command in commands { try connection.command(command) }
                    })
            }
        }
    }
}

/// Databases whose tests are over.
private final class SpentDatabases: Sendable {
    private let names = Mutex<[String]>([])

    func add(_ name: String) { names.withLock { $0.append(name) } }

    func take() -> [String] {
        names.withLock { names in
            defer { names = [] }
            return names
        }
    }
}

/// A database of one test; it is dropped when nobody holds this any more.
package final class TestDatabase: Sendable {
    package let name: String
    package let address: String
    /// Where its server listens, in the file system.
    package let socket: String
    private let spent: SpentDatabases

    fileprivate init(name: String, server: String, port: Int, spent: SpentDatabases) {
        self.name = name
        self.spent = spent
        address = "postgresql:///\(name)?host=\(server)&port=\(port)&user=samtal"
        socket = "\(server)/.s.PGSQL.\(port)"
    }

    deinit {
        spent.add(name)
    }
}
