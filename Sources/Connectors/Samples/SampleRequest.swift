// From the text of a sample to what the connector takes.

import Model
import Transports

/// A request out of a sample, as a server would have handed it over.
struct SampleRequest {
    let request: ReceivedRequest
    /// The endpoint's address as the sample's Host header and path tell it.
    let publicURL: String

    /// - Throws: a text that is no request.
    init(_ bytes: [UInt8], now: Timestamp) throws {
        let text = try HTTPText(bytes)
        let words = text.firstLine.split(separator: " ")
        guard words.count >= 2, words[1].hasPrefix("/") else {
            throw SampleMistake(problem: "\"\(text.firstLine.prefix(60))\" is no request line")
        }
        let halves = words[1].split(separator: "?", maxSplits: 1).map(String.init)
        let path = halves.first ?? "/"
        // /channels/NAME or /contracts/NAME, and behind it the secret.
        let segments = path.split(separator: "/", maxSplits: 2).map(String.init)
        let host = text.headers.first { $0.name == "host" }?.value ?? "samtal.example.com"
        publicURL = "https://\(host)/\(segments.prefix(2).joined(separator: "/"))"
        request = ReceivedRequest(
            method: String(words[0]), path: path, pathSecret: segments.count == 3 ? segments[2] : nil,
            rawQuery: halves.count == 2 ? halves[1] : "", headers: text.headers, body: text.body, receivedAt: now)
    }

    /// An answer out of a sample.
    /// - Throws: a text that is no answer.
    static func answer(_ bytes: [UInt8]) throws -> HTTPResponse {
        try answer(try HTTPText(bytes))
    }

    /// The answers of a sample in order, `###` between two.
    /// - Throws: a text that is no answer.
    static func answers(_ bytes: [UInt8]) throws -> [HTTPResponse] {
        try HTTPText.messages(bytes).map { try answer($0) }
    }

    private static func answer(_ text: HTTPText) throws -> HTTPResponse {
        let words = text.firstLine.split(separator: " ")
        guard words.count >= 2, words[0].hasPrefix("HTTP/"), let status = Int(words[1]) else {
            throw SampleMistake(problem: "\"\(text.firstLine.prefix(60))\" is no status line")
        }
        return HTTPResponse(status: status, headers: text.headers, body: text.body)
    }
}
