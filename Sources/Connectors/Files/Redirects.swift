// Redirects of a file (RFC 9110 section 15.4): networks answer with the address of the store that holds it. Followed by
// us, so that each address goes through the guard and no credential leaves the host it is for.

import Model
import Transports

/// Follows redirects of one request, within bounds.
struct Redirects: Sendable {
    /// How many at most.
    static let redirectsMax = 5
    private static let statuses: Set<Int> = [301, 302, 303, 307, 308]

    let transport: any HTTPTransport

    /// Makes the request, and those that its answers lead to.
    func follow(_ first: HTTPRequest) async -> HTTPOutcome {
        var request = first
        for _ in 0...Self.redirectsMax {
            let outcome = await transport.send(request)
            guard case .response(let response) = outcome, Self.statuses.contains(response.status),
                let location = response.headers.first(where: { $0.name == "location" })?.value
            else { return outcome }
            do throws(TransportFailure) {
                request = try Self.next(after: request, to: location)
            } catch { return .failure(error) }
        }
        return .failure(Self.refusal(first, "more than \(Self.redirectsMax) redirects"))
    }

    /// The request that a redirect asks for.
    private static func next(after request: HTTPRequest, to location: String) throws(TransportFailure) -> HTTPRequest {
        guard request.method == "GET" else { throw refusal(request, "a redirect of a request that is no GET") }
        guard let from = WebAddress(request.url), let to = WebAddress(resolving: location, against: from) else {
            throw refusal(request, "a redirect to what is no http or https address")
        }
        guard to.isEncrypted || !from.isEncrypted else { throw refusal(request, "a redirect away from https") }
        var next = request
        next.url = to.text
        next.redactedURL = to.place
        // Whatever may identify us stays with the host that it is for.
        if to.origin != from.origin { next.headers = request.headers.filter { $0.name == "accept" } }
        return next
    }

    private static func refusal(_ request: HTTPRequest, _ problem: String) -> TransportFailure {
        TransportFailure(kind: .refused, sent: true, message: "\(request.method) \(request.redactedURL): \(problem)")
    }
}

extension WebAddress {
    /// What may be shown of where a file lies: its address may be a credential itself.
    var place: String { "\(origin)/…" }

    var isEncrypted: Bool { origin.hasPrefix("https://") }

    /// Reads a reference (RFC 3986 section 5) out of a Location; the fragment is left out.
    init?(resolving reference: String, against base: WebAddress) {
        let reference = String(reference.prefix { $0 != "#" })
        let scheme = base.isEncrypted ? "https" : "http"
        // A scheme ends before any other part begins (RFC 3986 section 3).
        if reference.prefix(while: { !"/?".contains($0) }).hasSuffix(":") {
            self.init(reference)
        } else if reference.hasPrefix("//") {
            self.init("\(scheme):\(reference)")
        } else if reference.hasPrefix("/") {
            self.init(base.origin + reference)
        } else if reference.hasPrefix("?") {
            self.init(base.origin + base.path + reference)
        } else {
            let folder = base.path.lastIndex(of: "/").map { base.path[...$0] } ?? "/"
            self.init(base.origin + folder + reference)
        }
    }
}
