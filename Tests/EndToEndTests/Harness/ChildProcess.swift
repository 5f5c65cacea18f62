// A program that a test runs: started with posix_spawn, its lines recorded, ended by its own id and nothing else.

import Foundation
import Glibc
import Synchronization

/// A running program. Who starts it ends it.
final class ChildProcess: Sendable {
    let id: pid_t
    /// Lines of standard output.
    let output = Recording<String>()
    /// Lines of standard error.
    let errors = Recording<String>()
    /// The exit status, once it has ended and all its lines are recorded; 128 and the signal when one ended it.
    private let exits = Recording<Int32>()
    private let life = Mutex(true)

    struct Failure: Error {
        let call: String
        let code: Int32
    }

    /// Starts a program.
    /// - Parameters:
    ///   - environment: added to the test's own.
    ///   - input: its standard input.
    init(
        _ path: String, _ arguments: [String], in directory: String, environment: [String: String] = [:],
        input: [UInt8] = []
    ) throws {
        let (stdin, stdout, stderr) = (try Pipe(), try Pipe(), try Pipe())
        let all = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        id = try Self.spawn(
            ["/usr/bin/env", "-C", directory, path] + arguments, environment: all.map { "\($0.key)=\($0.value)" },
            descriptors: [stdin.reading, stdout.writing, stderr.writing])
        for descriptor in [stdin.reading, stdout.writing, stderr.writing] { close(descriptor) }
        Self.write(input, to: stdin.writing)
        let readers = DispatchGroup()
        Self.read(stdout.reading, into: output, readers)
        Self.read(stderr.reading, into: errors, readers)
        Thread.detachNewThread { [self] in
            var info = siginfo_t()
            // Left to be reaped below, so that the id can not become another process's while a signal is on its way.
            while waitid(P_PID, id_t(id), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
            let status = life.withLock { isAlive in
                var status: Int32 = 0
                waitpid(id, &status, 0)
                isAlive = false
                return status
            }
            readers.wait()
            exits.add(status & 0x7F == 0 ? (status >> 8) & 0xFF : 128 + status & 0x7F)
        }
    }

    /// Sends a signal; nothing when it has ended.
    func signal(_ number: Int32) {
        life.withLock { isAlive in
            if isAlive { kill(id, number) }
        }
    }

    var isRunning: Bool { life.withLock { $0 } }

    /// The exit status.
    func exit(within limit: Duration = .seconds(20)) async throws -> Int32 {
        try await exits.wait(for: "the end of process \(id)", within: limit) { !$0.isEmpty }.first ?? -1
    }

    private static func read(_ descriptor: Int32, into lines: Recording<String>, _ group: DispatchGroup) {
        group.enter()
        Thread.detachNewThread {
            var rest: [UInt8] = []
            var part = [UInt8](repeating: 0, count: 65_536)
            while true {
                let count = Glibc.read(descriptor, &part, part.count)
                guard count > 0 else { break }
                rest += part[..<count]
                while let end = rest.firstIndex(of: 0x0A) {
                    lines.add(String(decoding: rest[..<end], as: UTF8.self))
                    rest.removeFirst(end + 1)
                }
            }
            if !rest.isEmpty { lines.add(String(decoding: rest, as: UTF8.self)) }
            close(descriptor)
            group.leave()
        }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) {
        Thread.detachNewThread {
            // A program that ends before it has read everything must not end the tests.
            var signals = sigset_t()
            sigemptyset(&signals)
            sigaddset(&signals, SIGPIPE)
            pthread_sigmask(SIG_BLOCK, &signals, nil)
            var rest = bytes[...]
            while !rest.isEmpty {
                let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
                guard count > 0 else { break }
                rest = rest.dropFirst(count)
            }
            close(descriptor)
        }
    }

    private static func spawn(
        _ arguments: [String], environment: [String], descriptors: [Int32]
    ) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, descriptor) in descriptors.enumerated() {
            posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(number))
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // The thread that spawns may have signals blocked; the program must not.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var argumentPointers = arguments.map { strdup($0) } + [nil]
        var environmentPointers = environment.map { strdup($0) } + [nil]
        defer { for pointer in argumentPointers + environmentPointers { free(pointer) } }
        var id = pid_t()
        let result = LocalSocket.births.withLock { _ in
            posix_spawn(&id, arguments[0], &actions, &attributes, &argumentPointers, &environmentPointers)
        }
        guard result == 0 else { throw Failure(call: "posix_spawn \(arguments[0])", code: result) }
        return id
    }

    /// Two ends that no other child inherits. A pair of sockets: they can be made so in one call (socket(2)), where
    /// pipe2 is an extension that Swift does not see.
    private struct Pipe {
        let reading: Int32
        let writing: Int32

        init() throws {
            var ends: [Int32] = [0, 0]
            let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw Failure(call: "socketpair", code: errno) }
            (reading, writing) = (ends[0], ends[1])
        }
    }
}
