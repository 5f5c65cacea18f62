// One attempt of a delivery that needs several requests: each step renders its request from what the earlier ones
// saved, and the attempt remembers how far it came.

import Model
import Signing
import Transports

/// Carries the steps of one attempt.
struct StepRun {
    let connector: Connector
    let sender: Sender
    let job: JSON
    let start: SendStart
    let transport: any HTTPTransport
    let clock: WallClock
    private var progress: StepProgress
    private var result: AttemptResult

    init(
        _ connector: Connector, _ sender: Sender, job: JSON, start: SendStart,
        through circumstances: (transport: any HTTPTransport, clock: WallClock)
    ) {
        self.connector = connector
        self.sender = sender
        self.job = job
        self.start = start
        (transport, clock) = circumstances
        progress = StepProgress(done: start.done, stored: start.saved, of: sender.steps)
        result = AttemptResult(.ok, done: start.done)
    }

    private var steps: [BoundStep] { sender.steps }

    /// Makes the steps that are left.
    mutating func run() async -> AttemptResult {
        if start.wasInterrupted { goBackBeforeWhatMayBeLost() }
        while progress.next < steps.count {
            let step = steps[progress.next]
            do throws(StepEnd) {
                try await make(step)
            } catch {
                end(error, at: step)
                return concluded
            }
            progress.next += 1
        }
        return concluded
    }

    private var concluded: AttemptResult {
        var result = result
        result.done = progress.next
        result.saved = progress.stored(of: steps)
        return result
    }

    /// samtal ended during an attempt: it begins again at the earliest step that finds out what happened.
    private mutating func goBackBeforeWhatMayBeLost() {
        let targets = steps[min(progress.next, steps.count)...].compactMap { step in
            step.declaration.ifLost.flatMap { name in steps.firstIndex { $0.id == name } }
        }
        if let first = targets.min(), first < progress.next { progress.goBack(to: first, of: steps) }
    }

    // MARK: - One step

    private mutating func make(_ step: BoundStep) async throws(StepEnd) {
        guard let each = step.each else {
            let saved = try await request(step, item: nil, number: nil)
            progress.saved[step.id] = saved ?? .null
            return
        }
        let items = try await outputs(of: each, over: input(step, item: nil))
        guard items.count <= StepDeclaration.elementsMax else {
            throw StepEnd(.permanent, "step \(step.id): more than \(StepDeclaration.elementsMax) elements")
        }
        var saved = progress.saved[step.id]?.array ?? []
        for (index, item) in items.enumerated().dropFirst(saved.count) {
            saved.append(try await request(step, item: item, number: index + 1) ?? .null)
            progress.saved[step.id] = .array(saved)
        }
        progress.saved[step.id] = .array(saved)
    }

    /// Makes one request of a step.
    /// - Returns: what is saved of its answer; `nil`: send.jq makes none, the step is skipped.
    private mutating func request(_ step: BoundStep, item: JSON?, number: Int?) async throws(StepEnd) -> JSON? {
        let key = "\(start.key)-\(step.id)" + (number.map { "-\($0)" } ?? "")
        let orders: [Order]
        do throws(SendMistake) {
            orders = try await connector.orders(for: input(step, item: item), key: key, now: clock.now)
        } catch {
            throw StepEnd(error.outcome, sender.redactor.redacted(error.reason))
        }
        guard let order = orders.first else { return nil }
        guard orders.count == 1 else { throw StepEnd(.permanent, "step \(step.id): more than one request") }
        let repeats = step.declaration.isRepeatable || sender.isRepeatable(order.rendered.method)
        guard !start.wasInterrupted || repeats || step.declaration.ifLost != nil else {
            throw StepEnd(.unknownOutcome, "samtal ended during an attempt; whether it went out is not known")
        }
        return try await ask(order, step, repeats: repeats)
    }

    private mutating func ask(_ order: Order, _ step: BoundStep, repeats: Bool) async throws(StepEnd) -> JSON {
        let reply: (reply: Reply, verdict: Verdict)
        do throws(SendMistake) {
            reply = try await connector.asking(order, clock: clock) { request in
                await answer(to: request, step, repeats: repeats)
            }
        } catch {
            throw StepEnd(error.outcome, sender.redactor.redacted(error.reason))
        }
        return try await conclude(reply.reply, reply.verdict, step)
    }

    /// An answer with what the step makes of it.
    private struct Reply {
        let view: HTTPOutcomeView
        /// What the rules see of it.
        let answer: JSON
        let saved: Result<JSON, StepEnd>
    }

