// The tests' client of the gateway.

import Glibc
import Model

/// One connection, used by one thread at a time.
final class WebConnection {
    private let descriptor: Int32
    private var stream: WebStream

    init(port: Int, patience seconds: Int = LocalSocket.readSecondsMax) throws {
        let descriptor = try LocalSocket.connect(to: port, patience: seconds)
        self.descriptor = descriptor
        stream = WebStream { try LocalSocket.receive(on: descriptor) }
    }

    deinit { close(descriptor) }

    func send(_ bytes: [UInt8]) throws { try LocalSocket.send(bytes, on: descriptor) }

    /// The next answer; `nil` when the other side closed without one.
    func answer() throws -> WebAnswer? {
        guard let head = try stream.head() else { return nil }
        let words = head.start.split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            throw Malformed(start: head.start)
        }
        guard let body = try stream.body(of: head) else { return nil }
        return WebAnswer(status: status, headers: head.headers, body: body)
    }

    /// Whether an answer has begun to arrive; does not wait.
    var hasSomethingToRead: Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) > 0
    }

    struct Malformed: Error {
        let start: String
    }
}

/// Sends requests to one gateway, each on a connection of its own.
struct WebClient: Sendable {
    let port: Int

    /// Sends a request and waits for its answer.
    func send(_ request: WebRequest) async throws -> WebAnswer {
        guard let answer = try await send(pieces: [request.bytes]) else { throw NoAnswer() }
        return answer
    }

    /// Sends bytes piece by piece. `nil`: the gateway closed without an answer. A gateway that stops reading before the
    /// last piece is fine as long as it answers.
    func send(pieces: [[UInt8]]) async throws -> WebAnswer? {
        let port = port
        return try await onThread {
            let connection = try WebConnection(port: port)
            do {
                for piece in pieces { try connection.send(piece) }
            } catch is LocalSocket.Failure {
                // It closed early; the answer may be there all the same.
            }
            do {
                return try connection.answer()
            } catch let failure as LocalSocket.Failure where failure.code == ECONNRESET {
                return nil
            }
        }
    }

    /// Sends all requests at one moment: every connection is open and has sent all but its last byte before the first
    /// last byte goes out.
    func sendAtOnce(_ requests: [WebRequest]) async throws -> [WebAnswer?] {
        let port = port
        return try await onThread {
            let connections = try requests.map { request in
                let connection = try WebConnection(port: port)
                try connection.send(Array(request.bytes.dropLast()))
                return connection
            }
            for (connection, request) in zip(connections, requests) { try connection.send(request.bytes.suffix(1)) }
            return try connections.map { try $0.answer() }
        }
    }

    struct NoAnswer: Error {}
}

extension WebConnection {
    fileprivate func send(_ bytes: ArraySlice<UInt8>) throws { try send(Array(bytes)) }
}
