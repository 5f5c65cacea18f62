// The other side: a small HTTP/1.1 server in the test's process that plays a CRM or a network. It records what it gets
// and answers as the test says, also as badly as real ones do.

import Foundation
import Model

/// A request that a peer got.
struct PeerRequest: Sendable, CustomStringConvertible {
    let method: String
    let target: String
    /// Names in lower case.
    let headers: [String: String]
    let body: [UInt8]

    var json: JSON { (try? JSON(parsing: body)) ?? .null }
    /// The type of the CloudEvent in it.
    var type: String { json["type"].string ?? "" }
    var webhookID: String { headers["webhook-id"] ?? "" }

    var description: String { "\(method) \(target) \(String(decoding: body.prefix(200), as: UTF8.self))" }
}

/// What a peer does with a request.
indirect enum PeerAnswer: Sendable {
    case answer(_ status: Int, headers: [HeaderField] = [], body: JSON = [:])
    /// Answers 200 with a file.
    case file(_ type: String, [UInt8])
    /// Keeps the connection and says nothing.
    case hang
    /// Resets the connection after reading the request.
    case reset
    /// Closes it in good order, without an answer.
    case leave
    /// Answers after a while.
    case later(Duration, PeerAnswer)
}

/// A server on a free port of 127.0.0.1; it ends with the object.
final class PeerServer: Sendable {
    typealias Script = @Sendable (PeerRequest) -> PeerAnswer

    let port: Int
    /// Requests as they arrive.
    let requests = Recording<PeerRequest>()
    private let listener: Int32

    init(_ script: @escaping Script) throws {
        (listener, port) = try LocalSocket.listen()
        let (listener, requests) = (listener, requests)
        Thread.detachNewThread {
            while let descriptor = LocalSocket.accept(on: listener) {
                Thread.detachNewThread { Self.serve(descriptor, script, requests) }
            }
            close(listener)
        }
    }

    deinit {
        // Ends `accept`, whose thread then closes: a number closed here could be another socket's by then.
        shutdown(listener, Int32(SHUT_RDWR))
    }

    var url: String { "http://127.0.0.1:\(port)" }

    private static func serve(_ descriptor: Int32, _ script: Script, _ requests: Recording<PeerRequest>) {
        defer { close(descriptor) }
        var stream = WebStream { try LocalSocket.receive(on: descriptor) }
        do {
            while let head = try stream.head(), let body = try stream.body(of: head) {
                let words = head.start.split(separator: " ")
                guard words.count == 3 else { return }
                let request = PeerRequest(
                    method: String(words[0]), target: String(words[1]), headers: head.headers, body: body)
                let answer = script(request)
                requests.add(request)
                guard try carryOut(answer, on: descriptor) else { return }
            }
        } catch {
            // The gateway left in the middle, as one that is killed does.
            return
        }
    }

    private static func say(
        _ status: Int, _ headers: [HeaderField], _ content: [UInt8], on descriptor: Int32
    ) throws {
        let lines =
            ["HTTP/1.1 \(status) Said", "Content-Length: \(content.count)"]
            + headers.map { "\($0.name): \($0.value)" }
        try LocalSocket.send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + content, on: descriptor)
    }

    /// - Returns: whether the connection goes on.
    private static func carryOut(_ answer: PeerAnswer, on descriptor: Int32) throws -> Bool {
        switch answer {
        case .answer(let status, let headers, let body):
            try say(status, [HeaderField("Content-Type", "application/json")] + headers, body.bytes, on: descriptor)
            return true
        case .file(let type, let bytes):
            try say(200, [HeaderField("Content-Type", type)], bytes, on: descriptor)
            return true
        case .hang:
            while try !LocalSocket.receive(on: descriptor).isEmpty {}
            return false
        case .reset:
            LocalSocket.resetOnClose(descriptor)
            return false
        case .leave:
            return false
        case .later(let wait, let then):
            // A slow peer is what the test is about; nothing ends this wait but its time.
            _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(Int(wait.wholeMilliseconds)))
            return try carryOut(then, on: descriptor)
        }
    }
}