    private mutating func answer(
        to request: HTTPRequest, _ step: BoundStep, repeats: Bool
    ) async -> (reply: Reply, verdict: Verdict) {
        let started = clock.now
        var request = request
        request.step = step.id
        let view = HTTPOutcomeView(await transport.send(request))
        let spent = (clock.now - started).wholeMilliseconds
        var answer = view.json.adding(["step": .string(step.id), "steps": .object(progress.saved)])
        let saved: Result<JSON, StepEnd> = await savedValue(of: step, answer)
        if case .success(let value) = saved, step.each == nil {
            // The rules see what this very answer tells: a search that found the ticket names it.
            answer = answer.adding(["steps": .object(progress.saved.merging([step.id: value]) { _, new in new })])
        }
        let isOK: Bool? =
            if let program = step.ok { view.failure == nil ? await holds(program, over: answer) : false } else { nil }
        let verdict = await connector.judge(view, answer, isOK: isOK, isRepeatable: repeats, now: clock.now)
        result.note(pause: verdict.pause)
        result.exchanges.append(
            connector.exchange(request, view, isDone: verdict.isDone, milliseconds: spent))
        return (Reply(view: view, answer: answer, saved: saved), verdict)
    }

    private mutating func conclude(
        _ reply: Reply, _ verdict: Verdict, _ step: BoundStep
    ) async throws(StepEnd) -> JSON {
        result.id = verdict.id ?? result.id
        result.context = verdict.context ?? result.context
        result.ticket = verdict.ticket ?? result.ticket
        guard verdict.isDone else {
            let isLost = reply.view.failure?.sent ?? false
            throw StepEnd(verdict, reason: connector.reason(reply.view, verdict), isLost: isLost)
        }
        if let until = step.until, await !holds(until, over: reply.answer) {
            throw StepEnd(.throttled, "step \(step.id) is not ready yet", wait: step.declaration.every)
        }
        return try reply.saved.get()
    }

    private func savedValue(of step: BoundStep, _ answer: JSON) async -> Result<JSON, StepEnd> {
        guard let save = step.save else { return .success(answer["body"]) }
        do throws(StepEnd) {
            return .success(try await outputs(of: save, over: answer).first ?? .null)
        } catch { return .failure(error) }
    }

    /// What the steps' jq and send.jq get.
    private func input(_ step: BoundStep, item: JSON?) -> JSON {
        job.adding([
            "key": .string(start.key), "step": .string(step.id), "steps": .object(progress.saved),
            "item": item ?? .null,
        ])
    }

    private func outputs(of program: JQProgram, over input: JSON) async throws(StepEnd) -> [JSON] {
        do throws(JQError) {
            return try await connector.machine.run(program, .json(input), request: [:], now: clock.now)
        } catch {
            throw StepEnd(.permanent, error.description)
        }
    }

    /// Whether a condition holds; one that raises does not.
    private func holds(_ program: JQProgram, over answer: JSON) async -> Bool {
        guard let value = try? await outputs(of: program, over: answer).first else { return false }
        return value != .null && value != .bool(false)
    }

    // MARK: - The end of an attempt

    private mutating func end(_ end: StepEnd, at step: BoundStep) {
        result.outcome = end.outcome
        result.wait = end.wait
        result.holdsAccount = [.throttled, .permanent].contains(end.outcome) && end.verdictRule?.holdsAccount ?? false
        result.reason = end.reason
        var target: String?
        if end.isLost, let ifLost = step.declaration.ifLost, end.outcome == .unknownOutcome {
            result.outcome = .transient
            target = ifLost
        } else if [.transient, .throttled].contains(end.outcome), step.until == nil || end.verdictRule != nil {
            // What was too fast was not done: going back would only use up what little may be asked.
            let own = end.outcome == .throttled ? nil : step.declaration.retryFrom
            target = end.verdictRule?.againFrom ?? own
        }
        if let target, let index = steps.firstIndex(where: { $0.id == target }) {
            progress.goBack(to: index, of: steps)
        }
    }
}

/// Why an attempt ends before its last step.
struct StepEnd: Error {
    let outcome: OutcomeClass
    let reason: String?
    let wait: Duration?
    /// Whether the request went out and no answer came.
    let isLost: Bool
    /// The rule of the connector that decided; `nil`: none.
    let verdictRule: ErrorRule?

    init(_ outcome: OutcomeClass, _ reason: String, wait: Duration? = nil) {
        self.outcome = outcome
        self.reason = reason
        self.wait = wait
        isLost = false
        verdictRule = nil
    }

    init(_ verdict: Verdict, reason: String?, isLost: Bool) {
        outcome = verdict.outcome
        self.reason = reason
        wait = verdict.wait
        self.isLost = isLost
        verdictRule = verdict.rule
    }
}

extension JSON {
    /// The object with these members added; anything else as it is.
    func adding(_ members: [String: JSON]) -> JSON {
        guard case .object(let own) = self else { return self }
        return .object(own.merging(members) { _, new in new })
    }
}
