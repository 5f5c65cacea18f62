// A mail server on loopback that follows a script: for what no real server can be made to do.

import Glibc
import Synchronization

@testable import Transports

/// Serves each connection by the same script. `TAG` in an answer stands for the first word of the line before.
final class MailScript: Sendable {
    enum Step: Sendable {
        case say(String)
        /// Waits for a line that holds these words; without words for any line, which is no command.
        case hear(String)
        /// Says nothing more until the client leaves.
        case silence
    }

    let port: UInt16
    /// Lines as they come.
    let lines: AsyncStream<String>
    private let heard = Mutex<[String]>([])
    private let listener: Int32

    init(_ steps: [Step]) throws {
        (listener, port) = try LoopbackServer.listen("127.0.0.1")
        let (lines, said) = AsyncStream.makeStream(of: String.self)
        self.lines = lines
        let started = LoopThread.start { [listener, weak self] in
            while true {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else {
                    close(listener)
                    return
                }
                Self.play(steps, descriptor) { line in
                    self?.heard.withLock { $0.append(line) }
                    said.yield(line)
                }
                close(descriptor)
            }
        }
        guard started else { throw LoopbackServer.Refused() }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
    }

    var allHeard: [String] { heard.withLock { $0 } }

    func server(_ security: MailSecurity = .plain) -> MailServer {
        MailServer(host: "127.0.0.1", port: port, security: security)
    }

    private static func play(_ steps: [Step], _ descriptor: Int32, _ note: (String) -> Void) {
        var (buffer, last) = ([UInt8](), "")
        func line() -> String? {
            while !buffer.contains(0x0A) {
                var part = [UInt8](repeating: 0, count: 4096)
                let count = read(descriptor, &part, part.count)
                guard count > 0 else { return nil }
                buffer += part[..<count]
            }
            let end = buffer.firstIndex(of: 0x0A) ?? 0
            defer { buffer.removeFirst(end + 1) }
            return String(decoding: buffer[..<end].filter { $0 != 0x0D }, as: UTF8.self)
        }
        for step in steps {
            switch step {
            case .say(let text):
                let bytes = Array((text.replacing("TAG", with: last) + "\r\n").utf8)
                _ = bytes.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            case .hear(let words):
                repeat {
                    guard let next = line() else { return }
                    note(next)
                    if words.isEmpty { break }
                    last = String(next.split(separator: " ").first ?? "")
                    if next.contains(words) { break }
                } while true
            case .silence:
                while let next = line() { note(next) }
            }
        }
    }
}
