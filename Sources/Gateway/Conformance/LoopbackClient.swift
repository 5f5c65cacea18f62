// A client of our own server that may misbehave: it leaves in the middle of a body, or before the answer.

import Foundation
import Model

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Sends one request to a port on loopback.
struct LoopbackClient: Sendable {
    enum Conduct: Sendable {
        /// Sends all and waits for the answer.
        case good
        /// Sends half of the body and closes.
        case breaksOff
        /// Sends all and resets the connection before an answer can come.
        case resets
    }

    let port: UInt16

    /// - Returns: the answer's status; `nil`: none came, or the client did not wait.
    func send(
        _ method: String, _ target: String, _ headers: [HeaderField], _ body: [UInt8], _ conduct: Conduct = .good
    ) async -> Int? {
        let framing: Set<String> = ["content-length", "transfer-encoding", "connection", "expect"]
        var lines = ["\(method) \(target) HTTP/1.1"]
        lines += headers.filter { !framing.contains($0.name) }.map { "\($0.name): \($0.value)" }
        if !headers.contains(where: { $0.name == "host" }) { lines.append("host: samtal.example.com") }
        lines += ["content-length: \(body.count)", "connection: close"]
        var bytes = Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
        if conduct == .breaksOff { bytes.removeLast((body.count + 1) / 2) }
        let (port, request) = (port, bytes)
        return await withCheckedContinuation { caller in
            Thread.detachNewThread { caller.resume(returning: Self.exchange(port, request, conduct)) }
        }
    }

    private static func exchange(_ port: UInt16, _ request: [UInt8], _ conduct: Conduct) -> Int? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        address.sin_port = port.bigEndian
        let isConnected = withUnsafeBytes(of: &address) { raw in
            guard let name = raw.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return false }
            return connect(descriptor, name, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
        }
        guard isConnected, LoopbackBytes.write(request, to: descriptor) else { return nil }
        switch conduct {
        case .breaksOff: return nil
        case .resets:
            LoopbackBytes.resetOnClose(descriptor)
            return nil
        case .good:
            var answer: [UInt8] = []
            while let part = LoopbackBytes.read(from: descriptor) { answer += part }
            return String(decoding: answer.prefix(64), as: UTF8.self).split(separator: " ").dropFirst().first
                .flatMap { Int($0) }
        }
    }
}

/// Blocking reads and writes on a socket.
enum LoopbackBytes {
    /// Some bytes; `nil` when the other side has left.
    static func read(from descriptor: Int32) -> [UInt8]? {
        var part = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &part, part.count, 0)
        return count > 0 ? Array(part[..<count]) : nil
    }

    /// Whether all bytes could be written.
    @discardableResult
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Closing will send RST instead of FIN (RFC 9293 section 3.5.2).
    static func resetOnClose(_ descriptor: Int32) {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
    }
}
