// Requests and answers as texts in golden samples: a first line, headers, an empty line, a body.

import Model
import Transports

/// One HTTP message as it stands in a sample.
struct HTTPText: Sendable, Hashable {
    /// The request line or the status line.
    let firstLine: String
    /// In the order of the text.
    let headers: [HeaderField]
    let body: [UInt8]

    /// A text that is no HTTP message.
    struct Mistake: Error, Hashable {
        let problem: String
    }

    /// Reads a message. One line end at the very end is the file's own and not the body's.
    init(_ bytes: [UInt8]) throws(Mistake) {
        var lines: [String] = []
        var at = 0
        while at < bytes.count {
            let end = bytes[at...].firstIndex(of: 0x0A) ?? bytes.count
            let line = String(decoding: bytes[at..<end], as: UTF8.self)
            at = min(end + 1, bytes.count)
            let plain = line.hasSuffix("\r") ? String(line.dropLast()) : line
            if plain.isEmpty { break }
            lines.append(plain)
        }
        guard let first = lines.first else { throw Mistake(problem: "the file is empty") }
        firstLine = first
        var headers: [HeaderField] = []
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else {
                throw Mistake(problem: "\"\(line.prefix(40))\" is no header")
            }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            headers.append(HeaderField(String(line[..<colon]), String(value)))
        }
        self.headers = headers
        let rest = bytes[at...]
        body = Array(rest.last == 0x0A ? rest.dropLast() : rest)
    }

    private init(_ request: HTTPRequest) {
        firstLine = "\(request.method) \(request.url)"
        headers = request.headers.sorted { ($0.name, $0.value) < ($1.name, $1.value) }
        body = request.body
    }

    /// The body as JSON, when it is that.
    var json: JSON? {
        guard headers.contains(where: { $0.name == "content-type" && $0.value.contains("json") }) else { return nil }
        return try? JSON(parsing: body)
    }

    /// Writes requests as a sample: headers sorted, JSON bodies for people, `###` between two.
    static func write(_ requests: [HTTPRequest]) -> String {
        requests.map { request in
            let text = HTTPText(request)
            let head = ([text.firstLine] + text.headers.map { "\($0.name): \($0.value)" }).joined(separator: "\n")
            let body = text.json?.prettyText ?? String(decoding: text.body, as: UTF8.self)
            return "\(head)\n\n\(body)\(body.isEmpty || body.hasSuffix("\n") ? "" : "\n")"
        }.joined(separator: "###\n")
    }

    /// How the requests differ from those that a sample expects; empty when they do not.
    static func differences(expected: [UInt8], got requests: [HTTPRequest]) throws(Mistake) -> [String] {
        let expected = try messages(expected)
        guard expected.count == requests.count else {
            return ["expected \(expected.count) requests, got \(requests.count)"]
                + surplus(of: expected.map(\.firstLine), over: requests.map { HTTPText($0).firstLine }, as: "missing")
                + surplus(of: requests.map { HTTPText($0).firstLine }, over: expected.map(\.firstLine), as: "new")
        }
        var lines: [String] = []
        for (index, (left, request)) in zip(expected, requests).enumerated() {
            let place = requests.count == 1 ? "" : "request \(index + 1): "
            lines += left.differences(from: HTTPText(request)).map { place + $0 }
        }
        return lines
    }

    /// The lines that stand in `lines` more often than in `others`.
    private static func surplus(of lines: [String], over others: [String], as word: String) -> [String] {
        var others = others
        return lines.compactMap { line in
            guard let index = others.firstIndex(of: line) else { return "\(word): \(line)" }
            others.remove(at: index)
            return nil
        }
    }

    /// The messages of a text, `###` between two.
    static func messages(_ bytes: [UInt8]) throws(Mistake) -> [HTTPText] {
        var chunks: [[UInt8]] = [[]]
        for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
            if line.elementsEqual("###".utf8) {
                chunks.append([])
            } else {
                chunks[chunks.count - 1] += line + [0x0A]
            }
        }
        // The split made one line end too many.
        chunks[chunks.count - 1].removeLast()
        var messages: [HTTPText] = []
        for chunk in chunks where chunk.contains(where: { $0 > 0x20 }) { messages.append(try HTTPText(chunk)) }
        return messages
    }

    private func differences(from got: HTTPText) -> [String] {
        var lines: [String] = []
        if firstLine != got.firstLine { lines.append("expected \"\(firstLine)\", got \"\(got.firstLine)\"") }
        let left = Dictionary(headers.map { ($0.name, JSON.string($0.value)) }) { _, last in last }
        let right = Dictionary(got.headers.map { ($0.name, JSON.string($0.value)) }) { _, last in last }
        lines += JSONDifference.lines(expected: .object(left), got: .object(right)).map { "header \($0.dropFirst())" }
        if let expected = json, let got = got.json {
            lines += JSONDifference.lines(expected: expected, got: got).map { "body \($0)" }
        } else if body != got.body {
            let (left, right) = (String(decoding: body, as: UTF8.self), String(decoding: got.body, as: UTF8.self))
            lines += JSONDifference.lines(expected: .string(left), got: .string(right)).map { "body \($0)" }
        }
        return lines
    }
}
