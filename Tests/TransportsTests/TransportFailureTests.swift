// What goes wrong on the way, and whether the request had left by then.

import Model
import Testing

@testable import Transports

@Suite("HTTP failures", .timeLimit(.minutes(1)))
struct TransportFailureTests {
    @Test("A server that does not answer in time is a timeout, and the request had left")
    func timeout() async throws {
        let server = try LoopbackServer { _ in .silence }
        let failure = try await TransportHarness().failure(
            .to(server.port, body: "x", timeout: .milliseconds(250)))
        #expect(failure.kind == .timeout)
        #expect(failure.sent)
        #expect(failure.message == "POST http://host/redacted: no whole answer within the timeout of 0.25 s")
        #expect(server.requests.count == 1)
    }

    @Test("An answer that stops half way is a timeout too")
    func halfAnswer() async throws {
        let server = try LoopbackServer { _ in .bytes(Array("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf".utf8)) }
        let failure = try await TransportHarness().failure(.to(server.port, timeout: .milliseconds(250)))
        #expect(failure.kind == .timeout)
        #expect(failure.sent)
    }

    @Test("A timeout of zero or less still ends", arguments: [Duration.zero, .seconds(-1), .microseconds(1)])
    func noTime(timeout: Duration) async throws {
        let server = try LoopbackServer { _ in .silence }
        #expect(try await TransportHarness().failure(.to(server.port, timeout: timeout)).kind == .timeout)
    }

    @Test("A request that waits for a free connection ends in its own time, and nothing of it had left")
    func waiting() async throws {
        let server = try LoopbackServer { _ in .silence }
        let harness = try TransportHarness()
        let transport = harness.transport
        let late = await withTaskGroup(of: Void.self) { group in
            for _ in 0..<CurlSettings.connectionsPerHostMax {
                group.addTask { _ = await transport.send(.to(server.port, timeout: .seconds(50))) }
            }
            var arrived = 0
            for await _ in server.arrivals {
                arrived += 1
                if arrived == CurlSettings.connectionsPerHostMax { break }
            }
            let late = await transport.send(.to(server.port, "/late", timeout: .milliseconds(250)))
            group.cancelAll()
            return late.failure
        }
        #expect(late?.kind == .timeout)
        #expect(late?.sent == false)
        #expect(!server.requests.contains { $0.target == "/late" })
    }

    @Test("A closed port is a failure to connect, and nothing had left")
    func closedPort() async throws {
        let port = try LoopbackServer { _ in .silence }.port
        let failure = try await TransportHarness().failure(.to(port, body: "x"))
        #expect(failure.kind == .connect)
        #expect(!failure.sent)
    }

    @Test("A server that reads and then resets is a reset, and the request had left")
    func reset() async throws {
        let server = try LoopbackServer { _ in .reset }
        let failure = try await TransportHarness().failure(.to(server.port, body: "x"))
        #expect(failure.kind == .reset)
        #expect(failure.sent)
        #expect(server.requests.count == 1)
    }

    @Test(
        "An answer that breaks off or is no HTTP is a reset",
        arguments: [
            "", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "SSH-2.0-server\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
        ])
    func brokenAnswer(answer: String) async throws {
        let server = try LoopbackServer { _ in .last(Array(answer.utf8)) }
        let failure = try await TransportHarness().failure(.to(server.port, body: "x"))
        #expect(failure.kind == .reset)
        #expect(failure.sent)
    }

    @Test("A POST on a kept connection that ends without an answer is not sent again", arguments: ["x", ""])
    func noSecondPost(body: String) async throws {
        let server = try LoopbackServer { $0.target == "/1" ? .answer(200) : .last([]) }
        let harness = try TransportHarness()
        #expect(try await harness.response(.to(server.port, "/1", body: body)).status == 200)
        let failure = try await harness.failure(.to(server.port, "/2", body: body))
        #expect(failure.kind == .reset)
        #expect(failure.sent)
        #expect(server.requests.map(\.target) == ["/1", "/2"])
    }

    @Test("A GET on a kept connection that ends without an answer is sent again on a new one")
    func secondGet() async throws {
        let server = try LoopbackServer { $0.target == "/2" && $0.connection == 1 ? .last([]) : .answer(200) }
        let harness = try TransportHarness()
        for target in ["/1", "/2"] {
            #expect(try await harness.response(.to(server.port, target, method: "GET")).status == 200)
        }
        #expect(server.requests.map(\.target) == ["/1", "/2", "/2"])
    }

    @Test("A PUT on a kept connection that ends without an answer is not sent again by itself")
    func secondPut() async throws {
        let server = try LoopbackServer { $0.target == "/2" && $0.connection == 1 ? .last([]) : .answer(200) }
        let harness = try TransportHarness()
        #expect(try await harness.response(.to(server.port, "/1", method: "PUT", body: "abc")).status == 200)
        let outcome = await harness.send(.to(server.port, "/2", method: "PUT", body: "abc"))
        #expect(outcome.failure?.kind == .reset)
        #expect(outcome.failure?.sent == true)
        #expect(server.requests.map(\.target) == ["/1", "/2"])
    }

