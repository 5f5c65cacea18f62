// A request and an answer of HTTP/1.1 as a test writes and reads them.

import Model

/// A request; its head is written as it stands here, right or wrong.
struct WebRequest: Sendable {
    var method: String
    var target: String
    var headers: [HeaderField]
    var body: [UInt8]

    init(_ method: String, _ target: String, headers: [HeaderField] = [], body: [UInt8] = []) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }

    init(_ method: String, _ target: String, headers: [HeaderField] = [], json: JSON) {
        self.init(
            method, target, headers: headers + [HeaderField("content-type", "application/json")], body: json.bytes)
    }

    /// As it goes over the wire. A Content-Length is added unless a header already says how long the body is.
    var bytes: [UInt8] {
        let names = Set(headers.map(\.name))
        var lines = ["\(method) \(target) HTTP/1.1"] + (names.contains("host") ? [] : ["host: samtal.example.com"])
        lines += headers.map { "\($0.name): \($0.value)" }
        if !names.contains("content-length"), !names.contains("transfer-encoding"), method != "GET" || !body.isEmpty {
            lines.append("content-length: \(body.count)")
        }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body
    }
}

/// An answer.
struct WebAnswer: Sendable, CustomStringConvertible {
    let status: Int
    /// Names in lower case.
    let headers: [String: String]
    let body: [UInt8]

    /// The body as JSON; `null` when it is none.
    var json: JSON { (try? JSON(parsing: body)) ?? .null }
    /// The media type without parameters.
    var mediaType: String? {
        headers["content-type"].map { String($0.prefix { $0 != ";" }) }
    }

    var description: String { "\(status) \(String(decoding: body.prefix(500), as: UTF8.self))" }
}

/// A head and a body, cut out of a stream of bytes: the half of HTTP/1.1 that both ends need (RFC 9112).
struct WebStream {
    private var buffer: [UInt8] = []
    private let fill: () throws -> [UInt8]

    /// - Parameter fill: gives more bytes; empty at the end.
    init(_ fill: @escaping () throws -> [UInt8]) {
        self.fill = fill
    }

    struct Head {
        let start: String
        /// Names in lower case; the last of two equal names wins.
        let headers: [String: String]
    }

    /// The next head; `nil` at the end of the stream.
    mutating func head() throws -> Head? {
        let gap = Array("\r\n\r\n".utf8)
        var end = buffer.firstRange(of: gap)
        while end == nil {
            let more = try fill()
            guard !more.isEmpty else { return nil }
            buffer += more
            end = buffer.firstRange(of: gap)
        }
        guard let end else { return nil }
        let lines = String(decoding: buffer[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        buffer.removeFirst(end.upperBound)
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = String(line[line.index(after: colon)...].drop { $0 == " " })
        }
        return Head(start: lines.first.map(String.init) ?? "", headers: headers)
    }

    /// The body that belongs to `head`; `nil` when the stream ends in it.
    mutating func body(of head: Head) throws -> [UInt8]? {
        let length = head.headers["content-length"].flatMap { Int($0) } ?? 0
        while buffer.count < length {
            let more = try fill()
            guard !more.isEmpty else { return nil }
            buffer += more
        }
        let body = Array(buffer[..<length])
        buffer.removeFirst(length)
        return body
    }
}
