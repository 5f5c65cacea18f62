// One connection of a stream: events are mapped and committed one by one, with the cursor that stands after each.

import Model
import Transports

/// How a connection ended.
package struct StreamReport: Sendable, Hashable {
    /// Events that were taken.
    package var taken = 0
    /// `nil`: the other side ended it.
    package var failure: PollFailure?
    /// How long the other side asks to wait before the next connection; `nil`: it does not say.
    package var retry: Duration?
    /// What a program said of single events; they were left out.
    package var complaints: Set<String> = []
}

extension Connector {
    /// The ids of its streams, in the order of the file.
    package var streams: [String] { boundStreams.map(\.declaration.id) }

    /// Keeps one connection for as long as it lasts.
    /// - Parameters:
    ///   - state: where the stream stands: the cursor's value and the keys of late items.
    ///   - take: commits the items of one event with the state after it; when it throws, the connection ends and its
    ///     error is thrown.
    /// - Returns: how it ended. What was taken before stands.
    package func stream(
        _ id: String, from state: PollState, taking take: (PollBatch) async throws -> Void
    ) async throws -> StreamReport {
        guard let stream = boundStreams.first(where: { $0.declaration.id == id }) else { return StreamReport() }
        var run = StreamConnection(connector: self, stream: stream, state: state)
        do {
            return try await run.run(take)
        } catch let mistake as SendMistake {
            return run.ended(mistake.outcome, mistake.reason)
        } catch let failure as CallFailure {
            return run.ended(failure.outcome, failure.reason)
        } catch let error as JQError {
            return run.ended(.permanent, error.description)
        } catch let error as MappingError {
            return run.ended(.permanent, "\(stream.request.name): stream \(id): request: \(error)")
        }
    }
}

/// A connection on its way.
private struct StreamConnection {
    let connector: Connector
    let stream: BoundStream
    var state: PollState
    private var report = StreamReport()

    init(connector: Connector, stream: BoundStream, state: PollState) {
        self.connector = connector
        self.stream = stream
        self.state = state
    }

    mutating func run(_ take: (PollBatch) async throws -> Void) async throws -> StreamReport {
        let inbox = StreamInbox()
        let order = try await order()
        let (connector, idle) = (connector, stream.declaration.idle)
        async let outcome = {
            defer { inbox.end() }
            return await connector.keep(order, idle: idle, into: inbox)
        }()
        var reader = EventReader(stream.declaration.format, lastID: state.value)
        for await bytes in inbox.pieces {
            for event in reader.take(bytes) { try await accept(event, take) }
            inbox.done(with: bytes)
            if reader.isTooLong { break }
        }
        report.retry = reader.retry
        if reader.isTooLong { return ended(.permanent, "an event is longer than 1 MB") }
        let (view, verdict) = try await outcome.get()
        guard !verdict.isDone else { return report }
        report.failure = PollFailure(
            outcome: verdict.outcome, reason: connector.reason(view, verdict) ?? verdict.outcome.rawValue,
            wait: verdict.wait)
        return report
    }

    private func order() async throws -> Order {
        let now = connector.host.clock.now
        let input: JSON = ["cursor": JSON(state.value) ?? .null, "session": try await connector.grants().visible]
        let outputs = try await connector.machine.run(stream.request, .json(input), request: [:], now: now)
        guard var output = outputs.first, outputs.count == 1 else {
            throw MappingError(path: "", problem: "gave \(outputs.count) outputs, one is needed")
        }
        if stream.declaration.format == .sse, case .object(var members) = output {
            var headers = members["headers"]?.object ?? [:]
            headers["Accept"] = headers["Accept"] ?? "text/event-stream"
            if let id = state.value, stream.cursor == nil { headers["Last-Event-ID"] = .string(id) }
            members["headers"] = .object(headers)
            output = .object(members)
        }
        let rendered = try RenderedRequest(mapping: output, defaultMethod: "GET")
        let key = "stream-\(stream.declaration.id)"
        return Order(
            rendered: rendered, key: key, made: try await connector.authorised(rendered, key: key, now: now))
    }

    /// Takes the items of one event, those that were not taken of late.
    private mutating func accept(_ event: JSON, _ take: (PollBatch) async throws -> Void) async throws {
        let before = state
        var items: [PolledItem] = []
        for item in await outputs(of: stream.items, over: event) ?? [Self.usualItem(of: event, stream.declaration)] {
            let key = await text(stream.key, over: item) ?? PollRun.digest(item)
            guard !state.keys.contains(key) else { continue }
            state.remember([key])
            items.append(try await connector.polled(item, key: key, poll: stream.declaration.id, of: nil))
        }
        if let cursor = await cursor(after: event) { state.value = cursor }
        state.started = true
        guard !items.isEmpty || state.value != before.value else { return }
        try await take(PollBatch(items, from: before, to: state))
        report.taken += items.count
    }

    private static func usualItem(of event: JSON, _ declaration: StreamDeclaration) -> JSON {
        declaration.format == .sse ? event["data"] : event
    }

    private mutating func cursor(after event: JSON) async -> String? {
        if let program = stream.cursor { return await text(program, over: event) }
        return stream.declaration.format == .sse ? event["id"].string : nil
    }

    private mutating func text(_ program: JQProgram?, over input: JSON) async -> String? {
        await outputs(of: program, over: input)?.first.flatMap { PollRun.identifier($0) }
    }

    /// What a program gives; `nil` without a program, nothing when it fails, with a complaint.
    private mutating func outputs(of program: JQProgram?, over input: JSON) async -> [JSON]? {
        guard let program else { return nil }
        do throws(JQError) {
            return try await connector.machine.run(
                program, .json(input), request: [:], now: connector.host.clock.now)
        } catch {
            report.complaints.insert(error.description)
            return []
        }
    }

    func ended(_ outcome: OutcomeClass, _ reason: String) -> StreamReport {
        var report = report
        let redacted = connector.sender?.redactor.redacted(reason) ?? reason
        report.failure = PollFailure(outcome: outcome, reason: redacted, wait: nil)
        return report
    }
}

extension Connector {
    /// How long one connection may last; after that it is made again.
    private static let connectionMax = Duration.seconds(86_400)

    /// Makes the request of a stream and leaves its bytes in the inbox until it ends. A stale token is replaced once.
    fileprivate func keep(
        _ order: Order, idle: Duration, into inbox: StreamInbox
    ) async -> Result<(HTTPOutcomeView, Verdict), SendMistake> {
        let stream = HTTPStream(idle: idle, take: inbox.leave)
        do throws(SendMistake) {
            let (view, verdict) = try await asking(order, clock: host.clock) { request in
                var request = request
                request.timeout = Self.connectionMax
                let view = HTTPOutcomeView(await host.transport.stream(request, into: stream))
                return (view, await judge(view, of: request.method, now: host.clock.now))
            }
            return .success((view, verdict))
        } catch {
            return .failure(error)
        }
    }
}
