// A small HTTP/1.1 server on loopback, with threads and plain sockets, that does what a test tells it: answer, keep
// silent, close, reset. It tells what it saw, so tests wait for it and never sleep.

import Glibc
import Synchronization

@testable import Transports

/// Answers each request with what a closure says.
final class LoopbackServer: Sendable {
    struct Request: Sendable {
        let method: String
        let target: String
        let headers: [String: String]
        let body: [UInt8]
        /// Which connection it came on, from 1.
        let connection: Int
    }

    enum Reply: Sendable {
        /// Sends the bytes and waits for the next request.
        case bytes([UInt8])
        /// Sends the bytes and closes.
        case last([UInt8])
        /// Says nothing until the client leaves.
        case silence
        /// Sends the first bytes, then the others one by one with so many milliseconds between them.
        case slow([UInt8], then: [UInt8], every: Int32)
        /// Closes with RST instead of FIN.
        case reset
    }

    struct Refused: Error {}

    let port: UInt16
    /// Requests as they arrive.
    let arrivals: AsyncStream<Request>
    /// Numbers of connections that the client left.
    let departures: AsyncStream<Int>

    private let listener: Int32
    private let log: Log

    /// What the threads share.
    private final class Log: Sendable {
        let state = Mutex<(connections: Int, open: Int, openMax: Int, requests: [Request])>((0, 0, 0, []))
        let arrived: AsyncStream<Request>.Continuation
        let departed: AsyncStream<Int>.Continuation

        init(_ arrived: AsyncStream<Request>.Continuation, _ departed: AsyncStream<Int>.Continuation) {
            self.arrived = arrived
            self.departed = departed
        }
    }

    /// A server that greets each client with `greeting`, whatever it says, and closes.
    convenience init(greeting: [UInt8]) throws {
        try self.init(greeting: greeting) { _ in .silence }
    }

    init(
        on address: String = "127.0.0.1", greeting: [UInt8]? = nil, _ reply: @escaping @Sendable (Request) -> Reply
    ) throws {
        (listener, port) = try Self.listen(address)
        let (arrivals, arrived) = AsyncStream.makeStream(of: Request.self)
        let (departures, departed) = AsyncStream.makeStream(of: Int.self)
        (self.arrivals, self.departures) = (arrivals, departures)
        log = Log(arrived, departed)
        guard LoopThread.start({ [listener, log] in Self.accept(listener, log, greeting, reply) }) else {
            close(listener)
            throw Refused()
        }
    }

    deinit {
        // Ends `accept`, whose thread then closes: a number closed here could be another server's before it looks.
        shutdown(listener, Int32(SHUT_RDWR))
    }

    /// How many connections were accepted.
    var connections: Int { log.state.withLock { $0.connections } }
    /// How many were open at one time.
    var openMax: Int { log.state.withLock { $0.openMax } }
    var requests: [Request] { log.state.withLock { $0.requests } }

    // MARK: Sockets

