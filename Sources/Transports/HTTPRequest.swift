// A request as a connector's programs make it, and the check that it is one request and no more.

package import Model

/// One HTTP request with its whole body.
package struct HTTPRequest: Sendable {
    /// A token of RFC 9110 section 9, in the letters it is sent in: `POST`.
    package var method: String
    /// Absolute, `http` or `https`, already percent-encoded. May hold secrets.
    package var url: String
    /// In order. `content-length`, `transfer-encoding` and `expect` are the transport's own and refused here.
    package var headers: [HeaderField]
    /// Sent as it is; nothing is assumed about its type. `HEAD` has none.
    package var body: [UInt8]
    /// From now to the last byte of the answer, look-up and waiting for a free connection included; at least 1 ms, at
    /// most a day.
    package var timeout: Duration
    /// What logs and errors may show instead of `url`.
    package var redactedURL: String
    /// Which step of a delivery it belongs to, for those who look on; never sent. `nil`: none.
    package var step: String?
    /// The longest body of the answer, bytes; `nil`: the transport's own bound. Past it the request fails, `too_large`.
    package var responseBytesMax: Int?

    package init(
        method: String, url: String, headers: [HeaderField], body: [UInt8], timeout: Duration, redactedURL: String
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.redactedURL = redactedURL
    }
}

extension HTTPRequest {
    /// Why this cannot be sent, without anything secret; `nil` when it can. A line break in a method, URL or header
    /// would make two requests of one (CWE-93), so it stops here.
    var problem: String? {
        guard (1...Self.methodBytesMax).contains(method.utf8.count), method.utf8.allSatisfy(isTokenByte) else {
            return "the method is no HTTP token"
        }
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            return "the URL holds a space or a control character"
        }
        guard ["http", "https"].contains(scheme) else { return "only http and https URLs are allowed" }
        for header in headers {
            guard !header.name.isEmpty, header.name.utf8.allSatisfy(isTokenByte) else {
                return "a header's name is no HTTP token"
            }
            guard !Self.ownHeaders.contains(header.name) else {
                return "the header \(header.name) is set by the gateway itself"
            }
            guard header.value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }) else {
                return "the value of the header \(header.name) holds a control character"
            }
        }
        return method == "HEAD" && !body.isEmpty ? "a HEAD request has no body" : nil
    }

    private var scheme: String? {
        url.firstRange(of: "://").map { url[..<$0.lowerBound].lowercased() }
    }

    /// Framing belongs to the transport: two opinions on where a body ends is request smuggling.
    private static let ownHeaders: Set<String> = ["content-length", "transfer-encoding", "expect"]
    private static let methodBytesMax = 32
}

/// RFC 9110 section 5.6.2: tchar.
private func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
}
