// Polls: fetches what nobody sends, maps it like what comes in, and yields it with the cursor that stands after it.

package import Model
package import Transports

extension Connector {
    /// Whether something is asked for that nobody sends.
    package var asks: Bool { !boundPolls.isEmpty || !boundStreams.isEmpty }

    /// How many texts `each` may give.
    package static let pollItemsMax = 50

    /// The ids of its polls, in the order of the file.
    package var polls: [String] { boundPolls.map(\.id) }

    /// From the end of one run to the beginning of the next; `nil`: there is no such poll.
    package func pollInterval(_ id: String) -> Duration? { boundPoll(id)?.declaration.every }

    /// The present moment, by the connector's clock.
    package var now: Timestamp { host.clock.now }

    func boundPoll(_ id: String) -> BoundPoll? { boundPolls.first { $0.id == id } }

    /// The texts of `each`, at most ``pollItemsMax``, each once; one `nil` for a poll without `each`.
    /// - Throws: what is wrong with `each`, as a failure of the run.
    package func pollItems(_ id: String) async throws(PollMistake) -> [String?] {
        guard let poll = boundPoll(id) else { return [] }
        guard let each = poll.each else { return [nil] }
        let outputs: [JSON]
        do throws(JQError) {
            outputs = try await machine.run(each, .json(.null), request: [:], now: host.clock.now)
        } catch {
            throw PollMistake(reason: error.description)
        }
        var seen: Set<String> = []
        var items: [String?] = []
        for output in outputs {
            guard let text = PollRun.identifier(output) else {
                throw PollMistake(reason: "poll \(id): each gave \(output.kindName), not a text")
            }
            if seen.insert(text).inserted { items.append(text) }
        }
        guard items.count <= Self.pollItemsMax else {
            throw PollMistake(reason: "poll \(id): each gave \(items.count) texts, at most \(Self.pollItemsMax)")
        }
        return items
    }

    /// Makes one run of a poll.
    /// - Parameters:
    ///   - item: one text of `each`; `nil` without `each`.
    ///   - take: commits a batch; when it throws, the run ends and its error is thrown.
    /// - Returns: how it ended. Batches that were taken before a failure stand.
    package func poll(
        _ id: String, item: String?, from state: PollState, taking take: (PollBatch) async throws -> Void
    ) async throws -> PollReport {
        guard let poll = boundPoll(id) else { return PollReport() }
        var run = PollRun(connector: self, poll: poll, item: item, state: state)
        try await run.run(take)
        return run.report
    }

    /// Maps one item as receive.jq sees it.
    /// - Throws: when a look-up without which it must not be mapped may go well later.
    func polled(
        _ item: JSON, key: String, poll: String, of each: String?
    ) async throws(CallFailure) -> PolledItem {
        let now = host.clock.now
        let path = WebAddress(publicURL)?.path ?? "/"
        let query = PercentCoding.query([("poll", poll)] + (each.map { [("item", $0)] } ?? []))
        let endpoint = Self.endpoint(of: folder, at: publicURL)
        let envelope = Envelope(
            id: EnvelopeID(at: now), endpoint: endpoint, method: "POLL", target: "\(path)?\(query)", headers: [],
            body: item.bytes, receivedAt: now)
        let content = try await content(of: item, poll: poll, each: each, at: now)
        return PolledItem(key: key, envelope: envelope, content: content)
    }

    /// What receive.jq makes of an item that a poll or a stream gave.
    /// - Throws: as ``polled(_:key:poll:of:)``.
    func content(
        of item: JSON, poll: String, each: String?, at now: Timestamp
    ) async throws(CallFailure) -> PolledItem.Content {
        var request: JSON = [
            "method": "POLL", "path": .string(WebAddress(publicURL)?.path ?? "/"), "query": [:], "headers": [:],
            "poll": .string(poll), "item": JSON(each) ?? .null,
        ]
        do {
            request = request.adding(["session": try await grants().visible])
            let uses = calls.receiving(of: poll)
            if !uses.isEmpty {
                let found = try await results(uses, over: .json(item), request: request, now: now)
                request = request.adding(["calls": found])
            }
            let outputs = try await machine.run(receiveProgram, .json(item), request: request, now: now)
            return .mapped(try mapped(outputs))
        } catch let error as JQError {
            return .quarantined(error.description)
        } catch let failure as CallFailure {
            if failure.isPassing { throw failure }
            return .quarantined(failure.reason)
        } catch {
            return .quarantined("\(receiveProgram.name): \(error)")
        }
    }

    /// What the items of an answer to a poll are known by, the oldest first; empty when it cannot be read.
    package func keys(in answer: HTTPResponse, of poll: String) async -> [String] {
        guard let poll = boundPoll(poll) else { return [] }
        var run = PollRun(connector: self, poll: poll, item: nil, state: PollState(started: true))
        let view = HTTPOutcomeView(.response(answer))
        let verdict = await judge(view, of: "GET", now: host.clock.now)
        guard case .answer(let answer) = await run.judged(view, verdict) else { return [] }
        return await run.candidates(in: answer.json)?.map(\.key) ?? []
    }

    /// The one place where a poll's request is made and sent.
    /// - Throws: what in the output of `request` cannot be.
    /// A stale token is replaced once.
    func ask(_ output: JSON, key: String) async throws -> (view: HTTPOutcomeView, verdict: Verdict) {
        let rendered = try RenderedRequest(mapping: output, defaultMethod: "GET")
        return try await exchange(rendered, key: key)
    }
}

/// A poll that cannot even begin.
package struct PollMistake: Error, Sendable {
    package let reason: String
}
