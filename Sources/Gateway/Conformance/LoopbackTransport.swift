// The way out of a connector under test: the real client, whatever host is meant, ends on loopback. Production has no
// such way; nothing here changes what a connector may ask for.

import Model
import Transports

/// Sends each request to one of two servers on loopback: the provider's, or, for a host that the samples never name,
/// one that belongs to a stranger. The host that was meant travels in the Host header, so that both see it.
struct LoopbackTransport: HTTPTransport {
    /// How long a client waits for an answer that never comes.
    static let patience = Duration.milliseconds(150)

    let client: CurlTransport
    let provider: UInt16
    let stranger: UInt16
    /// The hosts of the provider, in lower case.
    let hosts: Set<String>
    let script: ProviderScript

    func send(_ request: HTTPRequest) async -> HTTPOutcome {
        guard let local = local(request) else { return Self.noAddress }
        return await client.send(local)
    }

    func stream(_ request: HTTPRequest, into stream: HTTPStream) async -> HTTPOutcome {
        guard let local = local(request) else { return Self.noAddress }
        return await client.stream(local, into: stream)
    }

    private static let noAddress = HTTPOutcome.failure(
        TransportFailure(kind: .refused, sent: false, message: "no address"))

    /// The same request to one of the two servers.
    private func local(_ request: HTTPRequest) -> HTTPRequest? {
        guard let mark = request.url.firstRange(of: "://") else { return nil }
        let rest = request.url[mark.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let host = authority.split(separator: ":").first.map { $0.lowercased() } ?? ""
        let target = rest[authority.endIndex...]
        let port = hosts.contains(host) ? provider : stranger
        var local = request
        local.url = "http://127.0.0.1:\(port)\(target.hasPrefix("/") ? "" : "/")\(target)"
        local.headers.append(HeaderField("host", String(authority)))
        if let step = request.step { local.headers.append(HeaderField(ProviderScript.stepHeader, step)) }
        if script.willKeepSilent(about: request.method, host, String(target)) { local.timeout = Self.patience }
        return local
    }
}
