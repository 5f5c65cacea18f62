// Answers that do not end.

import Model
import Synchronization
import Testing

@testable import Transports

@Suite("Answers that are taken as they come", .timeLimit(.minutes(1)))
struct StreamTests {
    /// An answer without an end: no length, and the connection stays open.
    private static func endless(_ content: String, status: Int = 200) -> LoopbackServer.Reply {
        .bytes(Array("HTTP/1.1 \(status) OK\r\nContent-Type: text/event-stream\r\n\r\n\(content)".utf8))
    }

    @Test("What comes is handed over before the answer has ended, and giving up ends it")
    func asItComes() async throws {
        let server = try LoopbackServer { _ in Self.endless("data: one\n\n") }
        let harness = try TransportHarness()
        let (pieces, continuation) = AsyncStream.makeStream(of: String.self)
        let transport = harness.transport
        let outcome = await withTaskGroup(of: HTTPOutcome?.self) { group in
            group.addTask {
                await transport.stream(
                    .to(server.port),
                    into: HTTPStream(idle: .seconds(30)) { bytes in
                        continuation.yield(String(decoding: bytes, as: UTF8.self))
                        return true
                    })
            }
            var iterator = pieces.makeAsyncIterator()
            #expect(await iterator.next() == "data: one\n\n")
            group.cancelAll()
            return await group.next() ?? nil
        }
        #expect(outcome?.failure?.kind == .reset)
    }

    @Test("Silence for longer than the other side may keep ends it as a timeout")
    func silence() async throws {
        let server = try LoopbackServer { _ in Self.endless(": hello\n\n") }
        let harness = try TransportHarness()
        let outcome = await harness.transport.stream(
            .to(server.port), into: HTTPStream(idle: .seconds(1)) { _ in true })
        #expect(outcome.failure?.kind == .timeout)
        #expect(outcome.failure?.message.hasSuffix("nothing came for too long") == true)
    }

    @Test("A sign of life is one, however short it is")
    func heartbeats() async throws {
        let server = try LoopbackServer { _ in
            let head = Array("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n".utf8)
            return .slow(head, then: Array("\n\n\n\n".utf8), every: 1300)
        }
        let harness = try TransportHarness()
        let outcome = await harness.transport.stream(
            .to(server.port), into: HTTPStream(idle: .seconds(2)) { _ in true })
        #expect(outcome.response?.status == 200)
    }

    @Test("An answer that is no success comes whole, and nothing of it is handed over")
    func refused() async throws {
        let server = try LoopbackServer { _ in .answer(401, "who are you") }
        let harness = try TransportHarness()
        let taken = Mutex(0)
        let outcome = await harness.transport.stream(
            .to(server.port),
            into: HTTPStream(idle: .seconds(30)) { bytes in
                taken.withLock { $0 += bytes.count }
                return true
            })
        #expect(outcome.response?.status == 401)
        #expect(outcome.response?.text == "who are you")
        #expect(taken.withLock { $0 } == 0)
    }

    @Test("An answer of any length is handed over, for none of it is kept")
    func long() async throws {
        let server = try LoopbackServer { _ in .answer(200, String(repeating: "x", count: 300_000)) }
        let harness = try TransportHarness(responseBytesMax: 1000)
        let taken = Mutex(0)
        let outcome = await harness.transport.stream(
            .to(server.port),
            into: HTTPStream(idle: .seconds(30)) { bytes in
                taken.withLock { $0 += bytes.count }
                return true
            })
        #expect(outcome.response?.status == 200)
        #expect(outcome.response?.body.isEmpty == true)
        #expect(taken.withLock { $0 } == 300_000)
    }

    @Test("Who wants no more ends it")
    func enough() async throws {
        let server = try LoopbackServer { _ in Self.endless("data: one\n\n") }
        let harness = try TransportHarness()
        let outcome = await harness.transport.stream(
            .to(server.port), into: HTTPStream(idle: .seconds(30)) { _ in false })
        #expect(outcome.failure?.kind == .reset)
        #expect(outcome.failure?.sent == true)
    }
}
