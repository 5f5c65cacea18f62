// The posts of the benchmarks: as the generic webhook takes and makes them.

import Model
import Signing
import Transports

/// Posts JSON to one address, signed as Standard Webhooks 1.0 says, by the client that the gateway uses.
struct SignedPost: Sendable {
    private let url: String
    private let signer: WebhookSigner
    private let transport: CurlTransport

    /// What the gateways of the benchmarks are configured with; it guards nothing.
    static let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    /// Longer than any queue that a benchmark makes.
    static let timeout = Duration.seconds(60)

    /// - Parameter url: on this machine.
    init(url: String) throws {
        self.url = url
        signer = try WebhookSigner(keys: [Self.secret])
        let here = ["127.0.0.0/8", "::1"].compactMap { AddressRange($0) }
        transport = CurlTransport(
            guard: AddressGuard(allowing: here), responseBytesMax: 1_000_000, userAgent: "samtal-bench")
    }

    /// Makes one post.
    /// - Returns: the status; `nil`: there was no answer.
    func send(_ body: JSON, id: String, type: String) async -> Int? {
        let bytes = body.bytes
        let headers = signer.headers(id: id, at: WallClock.system.now, body: bytes)
        let request = HTTPRequest(
            method: "POST", url: url,
            headers: [HeaderField("content-type", type), HeaderField("idempotency-key", id)] + headers,
            body: bytes, timeout: Self.timeout, redactedURL: url)
        guard case .response(let response) = await transport.send(request) else { return nil }
        return response.status
    }

    func close() { transport.shutdown() }
}
