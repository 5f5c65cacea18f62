// Everything that leaves the process over HTTP goes through this one door, so tests can stand in it.

/// Sends HTTP requests.
package protocol HTTPTransport: Sendable {
    /// Makes one request and waits for the whole answer, at most `request.timeout`. Any status is a response; a failure
    /// is when there was no whole answer. Nothing is sent a second time when the first may have been acted on. A
    /// cancelled task gets a failure of kind `reset`.
    func send(_ request: HTTPRequest) async -> HTTPOutcome

    /// Makes one request and hands over its answer as it comes, until the other side ends it, says nothing for too
    /// long, or `request.timeout` is up. A response is an answer that came to its end, or one that is no success.
    func stream(_ request: HTTPRequest, into stream: HTTPStream) async -> HTTPOutcome
}

/// What became of a request.
package enum HTTPOutcome: Sendable {
    case response(HTTPResponse)
    case failure(TransportFailure)
}
