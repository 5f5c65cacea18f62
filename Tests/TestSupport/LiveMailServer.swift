// A real Dovecot and a real Postfix for tests, on loopback.

import Foundation
import Synchronization
package import Transports

/// Both servers, of this process's own. They end with the value that holds them, or with the process.
package final class LiveMailServer: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// One for all tests that do not stop it.
    package static let shared = Result { try LiveMailServer() }

    /// Whether tests must not go without it, as in `make test`.
    package static let isRequired = ProcessInfo.processInfo.environment["SAMTAL_MAIL"] == "required"

    /// Whether tests run on it. Its absence is told once, aloud.
    package static let isThere: Bool = {
        let programs = ["/usr/sbin/dovecot", "/usr/sbin/postfix", "/usr/lib/dovecot/lmtp", "/usr/bin/openssl"]
        let isThere = programs.allSatisfy { FileManager.default.isExecutableFile(atPath: $0) } && getuid() == 0
        if isThere || isRequired { return true }
        let words = """
            No Dovecot and Postfix, or not root: NOTHING IS TESTED ON THEM \
            (Debian: apt-get install dovecot-imapd dovecot-lmtpd postfix)

            """
        FileHandle.standardError.write(Data(words.utf8))
        return false
    }()

    /// Everyone's.
    package static let password = "secret"

    private let directory: TemporaryDirectory
    private let ports: [UInt16]
    private let count = Mutex(0)
    /// Held open: the servers end when it is closed.
    private let pipes: Mutex<(input: FileHandle, output: FileHandle)>

    package init() throws {
        // Another process may take a port between the look and the start.
        for _ in 1...3 {
            let directory = try TemporaryDirectory()
            let ports = try Self.freePorts(7)
            guard let pipes = try Self.start(directory, ports) else { continue }
            (self.directory, self.ports) = (directory, ports)
            self.pipes = Mutex(pipes)
            return
        }
        throw Failure(description: "Dovecot or Postfix did not start")
    }

    /// Waits for the servers' end: they need their directory for it.
    deinit {
        pipes.withLock { pipes in
            // A pipe that cannot be closed is closed with the handle.
            try? pipes.input.close()
            while !pipes.output.availableData.isEmpty {}
        }
    }

    package var imap: MailServer { MailServer(host: "127.0.0.1", port: ports[0], security: .plain) }
    package var imapStartTLS: MailServer { MailServer(host: "localhost", port: ports[0], security: .startTLS) }
    package var imapTLS: MailServer { MailServer(host: "localhost", port: ports[1], security: .tls) }
    /// Dovecot's delivery to mailboxes.
    package var lmtpPort: UInt16 { ports[2] }
    /// Takes mail without a log-in, with STARTTLS for who wants it.
    package var smtp: MailServer { MailServer(host: "127.0.0.1", port: ports[3], security: .plain) }
    package var submission: MailServer { MailServer(host: "localhost", port: ports[4], security: .startTLS) }
    package var submissionTLS: MailServer { MailServer(host: "localhost", port: ports[5], security: .tls) }

    /// Where mail for desk.test goes, by LMTP.
    package var deskPort: UInt16 { ports[6] }

    /// What a client of these servers needs to know.
    package var network: MailNetwork {
        let loopback = ["127.0.0.0/8", "::1"].compactMap { AddressRange($0) }
        var network = MailNetwork(guard: AddressGuard(allowing: loopback), authorities: directory.path("ca.pem"))
        network.openTimeout = .seconds(20)
        network.answerTimeout = .seconds(20)
        return network
    }

    /// The address of a mailbox that nobody has used.
    package func newAddress() -> String {
        let number = count.withLock { count in
            count += 1
            return count
        }
        return "t\(number)@cust.test"
    }

    package func login(_ address: String) -> MailLogin { .password(user: address, secret: Self.password) }

    /// A token for a mailbox, good for so many seconds.
    package func token(_ address: String, seconds: Int = 600) throws -> String {
        try command("token \(address) \(seconds)")
    }

    package func stopDovecot() throws { try command("stop") }
    package func startDovecot() throws { try command("start") }
    /// Ends all IMAP sessions without a goodbye.
    package func cutSessions() throws { try command("cut") }

    @discardableResult
    package func doveadm(_ arguments: String) throws -> String { try command("doveadm \(arguments)") }

    /// How many lines of Postfix's log hold a pattern; waits a while for the first.
    package func postfixLogged(_ pattern: String) throws -> Int { Int(try command("logged \(pattern)")) ?? 0 }

    @discardableResult
    private func command(_ line: String) throws -> String {
        try pipes.withLock { pipes in
            try pipes.input.write(contentsOf: Data("\(line)\n".utf8))
            let answer = Self.line(of: pipes.output)
            guard answer.hasPrefix("done") else { throw Failure(description: "\(line): \(answer)") }
            return String(answer.dropFirst(5))
        }
    }

    private static func start(
        _ directory: TemporaryDirectory, _ ports: [UInt16]
    ) throws -> (input: FileHandle, output: FileHandle)? {
        let (input, output) = (Pipe(), Pipe())
        let script = Repository.root.appendingPathComponent("Tests/TestSupport/Servers/mail.sh").path
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        process.arguments = [script, directory.url.path] + ports.map(String.init)
        (process.standardInput, process.standardOutput) = (input, output)
        // Programs that are started later must not hold the pipe open that the servers' end hangs on.
        for handle in [input.fileHandleForWriting, output.fileHandleForReading] {
            guard fcntl(handle.fileDescriptor, F_SETFD, FD_CLOEXEC) == 0 else {
                throw Failure(description: "a pipe can not be kept to ourselves")
            }
        }
        try unblocked { try process.run() }
        guard line(of: output.fileHandleForReading) == "ready" else { return nil }
        return (input.fileHandleForWriting, output.fileHandleForReading)
    }

    /// Threads of the pool hold signals back, and a program that is started from one would never hear a SIGTERM.
    private static func unblocked(_ body: () throws -> Void) rethrows {
        var (none, before) = (sigset_t(), sigset_t())
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    private static func line(of handle: FileHandle) -> String {
        var bytes = Data()
        while bytes.last != 0x0A {
            let more = handle.availableData
            if more.isEmpty { break }
            bytes += more
        }
        return String(decoding: bytes.dropLast(bytes.last == 0x0A ? 1 : 0), as: UTF8.self)
    }

    /// Ports that nobody listens at.
    private static func freePorts(_ count: Int) throws -> [UInt16] {
        var descriptors: [Int32] = []
        defer { for descriptor in descriptors { close(descriptor) } }
        return try (0..<count).map { _ in
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            descriptors.append(descriptor)
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
            var size = socklen_t(MemoryLayout.size(ofValue: name))
            let isBound = withUnsafeMutablePointer(to: &name) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
                }
            }
            guard isBound else { throw Failure(description: "there is no free port") }
            return UInt16(bigEndian: name.sin_port)
        }
    }
}
