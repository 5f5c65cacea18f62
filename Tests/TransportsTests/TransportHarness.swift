// What the transport's tests share: a transport that may reach loopback, and short ways to make requests.

import Model
import Testing

@testable import Transports

/// One transport for one test; ends with it.
struct TransportHarness: ~Copyable {
    let transport: CurlTransport

    init(
        allowing ranges: [String] = ["127.0.0.0/8", "::1"], responseBytesMax: Int = 1_000_000,
        hostAddresses: [String] = []
    ) throws {
        let allowed = try ranges.map { try #require(AddressRange($0)) }
        var settings = CurlSettings(
            addressGuard: AddressGuard(allowing: allowed), responseBytesMax: responseBytesMax, userAgent: "samtal/test")
        settings.hostAddresses = hostAddresses
        transport = CurlTransport(settings)
    }

    deinit {
        transport.shutdown()
    }

    func send(_ request: HTTPRequest) async -> HTTPOutcome { await transport.send(request) }

    func response(_ request: HTTPRequest) async throws -> HTTPResponse {
        try #require(await transport.send(request).response)
    }

    func failure(_ request: HTTPRequest) async throws -> TransportFailure {
        try #require(await transport.send(request).failure)
    }
}

extension HTTPRequest {
    /// A request to a server on this machine, or to any URL.
    static func to(
        _ port: UInt16, _ path: String = "/", method: String = "POST", body: String = "", headers: [HeaderField] = [],
        timeout: Duration = .seconds(20)
    ) -> HTTPRequest {
        var request = HTTPRequest.to(url: "http://127.0.0.1:\(port)\(path)", method: method, timeout: timeout)
        request.headers = headers
        request.body = Array(body.utf8)
        return request
    }

    static func to(url: String, method: String = "GET", timeout: Duration = .seconds(20)) -> HTTPRequest {
        HTTPRequest(
            method: method, url: url, headers: [], body: [], timeout: timeout, redactedURL: "http://host/redacted")
    }
}

extension HTTPOutcome {
    var response: HTTPResponse? { if case .response(let response) = self { response } else { nil } }
    var failure: TransportFailure? { if case .failure(let failure) = self { failure } else { nil } }
}

extension HTTPResponse {
    var text: String { String(decoding: body, as: UTF8.self) }

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}
