// A small HTTP/1.1 server on loopback with threads and plain sockets: it can do what no well-behaved server does, keep
// silent, break off, reset.

import Foundation
import Model
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Answers each request with what a closure says, then closes the connection. It serves until it is released.
final class LoopbackServer: Sendable {
    struct Request: Sendable {
        let method: String
        /// Path and query as they came.
        let target: String
        let headers: [HeaderField]
        let body: [UInt8]

        /// The host that the client believes it talks to, without a port.
        var host: String { (header("host") ?? "").lowercased().split(separator: ":").first.map(String.init) ?? "" }
        var path: String { target.split(separator: "?").first.map(String.init) ?? "/" }

        func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
    }

    enum Reply: Sendable {
        case bytes([UInt8])
        /// Says nothing until the client leaves.
        case silence
        /// Closes with RST instead of FIN (RFC 9293 section 3.5.2).
        case reset
    }

    /// The system gives no socket or no thread.
    struct Refused: Error {}

    let port: UInt16
    private let listener: Int32

    init(_ reply: @escaping @Sendable (Request) -> Reply) throws {
        (listener, port) = try Self.listen()
        let listener = listener
        Thread.detachNewThread { Self.accept(listener, reply) }
    }

    deinit {
        // Ends `accept`, whose thread then closes: a number closed here could be another's before it looks.
        shutdown(listener, Int32(SHUT_RDWR))
    }

    private static func listen() throws -> (Int32, UInt16) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutableBytes(of: &address) { raw -> Bool in
            guard let name = raw.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
            return bind(descriptor, name, size) == 0 && Self.backlog(descriptor)
                && getsockname(descriptor, name, &size) == 0
        }
        guard isBound else {
            close(descriptor)
            throw Refused()
        }
        return (descriptor, UInt16(bigEndian: address.sin_port))
    }

    private static func backlog(_ descriptor: Int32) -> Bool {
        #if canImport(Glibc)
            Glibc.listen(descriptor, 64) == 0
        #elseif canImport(Musl)
            Musl.listen(descriptor, 64) == 0
        #endif
    }

    private static func accept(_ listener: Int32, _ reply: @escaping @Sendable (Request) -> Reply) {
        while true {
            #if canImport(Glibc)
                let descriptor = Glibc.accept(listener, nil, nil)
            #elseif canImport(Musl)
                let descriptor = Musl.accept(listener, nil, nil)
            #endif
            guard descriptor >= 0 else {
                close(listener)
                return
            }
            Thread.detachNewThread {
                var connection = LoopbackConnection(descriptor)
                connection.serve(reply)
                close(descriptor)
            }
        }
    }
}

/// One accepted connection, good for one request.
private struct LoopbackConnection {
    private let descriptor: Int32
    private var buffer: [UInt8] = []

    init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    mutating func serve(_ reply: (LoopbackServer.Request) -> LoopbackServer.Reply) {
        guard let request = next() else { return }
        switch reply(request) {
        case .bytes(let bytes): LoopbackBytes.write(bytes, to: descriptor)
        case .silence: while fill() {}
        case .reset: LoopbackBytes.resetOnClose(descriptor)
        }
    }

    private mutating func next() -> LoopbackServer.Request? {
        let gap = Array("\r\n\r\n".utf8)
        while buffer.firstRange(of: gap) == nil { guard fill() else { return nil } }
        guard let head = buffer.firstRange(of: gap) else { return nil }
        let lines = String(decoding: buffer[..<head.lowerBound], as: UTF8.self).split(separator: "\r\n")
        let start = (lines.first ?? "").split(separator: " ")
        guard start.count == 3 else { return nil }
        let headers = lines.dropFirst().compactMap { line -> HeaderField? in
            let halves = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return halves.count == 2 ? HeaderField(String(halves[0]), String(halves[1].drop { $0 == " " })) : nil
        }
        let length = headers.first { $0.name == "content-length" }.flatMap { Int($0.value) } ?? 0
        while buffer.count < head.upperBound + length { guard fill() else { return nil } }
        return LoopbackServer.Request(
            method: String(start[0]), target: String(start[1]), headers: headers,
            body: Array(buffer[head.upperBound..<head.upperBound + length]))
    }

    /// Reads more; `false` when the client has left.
    private mutating func fill() -> Bool {
        guard let part = LoopbackBytes.read(from: descriptor) else { return false }
        buffer += part
        return true
    }
}
