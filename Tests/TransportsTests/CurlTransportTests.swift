// Requests and answers that come through.

import Model
import Testing

@testable import Transports

@Suite("HTTP exchanges", .timeLimit(.minutes(1)))
struct CurlTransportTests {
    @Test("A POST arrives as it was made, and its answer comes back whole")
    func post() async throws {
        let server = try LoopbackServer { request in
            .answer(
                201, "got " + String(decoding: request.body, as: UTF8.self), headers: ["X-Answer:  yes \t", "X-None:"])
        }
        let harness = try TransportHarness()
        let response = try await harness.response(
            .to(
                server.port, "/a/b?c=d%20e", body: #"{"t":"hé👋"}"#,
                headers: [
                    HeaderField("content-type", "application/json"), HeaderField("X-Key", "k1"),
                    HeaderField("x-blank", ""),
                ]))
        #expect(response.status == 201)
        #expect(response.text == #"got {"t":"hé👋"}"#)
        #expect(response.header("x-answer") == "yes")
        #expect(response.header("x-none") == "")
        let seen = try #require(server.requests.first)
        #expect(seen.method == "POST")
        #expect(seen.target == "/a/b?c=d%20e")
        #expect(seen.headers["content-type"] == "application/json")
        #expect(seen.headers["x-key"] == "k1")
        #expect(seen.headers["x-blank"] == "")
        #expect(seen.headers["user-agent"] == "samtal/test")
        #expect(seen.headers["content-length"] == "15")
        #expect(seen.headers["expect"] == nil)
    }

    @Test(
        "A method goes out as it is, with the body that it was given",
        arguments: [
            ("GET", ""), ("GET", "x"), ("PUT", "x"), ("PUT", ""), ("PATCH", "x"), ("DELETE", ""), ("DELETE", "x"),
            ("POST", ""), ("OPTIONS", ""), ("REPORT", "x"),
        ])
    func methods(method: String, body: String) async throws {
        let server = try LoopbackServer { _ in .answer(200, "ok") }
        let response = try await TransportHarness().response(.to(server.port, method: method, body: body))
        #expect(response.text == "ok")
        let seen = try #require(server.requests.first)
        #expect(seen.method == method)
        #expect(seen.body == Array(body.utf8))
        let expectsLength = !body.isEmpty || ["POST", "PUT", "PATCH"].contains(method)
        #expect(seen.headers["content-length"] == (expectsLength ? "\(body.utf8.count)" : nil))
        #expect(seen.headers["content-type"] == nil)
        #expect(seen.headers["transfer-encoding"] == nil)
    }

    @Test("HEAD gives the header fields and waits for no body")
    func head() async throws {
        let server = try LoopbackServer { _ in
            .bytes(Array("HTTP/1.1 200 OK\r\nContent-Length: 500\r\nETag: e\r\n\r\n".utf8))
        }
        let response = try await TransportHarness().response(.to(server.port, method: "HEAD"))
        #expect(response.status == 200)
        #expect(response.header("etag") == "e")
        #expect(response.body.isEmpty)
        #expect(server.requests.first?.method == "HEAD")
    }

    @Test("A body of three megabytes goes out whole, without waiting for 100 Continue")
    func largeBody() async throws {
        let server = try LoopbackServer { .answer(200, "\($0.body.count) \($0.body.last ?? 0)") }
        var request = HTTPRequest.to(server.port)
        request.body = [UInt8](repeating: 1, count: 3_000_000) + [7]
        #expect(try await TransportHarness().response(request).text == "3000001 7")
        #expect(server.requests.first?.headers["expect"] == nil)
    }

    @Test("A server's error is a response", arguments: [400, 401, 404, 429, 500, 503])
    func errorStatus(status: Int) async throws {
        let server = try LoopbackServer { _ in .answer(status, "no", headers: ["Retry-After: 7"]) }
        let response = try await TransportHarness().response(.to(server.port))
        #expect(response.status == status)
        #expect(response.text == "no")
        #expect(response.header("retry-after") == "7")
    }

    @Test("A redirect is given back and not followed", arguments: [301, 302, 303, 307, 308])
    func redirect(status: Int) async throws {
        let server = try LoopbackServer { _ in .answer(status, headers: ["Location: /elsewhere"]) }
        let response = try await TransportHarness().response(.to(server.port, "/here", method: "GET"))
        #expect(response.status == status)
        #expect(response.header("location") == "/elsewhere")
        #expect(server.requests.map(\.target) == ["/here"])
    }

    @Test("Interim answers are passed over, and a body without length ends with the connection")
    func interim() async throws {
        let server = try LoopbackServer { _ in
            .last(
                Array(
                    "HTTP/1.1 103 Early Hints\r\nLink: early\r\n\r\nHTTP/1.1 200 OK\r\nX-A: 1\r\nX-A: 2\r\n\r\nrest"
                        .utf8))
        }
        let response = try await TransportHarness().response(.to(server.port, method: "GET"))
        #expect(response.status == 200)
        #expect(response.headers == [HeaderField("x-a", "1"), HeaderField("x-a", "2")])
        #expect(response.text == "rest")
    }

    @Test("Requests after one another share a connection")
    func keepAlive() async throws {
        let server = try LoopbackServer { _ in .answer(200, "ok") }
        let harness = try TransportHarness()
        for number in 0..<10 {
            #expect(try await harness.response(.to(server.port, "/\(number)", body: "b")).status == 200)
        }
        #expect(server.requests.count == 10)
        #expect(server.connections == 1)
    }

    @Test("A thousand requests at one time are all answered, each with its own answer, within the limit of connections")
    func thousand() async throws {
        let server = try LoopbackServer { .answer(200, "\($0.target) \(String(decoding: $0.body, as: UTF8.self))") }
        let harness = try TransportHarness()
        let transport = harness.transport
        let answers = await withTaskGroup(of: (Int, String?).self) { group in
            for number in 0..<1000 {
                group.addTask {
                    let request = HTTPRequest.to(
                        server.port, "/\(number)", body: "b\(number)", timeout: .seconds(50))
                    return (number, await transport.send(request).response?.text)
                }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(answers.count == 1000)
        #expect(answers.allSatisfy { $1 == "/\($0) b\($0)" })
        #expect(server.openMax <= CurlSettings.connectionsPerHostMax)
    }

    @Test("IPv6 hosts are reached")
    func ipv6() async throws {
        let server = try LoopbackServer(on: "::1") { _ in .answer(200, "six") }
        let response = try await TransportHarness().response(.to(url: "http://[::1]:\(server.port)/"))
        #expect(response.text == "six")
    }
}