    @Test(
        "An answer of the largest size passes, and one byte more is too large",
        arguments: [
            (1000, true), (1001, false), (5_000_000, false),
        ])
    func size(count: Int, passes: Bool) async throws {
        let body = String(repeating: "x", count: count)
        let server = try LoopbackServer { _ in .answer(200, body) }
        let outcome = await try TransportHarness(responseBytesMax: 1000).send(.to(server.port))
        #expect(outcome.response?.body.count == (passes ? count : nil))
        #expect(outcome.failure?.kind == (passes ? nil : .tooLarge))
        #expect(outcome.failure?.sent != false)
    }

    @Test(
        "A request may bound its own answer, below the transport's bound or above it",
        arguments: [(999, 1000, true), (1001, 1000, false), (5000, 5000, true)])
    func ownSize(count: Int, bytesMax: Int, passes: Bool) async throws {
        let body = String(repeating: "x", count: count)
        let server = try LoopbackServer { _ in .answer(200, body) }
        var request = HTTPRequest.to(server.port)
        request.responseBytesMax = bytesMax
        let outcome = try await TransportHarness(responseBytesMax: 2000).send(request)
        #expect(outcome.response?.body.count == (passes ? count : nil))
        #expect(outcome.failure?.kind == (passes ? nil : .tooLarge))
        #expect(outcome.failure.map { $0.message.contains("larger than \(bytesMax) bytes") } ?? true)
    }

    @Test(
        "A header section past its limit is too large, in one field or in many", arguments: [(1, 70_000), (700, 100)])
    func headerSize(fields: Int, length: Int) async throws {
        let line = "X-Long: " + String(repeating: "x", count: length)
        let server = try LoopbackServer { _ in .answer(200, headers: Array(repeating: line, count: fields)) }
        let failure = try await TransportHarness().failure(.to(server.port))
        #expect(failure.kind == .tooLarge)
        #expect(failure.sent)
    }

    @Test("A name that cannot be looked up is a failure of dns")
    func dns() async throws {
        // RFC 1035 section 2.3.4: a label has at most 63 bytes, so no name server is asked.
        let failure = try await TransportHarness().failure(
            .to(url: "http://\(String(repeating: "a", count: 64)).test/"))
        #expect(failure.kind == .dns)
        #expect(!failure.sent)
    }

    @Test("A server that speaks no TLS is a failure of tls, and nothing had left")
    func tls() async throws {
        let peer = try LoopbackServer(greeting: Array("HTTP/1.1 400 Bad Request\r\n\r\n".utf8))
        let failure = try await TransportHarness().failure(.to(url: "https://127.0.0.1:\(peer.port)/"))
        #expect(failure.kind == .tls)
        #expect(!failure.sent)
    }

    @Test("A cancelled request ends as a reset, and its connection is closed")
    func cancellation() async throws {
        let server = try LoopbackServer { _ in .silence }
        let harness = try TransportHarness()
        let transport = harness.transport
        let outcome = await withTaskGroup(of: HTTPOutcome.self) { group in
            group.addTask { await transport.send(.to(server.port, body: "x")) }
            for await _ in server.arrivals { break }
            group.cancelAll()
            return await group.next()
        }
        #expect(outcome?.failure?.kind == .reset)
        #expect(outcome?.failure?.sent == true)
        for await number in server.departures {
            #expect(number == 1)
            break
        }
    }

    @Test("A task that is cancelled beforehand sends nothing")
    func cancelledBefore() async throws {
        let server = try LoopbackServer { _ in .answer(200) }
        let harness = try TransportHarness()
        let transport = harness.transport
        let outcome = await withTaskGroup(of: HTTPOutcome.self) { group in
            group.cancelAll()
            group.addTask { await transport.send(.to(server.port, body: "x")) }
            return await group.next()
        }
        #expect(outcome?.failure?.kind == .reset)
        #expect(outcome?.failure?.sent == false)
        #expect(server.connections == 0)
        #expect(try await harness.response(.to(server.port)).status == 200)
    }

    @Test("Shutdown ends what is under way and refuses what comes later")
    func shutdown() async throws {
        let server = try LoopbackServer { _ in .silence }
        let harness = try TransportHarness()
        let transport = harness.transport
        async let waiting = transport.send(.to(server.port, body: "x"))
        for await _ in server.arrivals { break }
        transport.shutdown()
        transport.shutdown()
        let failure = try #require(await waiting.failure)
        #expect(failure.kind == .reset)
        #expect(failure.sent)
        let later = try await harness.failure(.to(server.port))
        #expect(later.kind == .connect)
        #expect(!later.sent)
        #expect(server.requests.count == 1)
    }

    @Test("Many requests cancelled in the middle each end once, and the transport goes on")
    func cancelledCrowd() async throws {
        let server = try LoopbackServer { $0.target == "/slow" ? .silence : .answer(200) }
        let harness = try TransportHarness()
        let transport = harness.transport
        let kinds = await withTaskGroup(of: TransportFailure.Kind?.self) { group in
            for _ in 0..<300 { group.addTask { await transport.send(.to(server.port, "/slow")).failure?.kind } }
            for await _ in server.arrivals { break }
            group.cancelAll()
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(kinds.count == 300)
        #expect(kinds.allSatisfy { $0 == .reset })
        #expect(try await harness.response(.to(server.port, "/next")).status == 200)
    }
}