    static func listen(_ address: String) throws -> (Int32, UInt16) {
        let v6 = address.contains(":")
        let descriptor = socket(v6 ? AF_INET6 : AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var storage = sockaddr_storage()
        var size = socklen_t(v6 ? MemoryLayout<sockaddr_in6>.size : MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutableBytes(of: &storage) { raw -> Bool in
            guard let base = raw.baseAddress else { return false }
            if v6 {
                let name = base.assumingMemoryBound(to: sockaddr_in6.self)
                name.pointee.sin6_family = sa_family_t(AF_INET6)
                guard inet_pton(AF_INET6, address, &name.pointee.sin6_addr) == 1 else { return false }
            } else {
                let name = base.assumingMemoryBound(to: sockaddr_in.self)
                name.pointee.sin_family = sa_family_t(AF_INET)
                guard inet_pton(AF_INET, address, &name.pointee.sin_addr) == 1 else { return false }
            }
            let name = base.assumingMemoryBound(to: sockaddr.self)
            return bind(descriptor, name, size) == 0 && Glibc.listen(descriptor, 1024) == 0
                && getsockname(descriptor, name, &size) == 0
        }
        guard bound else { throw Refused() }
        // The port stands at the same place in both kinds of address (POSIX netinet/in.h on Linux).
        let port = withUnsafeBytes(of: storage) { UInt16(bigEndian: $0.load(fromByteOffset: 2, as: UInt16.self)) }
        return (descriptor, port)
    }

    private static func accept(
        _ listener: Int32, _ log: Log, _ greeting: [UInt8]?, _ reply: @escaping @Sendable (Request) -> Reply
    ) {
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            guard descriptor >= 0 else {
                close(listener)
                return
            }
            let number = log.state.withLock { state in
                state.connections += 1
                state.open += 1
                state.openMax = max(state.openMax, state.open)
                return state.connections
            }
            let started = LoopThread.start {
                let connection = Connection(descriptor, number)
                if let greeting {
                    connection.greet(greeting)
                } else {
                    connection.serve(reply) { request in
                        log.state.withLock { $0.requests.append(request) }
                        log.arrived.yield(request)
                    }
                }
                log.state.withLock { $0.open -= 1 }
                close(descriptor)
                log.departed.yield(number)
            }
            if !started { close(descriptor) }
        }
    }
}

extension LoopbackServer.Reply {
    /// A whole answer with a length; the connection stays.
    static func answer(_ status: Int, _ body: String = "", headers: [String] = []) -> Self {
        let lines = ["HTTP/1.1 \(status) Said", "Content-Length: \(body.utf8.count)"] + headers
        return .bytes(Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8))
    }
}

/// One accepted connection.
private final class Connection {
    private let descriptor: Int32
    private let number: Int
    private var buffer: [UInt8] = []

    init(_ descriptor: Int32, _ number: Int) {
        self.descriptor = descriptor
        self.number = number
    }

    /// Waits for the client's first bytes, then sends `greeting`.
    func greet(_ greeting: [UInt8]) {
        if fill() { write(greeting) }
    }

    func serve(_ reply: (LoopbackServer.Request) -> LoopbackServer.Reply, _ seen: (LoopbackServer.Request) -> Void) {
        while let request = next() {
            let reply = reply(request)
            seen(request)
            switch reply {
            case .bytes(let bytes):
                write(bytes)
            case .last(let bytes):
                write(bytes)
                return
            case .silence:
                while fill() {}
                return
            case .slow(let first, let rest, let pause):
                write(first)
                for byte in rest {
                    var look = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
                    // The client has nothing to say: only its leaving ends the wait early.
                    guard poll(&look, 1, pause) == 0 else { return }
                    write([byte])
                }
            case .reset:
                var linger = linger(l_onoff: 1, l_linger: 0)
                setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
                return
            }
        }
    }

    private func next() -> LoopbackServer.Request? {
        let gap = Array("\r\n\r\n".utf8)
        var headEnd = buffer.firstRange(of: gap)
        while headEnd == nil {
            guard fill() else { return nil }
            headEnd = buffer.firstRange(of: gap)
        }
        guard let headEnd else { return nil }
        let lines = String(decoding: buffer[..<headEnd.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let start = lines[0].split(separator: " ")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
        }
        let length = headers["content-length"].flatMap { Int($0) } ?? 0
        while buffer.count < headEnd.upperBound + length {
            guard fill() else { return nil }
        }
        let body = Array(buffer[headEnd.upperBound..<headEnd.upperBound + length])
        buffer.removeFirst(headEnd.upperBound + length)
        return LoopbackServer.Request(
            method: String(start[0]), target: String(start[1]), headers: headers, body: body, connection: number)
    }

    /// Reads more; `false` when the client has left.
    private func fill() -> Bool {
        var part = [UInt8](repeating: 0, count: 65_536)
        let count = read(descriptor, &part, part.count)
        guard count > 0 else { return false }
        buffer.append(contentsOf: part[..<count])
        return true
    }

    private func write(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }
}
