// Step 8 (and 6) of the hallway: renders a job, makes its requests in order, and says what the answers mean.

package import Model
import Signing
package import Transports

extension Connector {
    /// Makes an attempt of a delivery: its key is that of its requests, and those that are done are not made again.
    /// - Parameter job: what send.jq gets.
    package func send(
        _ job: JSON, of delivery: Delivery, through transport: any HTTPTransport, clock: WallClock
    ) async -> AttemptResult {
        let start = SendStart(
            key: delivery.key, done: delivery.progress, saved: delivery.saved,
            wasInterrupted: delivery.state == .sending)
        return await send(job, start, through: transport, clock: clock)
    }

    /// Sends one job: with the action that an earlier attempt fell back to, and with the fallback of the class that
    /// this one ends in.
    func send(
        _ job: JSON, _ start: SendStart, through transport: any HTTPTransport, clock: WallClock
    ) async -> AttemptResult {
        guard let sender, let declaration = folder.send else {
            return AttemptResult(.permanent, reason: "the connector makes no requests", done: start.done)
        }
        var job = job
        if !calls.sending.isEmpty {
            do throws(CallFailure) {
                job = job.adding(["calls": try await lookUp(over: job, now: clock.now)])
            } catch {
                return AttemptResult(error.outcome, reason: error.reason, done: start.done)
            }
        }
        let circumstances = (transport: transport, clock: clock)
        let remembered = start.saved?["action"].string
        let result = await attempt(job, start, as: remembered, sender, through: circumstances)
        guard remembered == nil, let action = declaration.fallback[result.outcome] else { return result }
        let anew = SendStart(key: start.key, done: 0, saved: nil, wasInterrupted: false)
        var second = await attempt(job, anew, as: action, sender, through: circumstances)
        second.exchanges = result.exchanges + second.exchanges
        return second
    }

    /// Makes an attempt. With an action that was fallen back to it has a key of its own, and the action is remembered.
    private func attempt(
        _ job: JSON, _ start: SendStart, as action: String?, _ sender: Sender,
        through circumstances: (transport: any HTTPTransport, clock: WallClock)
    ) async -> AttemptResult {
        var (job, start) = (job, start)
        var remembered: JSON?
        if let action {
            remembered = ["action": .string(action)]
            job = job.adding(["action": .string(action)])
            start = SendStart(
                key: "\(start.key)-\(action)", done: start.done, saved: start.saved ?? remembered,
                wasInterrupted: start.wasInterrupted)
        }
        var result: AttemptResult
        if sender.steps.isEmpty {
            result = await sendAll(job, start, through: circumstances.transport, clock: circumstances.clock)
        } else {
            var run = StepRun(self, sender, job: job, start: start, through: circumstances)
            result = await run.run()
        }
        result.saved = result.saved ?? remembered
        return result
    }

    /// Sends a job without steps.
    /// - Returns: the outcome of the first request that is not done, or of all.
    private func sendAll(
        _ job: JSON, _ start: SendStart, through transport: any HTTPTransport, clock: WallClock
    ) async -> AttemptResult {
        let (key, done) = (start.key, start.done)
        guard let sender else {
            return AttemptResult(.permanent, reason: "the connector makes no requests", done: done)
        }
        let orders: [Order]
        do throws(SendMistake) {
            orders = try await self.orders(for: job, key: key, now: clock.now)
        } catch {
            return AttemptResult(error.outcome, reason: sender.redactor.redacted(error.reason), done: done)
        }
        var result = AttemptResult(.ok, done: max(done, 0))
        var outcomes: Set<OutcomeClass> = []
        for order in orders.dropFirst(result.done) {
            // The attempt that was cut off may have come as far as any of them.
            if start.wasInterrupted, !sender.isRepeatable(order.rendered.method) {
                result.outcome = .unknownOutcome
                result.reason = "samtal ended during an attempt; whether it went out is not known"
                return result
            }
            let (view, verdict): (HTTPOutcomeView, Verdict)
            do throws(SendMistake) {
                (view, verdict) = try await carryOut(order, through: transport, clock: clock, into: &result)
            } catch {
                result.outcome = error.outcome
                result.reason = sender.redactor.redacted(error.reason)
                return result
            }
            guard verdict.isDone else {
                result.outcome = verdict.outcome
                result.wait = verdict.wait
                result.holdsAccount = verdict.holdsAccount
                result.reason = reason(view, verdict)
                return result
            }
            outcomes.insert(verdict.outcome)
            result.done += 1
            // A later request speaks more precisely of what there is now.
            result.id = verdict.id ?? result.id
            result.context = verdict.context ?? result.context
            result.ticket = verdict.ticket ?? result.ticket
        }
        if outcomes == [.duplicate] { result.outcome = .duplicate }
        return result
    }

    /// Makes one request and notes the exchange.
    private func carryOut(
        _ order: Order, through transport: any HTTPTransport, clock: WallClock, into result: inout AttemptResult
    ) async throws(SendMistake) -> (HTTPOutcomeView, Verdict) {
        try await asking(order, clock: clock) { request in
            let started = clock.now
            let view = HTTPOutcomeView(await transport.send(request))
            let ended = clock.now
            let verdict = await judge(view, of: request.method, now: ended)
            result.note(pause: verdict.pause)
            result.exchanges.append(
                exchange(request, view, isDone: verdict.isDone, milliseconds: (ended - started).wholeMilliseconds))
            return (view, verdict)
        }
    }

