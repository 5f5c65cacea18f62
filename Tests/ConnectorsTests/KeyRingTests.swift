import Model
import Synchronization
import Testing
import Transports

@testable import Connectors

@Suite("Published keys are kept, renewed and asked for in measure")
struct KeyRingTests {
    /// A clock that a test moves.
    private final class Hands: Sendable {
        private let time = Mutex(ConnectorHarness.now)
        var clock: WallClock { WallClock { [self] in time.withLock { $0 } } }
        func move(_ duration: Duration) { time.withLock { $0 = $0 + duration } }
    }

    private let hands = Hands()

    private static func source(_ path: String = "/keys") throws -> KeySource {
        KeySource(
            address: try #require(WebAddress("https://keys.example.com\(path)")), isDiscovery: false, hosts: [])
    }

    private static func keys(_ names: String...) -> HTTPOutcome {
        let keys = names.map { JSON.object(["kid": .string($0)]) }
        return .answer(200, (["keys": .array(keys)] as JSON).text)
    }

    private func ring(_ transport: any HTTPTransport) -> KeyRing {
        KeyRing(ConnectorHost(transport: transport, clock: hands.clock, credentials: MemoryCredentials()))
    }

    @Test("A key that is not there is looked for again, but not within a minute")
    func unknown() async throws {
        let transport = ScriptedTransport([Self.keys("a"), Self.keys("a", "b")])
        let ring = ring(transport)
        let source = try Self.source()
        #expect(try await ring.keys(of: source, named: "a").count == 1)
        hands.move(.seconds(59))
        #expect(try await ring.keys(of: source, named: "b").isEmpty)
        #expect(transport.requests.count == 1)
        hands.move(.seconds(1))
        #expect(try await ring.keys(of: source, named: "b").count == 1)
        #expect(transport.requests.count == 2)
    }

    @Test("Keys are renewed after a day; while that fails the old ones serve for one more, and no longer")
    func renewed() async throws {
        let transport = ScriptedTransport([Self.keys("a")])
        let ring = ring(transport)
        let source = try Self.source()
        _ = try await ring.keys(of: source, named: "a")
        hands.move(KeyRing.lifetime)
        #expect(try await ring.keys(of: source, named: "a").count == 1)
        #expect(try await ring.keys(of: source, named: "a").count == 1)
        #expect(transport.requests.count == 2, "what failed is not tried again at once")
        await #expect(throws: KeyRing.Unavailable.self) { _ = try await ring.keys(of: source, named: "b") }
        hands.move(KeyRing.lifetime)
        await #expect(throws: KeyRing.Unavailable.self) { _ = try await ring.keys(of: source, named: "a") }
    }

    @Test("When the clock is put back, nothing that was noted keeps us from asking")
    func putBack() async throws {
        let transport = ScriptedTransport([.answer(500), Self.keys("a"), Self.keys("b")])
        let ring = ring(transport)
        let source = try Self.source()
        _ = try? await ring.keys(of: source, named: "a")
        hands.move(.seconds(-3600))
        #expect(try await ring.keys(of: source, named: "a").count == 1)
        hands.move(.seconds(-3600))
        #expect(try await ring.keys(of: source, named: "b").count == 1)
    }

    @Test("After a failure nothing is asked for ten seconds")
    func failure() async throws {
        let transport = ScriptedTransport([.answer(500), Self.keys("a")])
        let ring = ring(transport)
        let source = try Self.source()
        for _ in 0..<3 {
            await #expect(throws: KeyRing.Unavailable.self) { _ = try await ring.keys(of: source, named: "a") }
        }
        #expect(transport.requests.count == 1)
        hands.move(.seconds(10))
        #expect(try await ring.keys(of: source, named: "a").count == 1)
    }

    @Test("However many addresses are named, no more than twenty are asked in a minute")
    func bounded() async throws {
        let transport = ScriptedTransport((0..<30).map { _ in Self.keys("a") })
        let ring = ring(transport)
        for number in 0..<30 { _ = try? await ring.keys(of: try Self.source("/\(number)"), named: "a") }
        #expect(transport.requests.count == KeyRing.fetchesMax)
        hands.move(.seconds(60))
        #expect(try await ring.keys(of: try Self.source("/31"), named: "a").count == 1)
    }

    @Test("Many who ask at one time make one request")
    func singleFlight() async throws {
        let transport = GatedTransport(Self.keys("a"))
        let ring = ring(transport)
        let source = try Self.source()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<20 { group.addTask { try await ring.keys(of: source, named: "a").count } }
            await transport.wasAsked()
            transport.open()
            for try await count in group { #expect(count == 1) }
        }
        #expect(transport.count == 1)
    }

    @Test("Who asks for a key that is here does not wait for one who asks for another")
    func knownMeanwhile() async throws {
        let transport = GatedTransport(Self.keys("a"))
        let ring = ring(transport)
        let source = try Self.source()
        transport.open()
        #expect(try await ring.keys(of: source, named: "a").count == 1)
        await transport.wasAsked()
        transport.close()
        hands.move(KeyRing.pause)
        await withTaskGroup(of: String.self) { group in
            group.addTask {
                _ = try? await ring.keys(of: source, named: "b")
                return "b"
            }
            await transport.wasAsked()
            group.addTask {
                _ = try? await ring.keys(of: source, named: "a")
                return "a"
            }
            group.addTask {
                for _ in 0..<1000 { await Task.yield() }
                transport.open()
                return "the gate"
            }
            #expect(await group.next() == "a")
        }
    }

    @Test("A caller that goes away takes nothing from those who wait with it")
    func cancelled() async throws {
        let transport = GatedTransport(Self.keys("a"))
        let ring = ring(transport)
        let source = try Self.source()
        await withTaskGroup(of: Int?.self) { group in
            group.addTask { try? await ring.keys(of: source, named: "a").count }
            await transport.wasAsked()
            group.cancelAll()
            transport.fail()
            #expect(await group.next() == .some(nil))
        }
        transport.open()
        #expect(try await ring.keys(of: source, named: "a").count == 1)
    }
}

/// Answers nobody until it is opened, and tells when it was asked.
private final class GatedTransport: HTTPTransport {
    private let answer: HTTPOutcome
    private let asked = AsyncStream<Void>.makeStream()
    private let state = Mutex<(isOpen: Bool, count: Int, waiting: [CheckedContinuation<HTTPOutcome, Never>])>(
        (false, 0, []))

    init(_ answer: HTTPOutcome) { self.answer = answer }

    var count: Int { state.withLock { $0.count } }

    func wasAsked() async { for await _ in asked.stream { return } }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(returning: answer) }
    }

    /// Lets nobody through any more.
    func close() { state.withLock { $0.isOpen = false } }

    /// Those who wait get nothing, as when their task is cancelled.
    func fail() {
        let waiting = state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(returning: .lost(.reset, sent: true)) }
    }

    func send(_ request: HTTPRequest) async -> HTTPOutcome {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                state.count += 1
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume(returning: answer) }
            asked.continuation.yield()
        }
    }
}
