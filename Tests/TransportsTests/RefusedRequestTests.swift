// Requests that must never leave: forbidden addresses, forbidden schemes, and two requests in the clothes of one.

import Model
import Testing

@testable import Transports

@Suite("Refused requests", .timeLimit(.minutes(1)))
struct RefusedRequestTests {
    @Test(
        "Loopback is refused in every spelling when it is not allowed, and nothing connects",
        arguments: [
            "127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "LOCALHOST", "0.0.0.0", "0",
            "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
        ])
    func loopback(host: String) async throws {
        let server = try LoopbackServer { _ in .answer(200) }
        let failure = try await TransportHarness(allowing: []).failure(.to(url: "http://\(host):\(server.port)/"))
        #expect(failure.kind == .refused)
        #expect(!failure.sent)
        #expect(server.connections == 0)
    }

    @Test("IPv6 loopback is refused when only IPv4 loopback is allowed")
    func ipv6() async throws {
        let server = try LoopbackServer(on: "::1") { _ in .answer(200) }
        let failure = try await TransportHarness(allowing: ["127.0.0.0/8"]).failure(
            .to(url: "http://[::1]:\(server.port)/"))
        #expect(failure.kind == .refused)
        #expect(server.connections == 0)
    }

    @Test(
        "Of a name's addresses only permitted ones are connected to, in whatever order they come",
        arguments: [
            "10.0.0.1,127.0.0.2,127.0.0.1", "127.0.0.2,127.0.0.1", "[::1],127.0.0.1", "127.0.0.1,[::1],169.254.169.254",
            "127.0.0.1,127.0.0.2", "10.0.0.1,10.0.0.2,10.0.0.3,10.0.0.4,[fd00::1],[fd00::2],127.0.0.1",
        ])
    func severalAddresses(addresses: String) async throws {
        let good = try LoopbackServer { _ in .answer(200, "good") }
        let harness = try TransportHarness(
            allowing: ["127.0.0.1"], hostAddresses: ["mixed.test:\(good.port):\(addresses)"])
        // Left alone, libcurl stalls at each refused address, for seconds.
        let response = try await harness.response(
            .to(url: "http://mixed.test:\(good.port)/", timeout: .seconds(4)))
        #expect(response.text == "good")
    }

    @Test("A name with refused addresses only is refused")
    func onlyRefused() async throws {
        let server = try LoopbackServer { _ in .answer(200) }
        let harness = try TransportHarness(
            allowing: [], hostAddresses: ["inside.test:\(server.port):127.0.0.1,10.0.0.1,[::1]"])
        let failure = try await harness.failure(.to(url: "http://inside.test:\(server.port)/"))
        #expect(failure.kind == .refused)
        #expect(!failure.sent)
        #expect(server.connections == 0)
    }

    @Test("A permitted address that nobody listens on is a failure to connect, also beside refused ones")
    func mixedDead() async throws {
        let port = try LoopbackServer { _ in .silence }.port
        let harness = try TransportHarness(
            allowing: ["127.0.0.1"], hostAddresses: ["dead.test:\(port):10.0.0.1,127.0.0.1"])
        #expect(try await harness.failure(.to(url: "http://dead.test:\(port)/")).kind == .connect)
    }

    @Test(
        "Other schemes and malformed URLs are refused",
        arguments: [
            "ftp://127.0.0.1/x", "file:///etc/passwd", "gopher://127.0.0.1/", "dict://127.0.0.1/", "unix:///run/x",
            "smtp://127.0.0.1/", "127.0.0.1/x", "//127.0.0.1/", "", "http:/127.0.0.1", "http://", "http://[::1/",
            "http://127.0.0.1:99999/", "ftp://x/?u=http://127.0.0.1/", "http://a b/", "http://a/\r\nX-Y: z",
            "http://a/\u{0}",
        ])
    func urls(url: String) async throws {
        let failure = try await TransportHarness().failure(.to(url: url))
        #expect(failure.kind == .refused)
        #expect(!failure.sent)
    }

    @Test(
        "A line break in a header or method is refused",
        arguments: [
            ("POST", HeaderField("x-a", "b\r\nX-Injected: 1")), ("POST", HeaderField("x-a", "b\nc")),
            ("POST", HeaderField("x-a", "b\u{0}")), ("POST", HeaderField("x-a\r\nx-b", "c")),
            ("POST", HeaderField("", "c")), ("POST", HeaderField("x a", "c")), ("POST", HeaderField("x:a", "c")),
            ("POST", HeaderField("content-length", "0")), ("POST", HeaderField("Transfer-Encoding", "chunked")),
            ("GET /x HTTP/1.1\r\nX-Y: z", HeaderField("x-a", "b")),
            ("", HeaderField("x-a", "b")), ("PO ST", HeaderField("x-a", "b")),
        ])
    func injection(method: String, header: HeaderField) async throws {
        let server = try LoopbackServer { _ in .answer(200) }
        let failure = try await TransportHarness().failure(
            .to(server.port, method: method, body: "x", headers: [header]))
        #expect(failure.kind == .refused)
        #expect(!failure.sent)
        #expect(server.connections == 0)
        #expect(!failure.message.contains("Injected"))
        #expect(failure.message.utf8.allSatisfy { $0 >= 0x20 })
    }

    @Test(
        "No failure tells the URL, its query, its host or a header's value",
        arguments: [
            "http://127.0.0.1:1/bot-s3cr3t?token=s3cr3t", "http://s3cr3t.\(String(repeating: "a", count: 64)).test/",
            "ftp://s3cr3t/", "http://10.0.0.1/s3cr3t", "https://127.0.0.1:1/s3cr3t", "http://u:s3cr3t@127.0.0.1:1/",
            "http://[s3cr3t/", "http://a/ s3cr3t",
        ])
    func silent(url: String) async throws {
        var request = HTTPRequest.to(url: url)
        request.headers = [HeaderField("authorization", "Bearer s3cr3t")]
        let failure = try await TransportHarness().failure(request)
        let told = "\(failure) \(String(reflecting: failure)) \(failure.message)"
        #expect(!told.contains("s3cr3t"))
        #expect(!told.contains("127.0.0.1"))
        #expect(told.contains("http://host/redacted"))
    }

    @Test("A body with HEAD is refused")
    func headBody() async throws {
        let failure = try await TransportHarness().failure(.to(1, method: "HEAD", body: "x"))
        #expect(failure.kind == .refused)
    }
}