    /// Renders a job into requests.
    /// - Throws: what send.jq did wrong.
    func requests(for job: JSON, key: String, now: Timestamp) async throws(SendMistake) -> [HTTPRequest] {
        try await orders(for: job, key: key, now: now).map(\.made.request)
    }

    /// What send.jq asks for, each with its credential: nothing is sent before all of it can be.
    func orders(
        for job: JSON, key: String, now: Timestamp
    ) async throws(SendMistake) -> [Order] {
        guard let sender else { throw SendMistake(reason: "the connector makes no requests") }
        var input = job
        if case .object(var members) = job {
            members["key"] = .string(key)
            if !sender.needed.isEmpty { members["session"] = try await grants().visible }
            input = .object(members)
        }
        let outputs: [JSON]
        do throws(JQError) {
            outputs = try await machine.run(sender.program, .json(input), request: [:], now: now)
        } catch {
            throw SendMistake(reason: error.description)
        }
        var orders: [Order] = []
        for (index, output) in outputs.enumerated() {
            do {
                let own = outputs.count == 1 ? key : "\(key)-\(index + 1)"
                let rendered = try RenderedRequest(mapping: output)
                let made = try await make(rendered, key: own, now: now, replacing: nil)
                orders.append(Order(rendered: rendered, key: own, made: made))
            } catch let mistake as SendMistake {
                throw mistake
            } catch {
                throw SendMistake(reason: "\(sender.program.name): output \(index + 1): \(error)")
            }
        }
        return orders
    }

    /// Judges an answer by the connector's rules; when they fail themselves, by HTTP alone.
    func judge(_ view: HTTPOutcomeView, of method: String, now: Timestamp) async -> Verdict {
        await judge(view, view.json, isOK: nil, isRepeatable: sender?.isRepeatable(method) ?? false, now: now)
    }

    /// Judges an answer.
    /// - Parameters:
    ///   - answer: what the rules see of it.
    ///   - isOK: whether it is done, when a step's own rule has said so.
    func judge(
        _ view: HTTPOutcomeView, _ answer: JSON, isOK: Bool?, isRepeatable: Bool, now: Timestamp
    ) async -> Verdict {
        let circumstances = (isRepeatable: isRepeatable, now: now)
        guard let classifier = sender?.classifier else {
            return Verdict(view, findings: nil, ruleFailure: nil, rules: [], circumstances)
        }
        do throws(JQError) {
            let findings = try await classifier.findings(answer, isOK: isOK, machine: machine, now: now)
            return Verdict(view, findings: findings, ruleFailure: nil, rules: classifier.rules, circumstances)
        } catch {
            return Verdict(view, findings: nil, ruleFailure: error.description, rules: [], circumstances)
        }
    }

    /// Why a request is not done: the status and what the other side says, or what broke.
    func reason(_ view: HTTPOutcomeView, _ verdict: Verdict) -> String? {
        var parts: [String] = []
        if let failure = view.failure { parts.append("\(failure.kind.rawValue): \(failure.message)") }
        if let response = view.response {
            let words = excerpt(response.body, charactersMax: Self.reasonCharactersMax)
            parts.append(words.isEmpty ? "status \(response.status)" : "status \(response.status): \(words)")
        }
        if let failure = verdict.ruleFailure { parts.append("the rules failed: \(failure)") }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    /// How much of an error's body a reason repeats, in characters.
    private static let reasonCharactersMax = 200

    func exchange(
        _ request: HTTPRequest, _ view: HTTPOutcomeView, isDone: Bool, milliseconds: Int64
    ) -> Exchange {
        let line = "\(request.method) \(request.redactedURL)"
        func digest(_ bytes: [UInt8]) -> String { BinaryText.hex.encode(Digest.hash(.sha256, bytes)) }
        return Exchange(
            request: line, requestDigest: digest(request.body),
            status: view.response?.status, responseDigest: view.response.map { digest($0.body) },
            milliseconds: milliseconds,
            excerpt: isDone
                ? nil
                : view.failure?.message
                    ?? view.response.map { excerpt($0.body, charactersMax: Exchange.excerptCharactersMax) })
    }

    /// The beginning of a body, on one line, without secrets. They are replaced before the cut, so that none is cut in
    /// half and missed.
    private func excerpt(_ body: [UInt8], charactersMax: Int) -> String {
        let text = String(decoding: body.prefix(64 * charactersMax), as: UTF8.self)
        let redacted = sender?.redactor.redacted(text) ?? ""
        return String(redacted.split(whereSeparator: \.isWhitespace).joined(separator: " ").prefix(charactersMax))
    }
}

extension AttemptResult {
    /// Of several pauses the longest counts.
    mutating func note(pause told: Duration?) {
        if let told { pause = max(pause ?? told, told) }
    }
}

/// Why a job makes no requests.
package struct SendMistake: Error {
    /// Names the program and the output.
    package let reason: String
    /// What it means for the attempt.
    package var outcome = OutcomeClass.permanent
}

/// One request of a job.
struct Order: Sendable {
    let rendered: RenderedRequest
    let key: String
    let made: AuthorisedRequest
}

/// Where an attempt begins.
struct SendStart {
    /// The same on every attempt of one delivery.
    let key: String
    /// How many of its requests earlier attempts have done; they are not made again.
    let done: Int
    /// What the steps of earlier attempts saved.
    var saved: JSON?
    /// Whether samtal ended during an attempt: the first request that is not done may have been made.
    let wasInterrupted: Bool
}
