// Hostile requests that are wrong as HTTP: lengths, encodings, heads, targets.

import Foundation
import Model

/// The table.
enum HostileRequests {
    static func all(_ house: House, conversation: String) throws -> [HostileRequest] {
        try bodies(house) + signatures(house) + handshakes() + lengths() + heads() + targets(house)
            + calls(house, conversation)
    }

    /// RFC 9112 sections 6 and 7: how long a body is must be beyond doubt.
    static func lengths() -> [HostileRequest] {
        func post(_ fields: String, _ body: String = "") -> String {
            "POST /channels/shop HTTP/1.1\r\nhost: x\r\n\(fields)\r\n\r\n\(body)"
        }
        return [
            HostileRequest("a length of 100 MB", post("content-length: 104857600"), 413),
            HostileRequest("a length one beyond the limit", post("content-length: 1048577"), 413),
            HostileRequest("a negative length", post("content-length: -5"), 400),
            HostileRequest("a length with a sign", post("content-length: +5", "abcde"), 400),
            HostileRequest("a length in words", post("content-length: five"), 400),
            HostileRequest("a length beyond 64 bits", post("content-length: 99999999999999999999999"), 400),
            HostileRequest("an empty length", post("content-length: "), 400, 401),
            HostileRequest("two lengths", post("content-length: 3\r\ncontent-length: 4", "abc"), 400),
            HostileRequest(
                "a length and chunks", post("content-length: 3\r\ntransfer-encoding: chunked", "0\r\n\r\n"), 400),
            HostileRequest("a chunk size that is no number", post("transfer-encoding: chunked", "zz\r\nab\r\n"), 400),
            HostileRequest("a negative chunk size", post("transfer-encoding: chunked", "-1\r\nab\r\n"), 400),
            HostileRequest(
                "a chunk size beyond 64 bits", post("transfer-encoding: chunked", "fffffffffffffffff\r\nab\r\n"), 400),
            HostileRequest("a chunk longer than its size", post("transfer-encoding: chunked", "1\r\nabc\r\n"), 400),
            HostileRequest("an unknown transfer coding", post("transfer-encoding: gzip", "abc"), 400),
            HostileRequest("a transfer coding with a slip", post("transfer-encoding: xchunked", "0\r\n\r\n"), 400),
            HostileRequest("a hidden transfer coding", post("transfer-encoding : chunked", "0\r\n\r\n"), 400),
        ]
    }

    /// RFC 9112 sections 2, 3 and 5.
    static func heads() -> [HostileRequest] {
        func get(_ fields: String) -> String { "GET /healthz HTTP/1.1\r\nhost: x\r\n\(fields)\r\n\r\n" }
        let many = (0..<2000).map { "x-\($0): a" }.joined(separator: "\r\n")
        let wide = (0..<200).map { "x-\($0): \(String(repeating: "a", count: 1000))" }.joined(separator: "\r\n")
        let huge = String(repeating: "a", count: 200_000)
        return [
            HostileRequest("two thousand headers", get(many), 400),
            HostileRequest("200 kB of headers", get(wide), 400),
            HostileRequest("one header of 200 kB", get("x-a: \(huge)"), 400),
            HostileRequest("a header name of 200 kB", get("\(huge): a"), 400),
            HostileRequest("a URL of 200 kB", "GET /channels/\(huge) HTTP/1.1\r\nhost: x\r\n\r\n", 400),
            HostileRequest("a query of 200 kB", "GET /healthz?\(huge) HTTP/1.1\r\nhost: x\r\n\r\n", 400),
            HostileRequest("a header without a colon", get("bogus"), 400),
            HostileRequest("a header without a name", get(": a"), 400),
            HostileRequest("a blank before the colon", get("x-a : b"), 400),
            HostileRequest("a folded header", get("x-a: b\r\n c"), 400),
            HostileRequest("a zero byte in a header", get("x-a: b\u{0}c"), 400),
            HostileRequest("HTTP/0.9", "GET /healthz\r\n\r\n", 400),
            HostileRequest("HTTP/2 without asking", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
            HostileRequest("HTTP/3.7", "GET /healthz HTTP/3.7\r\nhost: x\r\n\r\n", 400),
            HostileRequest("a method of our own", "BREW /healthz HTTP/1.1\r\nhost: x\r\n\r\n", 400),
            HostileRequest("a method in lower case", "post /channels/shop HTTP/1.1\r\nhost: x\r\n\r\n", 400),
            HostileRequest("a zero byte in the method", "G\u{0}T /healthz HTTP/1.1\r\nhost: x\r\n\r\n", 400),
            HostileRequest("garbage", [(1...255).map { UInt8($0) }], 400),
            HostileRequest("a TLS hello", [[0x16, 3, 1, 2, 0, 1] + [UInt8](repeating: 97, count: 99)], 400),
            HostileRequest("zeros", [Array(repeating: 0, count: 1000)], 400),
        ]
    }

    /// RFC 9112 section 3.2, and what lies behind paths.
    static func targets(_ house: House) throws -> [HostileRequest] {
        let post = "HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}"
        let signed = try House.message("by-proxy", from: "mallory", "x")
        var absolute = signed
        absolute.target = "http://evil.example.com/channels/nowhere"
        var encoded = signed
        encoded.target = "/channels/%73hop"
        return [
            HostileRequest("an unknown channel", "POST /channels/nowhere \(post)", 404),
            HostileRequest("an unknown contract", "POST /contracts/nowhere \(post)", 404),
            HostileRequest("a channel as a contract", "POST /contracts/shop \(post)", 404),
            HostileRequest("an unknown route", "GET /admin HTTP/1.1\r\nhost: x\r\n\r\n", 404),
            HostileRequest("a method that a channel has not", "PUT /channels/shop \(post)", 405),
            HostileRequest("reading where only writing is", "GET /channels/shop HTTP/1.1\r\nhost: x\r\n\r\n", 405),
            HostileRequest("deleting a channel", "DELETE /channels/shop HTTP/1.1\r\nhost: x\r\n\r\n", 404, 405),
            HostileRequest("encoded dots and slashes", "GET /channels/..%2f..%2fetc%2fpasswd \(post)", 404),
            HostileRequest("dots and slashes", "GET /../../etc/passwd HTTP/1.1\r\nhost: x\r\n\r\n", 404),
            HostileRequest("dots to a public route", "GET /channels/../healthz HTTP/1.1\r\nhost: x\r\n\r\n", 404),
            HostileRequest("an encoded zero byte", "POST /channels/shop%00 \(post)", 404),
            HostileRequest("doubled slashes, unsigned", "POST //channels//shop \(post)", 401, 404),
            HostileRequest("an encoded slash", "POST /channels%2fshop \(post)", 404),
            HostileRequest("a broken escape", "POST /channels/%zz \(post)", 404),
            HostileRequest("an encoded name", encoded, 404),
            HostileRequest("letters outside ASCII", "POST /channels/smörgås \(post)", 400),
            HostileRequest("bytes that are no letters", [Array("GET /\u{1}".utf8) + [0xFF, 0x20, 0x0D, 0x0A]], 400),
            HostileRequest("another host's address, unknown channel", absolute, 404),
            HostileRequest("a tunnel", "CONNECT 127.0.0.1:22 HTTP/1.1\r\nhost: x\r\n\r\n", 404, 405),
            HostileRequest("asking about everything", "OPTIONS * HTTP/1.1\r\nhost: x\r\n\r\n", 404),
            HostileRequest("too many steps", "POST /channels/shop/a/b/c \(post)", 404),
        ]
    }
}
