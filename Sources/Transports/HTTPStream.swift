// An answer that does not end: its bytes are handed over as they come.

import Model

/// How an answer is taken that goes on for as long as the other side has something to say.
package struct HTTPStream: Sendable {
    /// How long the other side may say nothing before the connection counts as dead; at least 1 s.
    package let idle: Duration
    /// Takes the next bytes of the content, in order; must not block. False: no more are wanted, and the exchange ends
    /// as `reset`. Only answers of status 2xx come here; the content of any other is in the response.
    package let take: @Sendable ([UInt8]) -> Bool

    package init(idle: Duration, take: @escaping @Sendable ([UInt8]) -> Bool) {
        self.idle = idle
        self.take = take
    }
}

extension HTTPTransport {
    /// A transport that has whole answers only hands each over in one piece.
    package func stream(_ request: HTTPRequest, into stream: HTTPStream) async -> HTTPOutcome {
        let outcome = await send(request)
        guard case .response(let response) = outcome, (200..<300).contains(response.status) else { return outcome }
        _ = stream.take(response.body)
        return .response(HTTPResponse(status: response.status, headers: response.headers, body: []))
    }
}
