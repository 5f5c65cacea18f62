// The house's HTTP client: libcurl's multi interface behind an async call. One thread owns libcurl; callers leave their
// request in an inbox, wake the thread and wait.

/// Sends HTTP/1.1 and HTTP/2 requests. Connections are kept and shared; redirects, cookies, proxies from the
/// environment and stored logins are not followed or used. Any number of requests may be under way: beyond the limits
/// of connections they wait their turn, within their own timeout.
package final class CurlTransport: HTTPTransport {
    private let inbox: CurlInbox

    /// `guard` says where connections may go. `responseBytesMax` bounds the body of an answer, in bytes, after content
    /// coding is undone. `userAgent` is sent unless a request has its own.
    package convenience init(guard addressGuard: AddressGuard, responseBytesMax: Int, userAgent: String) {
        self.init(
            CurlSettings(addressGuard: addressGuard, responseBytesMax: responseBytesMax, userAgent: userAgent))
    }

    init(_ settings: CurlSettings) {
        inbox = CurlInbox()
        CurlLoop.start(settings, inbox)
    }

    deinit {
        inbox.stop()
    }

    package func send(_ request: HTTPRequest) async -> HTTPOutcome { await carry(request, into: nil) }

    package func stream(_ request: HTTPRequest, into stream: HTTPStream) async -> HTTPOutcome {
        await carry(request, into: stream)
    }

    private func carry(_ request: HTTPRequest, into stream: HTTPStream?) async -> HTTPOutcome {
        if let problem = request.problem {
            let message = "\(request.redactedURL): \(problem)"
            return .failure(TransportFailure(kind: .refused, sent: false, message: message))
        }
        let id = inbox.announce()
        // After this line no cancellation comes for the id any more.
        defer { inbox.forget(id) }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                inbox.post(CurlJob(id: id, request: request, stream: stream, continuation: continuation))
            }
        } onCancel: {
            inbox.cancel(id)
        }
    }

    /// Ends the thread. Requests under way end as `reset`, later ones as `connect`. Returns at once; a second call does
    /// nothing.
    package func shutdown() {
        inbox.stop()
    }
}

/// What all requests of a transport share.
struct CurlSettings: Sendable {
    var addressGuard: AddressGuard
    var responseBytesMax: Int
    var userAgent: String
    /// Fixed answers to look-ups, `HOST:PORT:ADDRESS[,ADDRESS]…`, so that tests need no name server.
    var hostAddresses: [String] = []

    /// Connections open at one time, kept idle ones included.
    static let connectionsMax = 256
    /// Connections to one host and port, so that a slow one leaves room for the others.
    static let connectionsPerHostMax = 64
    /// The header section of an answer, interim answers and trailers included.
    static let headerBytesMax = 65_536
    /// For the connection and its encryption, within the request's own timeout.
    static let connectTimeout = Duration.seconds(10)
    static let timeoutMin = Duration.milliseconds(1)
    static let timeoutMax = Duration.seconds(86_400)
}
